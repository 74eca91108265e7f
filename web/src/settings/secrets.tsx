/** What is shown once and never again. */

import { t } from "../i18n";
import { Button } from "../parts/button";
import { Dialog } from "../parts/dialog";
import { toast } from "../parts/toast";

export function Secrets({
  title,
  note,
  words,
  onClose,
}: {
  title: string;
  note: string;
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
