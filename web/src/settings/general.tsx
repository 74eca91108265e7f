/** How the webmail looks, and where its parts are. */

import { LANGUAGES, type Language, t } from "../i18n";
import { preferences, setPreferences } from "../store/preferences";
import { Choice, Group, Switch } from "./form";

export function General() {
  const now = preferences.value;
  return (
    <>
      <Group title={t("settings.look")}>
        <Choice
          label={t("shell.theme")}
          value={now.theme}
          options={[
            ["system", t("shell.themeSystem")],
            ["light", t("shell.themeLight")],
            ["dark", t("shell.themeDark")],
          ]}
          onChange={(theme) => setPreferences({ theme })}
        />
        <Choice
          label={t("settings.density")}
          value={now.density}
          options={[
            ["comfortable", t("settings.comfortable")],
            ["cosy", t("settings.cosy")],
            ["compact", t("settings.compact")],
          ]}
          onChange={(density) => setPreferences({ density })}
        />
        <Choice<Language | "">
          label={t("settings.language")}
          value={now.language ?? ""}
          options={[["", t("settings.asBrowser")], ...(Object.entries(LANGUAGES) as [Language, string][])]}
          onChange={(language) => setPreferences({ language: language || null })}
        />
      </Group>
      <Group title={t("settings.panes")}>
        <Choice
          label={t("settings.pane")}
          note={t("settings.paneNote")}
          value={now.pane}
          options={[
            ["side", t("settings.paneSide")],
            ["below", t("settings.paneBelow")],
            ["none", t("settings.paneNone")],
          ]}
          onChange={(pane) => setPreferences({ pane })}
        />
        <Switch
          label={t("settings.conversations")}
          note={t("settings.conversationsNote")}
          checked={now.conversations}
          onChange={(conversations) => setPreferences({ conversations })}
        />
        <Choice
          label={t("settings.afterFiling")}
          value={now.afterFiling}
          options={[
            ["list", t("settings.afterList")],
            ["next", t("settings.afterNext")],
            ["previous", t("settings.afterPrevious")],
          ]}
          onChange={(afterFiling) => setPreferences({ afterFiling })}
        />
      </Group>
      <Group title={t("settings.notifications")}>
        <Switch
          label={t("settings.notify")}
          note={t(mayNotify() ? "settings.notifyNote" : "settings.notifyBarred")}
          checked={now.notifications && mayNotify()}
          disabled={!mayNotify()}
          onChange={(wanted) => void notify(wanted)}
        />
      </Group>
    </>
  );
}

const mayNotify = (): boolean => typeof Notification !== "undefined" && Notification.permission !== "denied";

async function notify(wanted: boolean): Promise<void> {
  const granted = wanted && (await Notification.requestPermission()) === "granted";
  setPreferences({ notifications: granted });
}
