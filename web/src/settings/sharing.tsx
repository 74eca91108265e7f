/** Folders that others may see, or work in, too (RFC 9670). */

import { useSignal } from "@preact/signals";
import { folderIcon, folderName } from "../folders/names";
import { order } from "../folders/tree";
import { t } from "../i18n";
import type { Id, Mailbox, MailboxRights } from "../jmap/types";
import { Button, IconButton } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { Skeleton } from "../parts/empty";
import { Icon } from "../parts/icon";
import { toast } from "../parts/toast";
import { Choice, Group } from "./form";
import { update, useKept } from "./kept";
import { LEVELS, levelOf, rightsOf } from "./levels";
import { problemOf } from "./problem";

interface Principal {
  id: Id;
  type: string;
  name: string;
  email: string | null;
}
type Shared = Pick<Mailbox, "id" | "name" | "role" | "parentId" | "sortOrder" | "isSubscribed" | "myRights" | "shareWith">;

export function Sharing() {
  const mailboxes = useKept<Shared>("Mailbox");
  const people = useKept<Principal>("Principal");
  const open = useSignal<Id | null>(null);
  if (!mailboxes.value.value || !people.value.value) return <Skeleton />;
  const named = new Map(people.value.value.map((each) => [each.id, each]));
  const mine = mailboxes.value.value.filter((each) => each.myRights.mayShare).sort(order);
  const chosen = mine.find((each) => each.id === open.value);
  return (
    <Group note={t("settings.sharingNote")}>
      <ul class="settings-list">
        {mine.map((each) => (
          <li key={each.id} class="settings-item">
            <Icon name={folderIcon(each)} />
            <div class="settings-item-text">
              <strong>{folderName(each)}</strong>
              <span class="settings-note">{sharers(each, named) || t("settings.onlyYou")}</span>
            </div>
            <Button size="small" onClick={() => (open.value = each.id)}>
              {t("settings.share")}
            </Button>
          </li>
        ))}
      </ul>
      {chosen && <People mailbox={chosen} people={named} onClose={() => (open.value = null)} onChange={mailboxes.fetch} />}
    </Group>
  );
}

function sharers({ shareWith }: Shared, people: ReadonlyMap<Id, Principal>): string {
  return Object.keys(shareWith ?? {})
    .map((id) => people.get(id)?.name ?? id)
    .join(", ");
}

function People({
  mailbox,
  people,
  onClose,
  onChange,
}: {
  mailbox: Shared;
  people: ReadonlyMap<Id, Principal>;
  onClose: () => void;
  onChange: () => Promise<void>;
}) {
  const shareWith = mailbox.shareWith ?? {};
  const others = [...people.values()].filter((each) => !(each.id in shareWith));
  const set = async (id: Id, rights: Partial<MailboxRights> | null) => {
    try {
      await update("Mailbox", mailbox.id, { [`shareWith/${id}`]: rights });
      await onChange();
    } catch (error) {
      toast({ text: problemOf(error), kind: "problem" });
    }
  };
  const options = LEVELS.map(({ name, text }) => [name, t(text)] as const);
  return (
    <Dialog title={t("settings.shareOne", { name: folderName(mailbox) })} onClose={onClose}>
      <ul class="settings-list">
        {Object.entries(shareWith).map(([id, rights]) => (
          <li key={id} class="settings-item">
            <Choice
              label={people.get(id)?.name ?? id}
              note={people.get(id)?.email ?? ""}
              value={levelOf(rights)}
              options={options}
              onChange={(level) => void set(id, rightsOf(level))}
            />
            <IconButton
              icon="x"
              label={t("settings.removeOne", { name: people.get(id)?.name ?? id })}
              onClick={() => void set(id, null)}
            />
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <Choice<Id>
          label={t("settings.shareWith")}
          value=""
          options={[["", t("settings.choose")], ...others.map((each) => [each.id, each.email ?? each.name] as const)]}
          onChange={(id) => id && void set(id, rightsOf("read"))}
        />
      )}
    </Dialog>
  );
}
