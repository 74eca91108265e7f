/** How messages are written and sent. */

import { t } from "../i18n";
import { Button } from "../parts/button";
import { preferences, setPreferences } from "../store/preferences";
import { Choice, Group, Switch } from "./form";

const UNDO = [0, 5, 10, 15, 20, 30, 60] as const;

const mayAnswerLinks = (): boolean => "registerProtocolHandler" in navigator;

/** The browser asks whether it may be so. */
function answerLinks(): void {
  navigator.registerProtocolHandler("mailto", `${location.origin}/mail/mailto?url=%s`);
}

export function Writing() {
  const { undoSeconds, plainText } = preferences.value;
  return (
    <Group>
      <Choice
        label={t("settings.undoSend")}
        note={t("settings.undoSendNote")}
        value={undoSeconds}
        options={UNDO.map((count) => [count, count ? t("settings.seconds", { count }) : t("settings.sendAtOnce")] as const)}
        onChange={(seconds) => setPreferences({ undoSeconds: seconds })}
      />
      <Switch
        label={t("settings.plainText")}
        note={t("settings.plainTextNote")}
        checked={plainText}
        onChange={(wanted) => setPreferences({ plainText: wanted })}
      />
      {mayAnswerLinks() && (
        <div class="settings-row">
          <span class="settings-label">
            {t("settings.links")}
            <span class="settings-note">{t("settings.linksNote")}</span>
          </span>
          <Button size="small" onClick={answerLinks}>
            {t("settings.answerLinks")}
          </Button>
        </div>
      )}
    </Group>
  );
}
