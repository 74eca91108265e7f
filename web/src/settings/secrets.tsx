/** What is shown once and never again. */

import type { Signal } from "@preact/signals";
import { t } from "../i18n";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { toast } from "../parts/toast";

export function Secrets({
  title,
  note,
  also,
  words,
  onClose,
}: {
  title: string;
  note: string;
  /** What else has come of it. */
  also?: string;
  words: readonly string[];
  onClose: () => void;
}) {
  const copy = async () => {
    await navigator.clipboard.writeText(words.join("\n"));
    toast({ text: t("settings.copied") });
  };
  const foot = (
    <>
      <Button icon="copy" onClick={() => void copy()}>
        {t("settings.copy")}
      </Button>
      <Button kind="primary" data-autofocus onClick={onClose}>
        {t("settings.haveIt")}
      </Button>
    </>
  );
  return (
    <Dialog title={title} size="small" onClose={onClose} foot={foot}>
      <p>{note}</p>
      {also && <p>{also}</p>}
      <ul class="settings-secrets">
        {words.map((each) => (
          <li key={each}>
            <code>{each}</code>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** Recovery codes just made, where there are any, until somebody says that they have them; `ended`: whom that has signed out. */
export function RecoveryCodes({ codes, ended }: { codes: Signal<readonly string[]>; ended: number }) {
  if (codes.value.length === 0) return null;
  return (
    <Secrets
      title={t("settings.recoveryCodes")}
      note={t("settings.recoveryNote")}
      also={ended > 0 ? t("settings.othersOut", { count: ended }) : undefined}
      words={codes.value}
      onClose={() => (codes.value = [])}
    />
  );
}
