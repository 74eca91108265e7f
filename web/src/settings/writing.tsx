/** How messages are written and sent. */

import { t } from "../i18n";
import { preferences, setPreferences } from "../store/preferences";
import { Choice, Group, Switch } from "./form";

const UNDO = [0, 5, 10, 15, 20, 30, 60] as const;

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
    </Group>
  );
}
