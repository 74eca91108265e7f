/** What one may sign in with in the place of a password: a phone, a computer, a stick. */

import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { Button, IconButton } from "../parts/button";
import { relativeDate } from "../parts/date";
import { confirm, prompt } from "../parts/dialog";
import { toast } from "../parts/toast";
import { type CreationJson, hasPasskeys, makePasskey } from "../sign_in/passkey";
import { Group } from "./form";
import { create, destroy, own, useKept } from "./kept";
import { problemOf } from "./problem";
import { RecoveryCodes } from "./secrets";

interface Passkey {
  id: string;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
}

export function Passkeys({ onChange }: { onChange: () => Promise<void> }) {
  const { value, fetch } = useKept<Passkey>("Passkey");
  const codes = useSignal<readonly string[]>([]);
  const ended = useSignal(0);
  const trying = async (work: () => Promise<void>) => {
    try {
      await work();
      await Promise.all([fetch(), onChange()]);
    } catch (error) {
      if ((error as Error).name === "NotAllowedError") return; // one has turned away from the browser's question
      const text = problemOf(error);
      if (text) toast({ text, kind: "problem" });
    }
  };
  const add = () =>
    trying(async () => {
      const options = await own<{ publicKey: CreationJson }>("Passkey/options");
      const credential = await makePasskey(options.publicKey);
      if (!credential) return;
      const name = await prompt({
        title: t("settings.namePasskey"),
        label: t("settings.name"),
        value: here(),
        yes: t("shell.save"),
      });
      const made = await create<{ recoveryCodes?: string[]; ended: number }>("Passkey", {
        name: name ?? here(),
        credential,
      });
      codes.value = made.recoveryCodes ?? [];
      ended.value = made.ended;
    });
  const remove = (passkey: Passkey) =>
    trying(async () => {
      const title = t("settings.removeOne", { name: passkey.name });
      if (await confirm({ title, yes: t("shell.remove"), isDangerous: true })) await destroy("Passkey", passkey.id);
    });
  return (
    <Group title={t("settings.passkeys")} note={t("settings.passkeysNote")}>
      <ul class="settings-list">
        {value.value?.map((each) => (
          <li key={each.id} class="settings-item">
            <div class="settings-item-text">
              <strong>{each.name}</strong>
              <span class="settings-note">
                {each.lastUsedAt
                  ? t("settings.lastUsed", { when: relativeDate(each.lastUsedAt) })
                  : t("settings.madeOn", { when: relativeDate(each.createdAt) })}
              </span>
            </div>
            <IconButton icon="x" label={t("settings.removeOne", { name: each.name })} onClick={() => void remove(each)} />
          </li>
        ))}
      </ul>
      <Button icon="fingerprint-pattern" disabled={!hasPasskeys()} onClick={() => void add()}>
        {t("settings.addPasskey")}
      </Button>
      <RecoveryCodes codes={codes} ended={ended.value} />
    </Group>
  );
}

/** What this machine might be called. */
function here(): string {
  const found = /Android|iPhone|iPad|Macintosh|Windows|Linux/.exec(navigator.userAgent)?.[0];
  return found === "Macintosh" ? "Mac" : (found ?? "");
}
