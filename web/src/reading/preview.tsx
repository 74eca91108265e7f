/** A look at an attachment without leaving the page: pictures, text as it is, messages within messages. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { bytes, t } from "../i18n";
import { Button } from "../parts/button";
import { longDate } from "../parts/date";
import { Dialog } from "../parts/dialog";
import { Skeleton } from "../parts/empty";
import { fullName } from "../parts/name";
import { AttachmentList } from "./attachment_list";
import { type Attachment, MOST_TEXT } from "./attachments";
import { addressOf, saveAttachment, textOf } from "./files";
import { Frame } from "./frame";
import { type Nested, nestedMessage } from "./nested";
import { PlainBody } from "./plain_body";

export interface PreviewProps {
  attachment: Attachment;
  all: readonly Attachment[];
  onShow: (next: Attachment | null) => void;
}

export function Preview({ attachment, all, onShow }: PreviewProps) {
  const shown = all.filter((each) => each.preview !== null);
  const at = shown.indexOf(attachment);
  const step = (by: number) => onShow(shown[(at + by + shown.length) % shown.length] ?? null);
  const foot = (
    <>
      {shown.length > 1 && (
        <>
          <Button icon="chevron-left" onClick={() => step(-1)}>
            {t("reading.previousFile")}
          </Button>
          <Button icon="chevron-right" onClick={() => step(1)}>
            {t("reading.nextFile")}
          </Button>
        </>
      )}
      <Button kind="primary" icon="download" onClick={() => saveAttachment(attachment)}>
        {t("reading.save")} ({bytes(attachment.size)})
      </Button>
    </>
  );
  return (
    <Dialog title={attachment.name} size="large" onClose={() => onShow(null)} foot={foot}>
      <Content attachment={attachment} />
    </Dialog>
  );
}

function Content({ attachment }: { attachment: Attachment }) {
  if (attachment.preview === "picture")
    return <img class="reading-picture" src={addressOf(attachment)} alt={attachment.name} />;
  if (attachment.preview === "message") return <NestedMessage blobId={attachment.blobId} />;
  return <FileText blobId={attachment.blobId} most={MOST_TEXT} />;
}

/** What a promise brings; undefined until then, null where it failed. */
function useBrought<T>(bring: () => Promise<T>, key: string): T | null | undefined {
  const brought = useSignal<T | null | undefined>(undefined);
  useEffect(() => {
    let isWanted = true;
    bring().then(
      (value) => {
        if (isWanted) brought.value = value;
      },
      () => {
        if (isWanted) brought.value = null;
      },
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  return brought.value;
}

export function FileText({ blobId, most }: { blobId: string; most: number }) {
  const text = useBrought(() => textOf(blobId, most), blobId);
  if (text === undefined) return <Skeleton lines={[70, 90, 60, 80]} />;
  if (text === null) return <p role="alert">{t("reading.fileFailed")}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to do */}
      <pre class="reading-source" dir="auto" tabIndex={0}>
        {text.text}
      </pre>
      {text.isCut && <p class="reading-muted">{t("reading.isCut")}</p>}
    </>
  );
}

function NestedMessage({ blobId }: { blobId: string }) {
  const nested = useBrought(() => nestedMessage(blobId), blobId);
  if (nested === undefined) return <Skeleton lines={[40, 60, 90, 80]} />;
  if (nested === null) return <p role="alert">{t("reading.fileFailed")}</p>;
  return <NestedView nested={nested} />;
}

function NestedView({ nested }: { nested: Nested }) {
  const { email, html, text, flow, attachments } = nested;
  const rows = [
    [t("reading.fieldFrom"), email.from],
    [t("reading.fieldTo"), email.to],
    [t("reading.fieldCc"), email.cc],
  ] as const;
  return (
    <article class="reading-nested">
      <h3>{email.subject || t("reading.noSubject")}</h3>
      <dl class="reading-details">
        {rows.map(
          ([label, people]) =>
            people &&
            people.length > 0 && (
              <div key={label} class="reading-details-row">
                <dt>{label}</dt>
                <dd>{people.map(fullName).join(", ")}</dd>
              </div>
            ),
        )}
        {email.sentAt && (
          <div class="reading-details-row">
            <dt>{t("reading.fieldDate")}</dt>
            <dd>{longDate(email.sentAt)}</dd>
          </div>
        )}
      </dl>
      {html === null ? (
        <PlainBody text={text} flow={flow} foldsQuotes={false} />
      ) : (
        <Frame
          html={html}
          dark={false}
          isCleaned={false}
          foldLabel={null}
          title={t("reading.frame", { name: email.from?.[0]?.email ?? "" })}
        />
      )}
      <AttachmentList attachments={attachments} archiveName="attachments.zip" />
    </article>
  );
}
