/** What comes with a message: by name and size, to look at, to keep, to drag out of the page. */

import { useSignal } from "@preact/signals";
import { bytes, t } from "../i18n";
import { Button, IconButton } from "../parts/button";
import { confirm } from "../parts/dialog";
import { Icon } from "../parts/icon";
import type { Attachment } from "./attachments";
import { addressOf, dragOut, saveAll, saveAttachment } from "./files";
import { Preview } from "./preview";

export function AttachmentList({ attachments, archiveName }: { attachments: readonly Attachment[]; archiveName: string }) {
  const shown = useSignal<Attachment | null>(null);
  const isBusy = useSignal(false);
  if (attachments.length === 0) return null;
  const all = async () => {
    isBusy.value = true;
    await saveAll(attachments, archiveName);
    isBusy.value = false;
  };
  const size = attachments.reduce((sum, each) => sum + each.size, 0);
  return (
    <section class="reading-attachments" aria-label={t("reading.attachments", { count: attachments.length })}>
      <div class="reading-attachments-head">
        <Icon name="paperclip" size={15} />
        <span>{t("reading.attachments", { count: attachments.length })}</span>
        <span class="reading-muted">{bytes(size)}</span>
        {attachments.length > 1 && (
          <Button size="small" kind="quiet" icon="download" busy={isBusy.value} onClick={all}>
            {t("reading.saveAll")}
          </Button>
        )}
      </div>
      <ul class="reading-files">
        {attachments.map((each) => (
          <File key={each.name} attachment={each} onShow={() => (shown.value = each)} />
        ))}
      </ul>
      {shown.value && (
        <Preview key={shown.value.name} attachment={shown.value} all={attachments} onShow={(next) => (shown.value = next)} />
      )}
    </section>
  );
}

function File({ attachment, onShow }: { attachment: Attachment; onShow: () => void }) {
  const { name, size, icon, preview, isDangerous } = attachment;
  const open = () => (preview === null ? void saveAsked(attachment) : onShow());
  return (
    <li
      class="reading-file"
      data-dangerous={isDangerous || undefined}
      draggable
      onDragStart={(event) => dragOut(event, attachment)}
    >
      <button
        type="button"
        class="reading-file-open"
        onClick={open}
        title={t(preview === null ? "reading.saveFile" : "reading.showFile", { name })}
      >
        {preview === "picture" ? (
          <img class="reading-thumb" src={addressOf(attachment)} alt="" loading="lazy" decoding="async" draggable={false} />
        ) : (
          <Icon name={icon} size={22} />
        )}
        <span class="reading-file-words">
          <bdi class="reading-file-name">{name}</bdi>
          <span class="reading-muted">{isDangerous ? t("reading.mayHarm", { size: bytes(size) }) : bytes(size)}</span>
        </span>
      </button>
      <IconButton icon="download" label={t("reading.saveFile", { name })} onClick={() => void saveAsked(attachment)} />
    </li>
  );
}

/** What can do things when it is opened is saved only once that was said. */
async function saveAsked(attachment: Attachment): Promise<void> {
  const question = {
    title: t("reading.dangerTitle"),
    text: t("reading.dangerText", { name: attachment.name }),
    yes: t("reading.saveAnyway"),
    isDangerous: true,
  };
  if (!attachment.isDangerous || (await confirm(question))) saveAttachment(attachment);
}
