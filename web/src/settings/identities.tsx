/** The names and addresses one writes under, and what stands below one's messages. */

import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import type { Id, Identity } from "../jmap/types";
import { Button, IconButton } from "../parts/button";
import { confirm, Dialog } from "../parts/dialog";
import { Skeleton } from "../parts/empty";
import { toast } from "../parts/toast";
import { deleteIdentity, identities, saveIdentity } from "../store/identities";
import { Field, Form, Group } from "./form";
import { problemOf } from "./problem";

export function Identities() {
  const edited = useSignal<Identity | "new" | null>(null);
  return (
    <Group note={t("settings.identitiesNote")}>
      {identities.value.length === 0 && <Skeleton />}
      <ul class="settings-list">
        {identities.value.map((each) => (
          <li key={each.id} class="settings-item">
            <div class="settings-item-text">
              <strong>{each.name || each.email}</strong>
              {each.name && <span class="settings-note">{each.email}</span>}
            </div>
            <IconButton icon="pencil" label={t("settings.edit", { name: each.email })} onClick={() => (edited.value = each)} />
            {each.mayDelete && (
              <IconButton icon="x" label={t("settings.removeOne", { name: each.email })} onClick={() => void remove(each)} />
            )}
          </li>
        ))}
      </ul>
      <Button icon="plus" onClick={() => (edited.value = "new")}>
        {t("settings.addIdentity")}
      </Button>
      {edited.value !== null && (
        <Editor identity={edited.value === "new" ? null : edited.value} onClose={() => (edited.value = null)} />
      )}
    </Group>
  );
}

function Editor({ identity, onClose }: { identity: Identity | null; onClose: () => void }) {
  const save = async (given: FormData) => {
    const text = String(given.get("signature")).replaceAll("\r\n", "\n");
    await saveIdentity(identity?.id ?? null, {
      name: String(given.get("name")).trim(),
      ...(identity ? {} : { email: String(given.get("email")).trim() }),
      replyTo: addressed(given.get("replyTo")),
      bcc: addressed(given.get("bcc")),
      textSignature: text,
      htmlSignature: "",
    });
    onClose();
  };
  return (
    <Dialog title={t(identity ? "settings.editIdentity" : "settings.addIdentity")} onClose={onClose}>
      <Form save={t("shell.save")} onSubmit={save}>
        <Field label={t("settings.name")} name="name" value={identity?.name} autocomplete="name" />
        {identity === null && (
          <Field label={t("shell.address")} note={t("settings.addressNote")} name="email" type="email" required />
        )}
        <Field label={t("settings.signature")} name="signature" value={identity?.textSignature} lines={4} />
        <Field label={t("settings.replyTo")} name="replyTo" type="email" value={identity?.replyTo?.[0]?.email} />
        <Field label={t("settings.bcc")} name="bcc" type="email" value={identity?.bcc?.[0]?.email} />
      </Form>
    </Dialog>
  );
}

function addressed(given: FormDataEntryValue | null): Identity["replyTo"] {
  const email = String(given ?? "").trim();
  return email ? [{ name: null, email }] : null;
}

async function remove({ id, email }: { id: Id; email: string }): Promise<void> {
  const title = t("settings.removeOne", { name: email });
  if (!(await confirm({ title, yes: t("shell.remove"), isDangerous: true }))) return;
  await deleteIdentity(id).catch((error: unknown) => toast({ text: problemOf(error), kind: "problem" }));
}
