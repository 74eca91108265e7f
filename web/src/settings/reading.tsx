/** What happens when a message is opened. */

import { t } from "../i18n";
import { Chip } from "../parts/chip";
import { preferences, setPreferences } from "../store/preferences";
import { Choice, Group } from "./form";

const NEVER = -1;

export function Reading() {
  const { readAfter, pictures, picturesFrom } = preferences.value;
  return (
    <>
      <Group>
        <Choice
          label={t("settings.readAfter")}
          value={readAfter}
          options={[
            [0, t("settings.atOnce")],
            [2, t("settings.seconds", { count: 2 })],
            [5, t("settings.seconds", { count: 5 })],
            [NEVER, t("settings.neverByItself")],
          ]}
          onChange={(seconds) => setPreferences({ readAfter: seconds })}
        />
      </Group>
      <Group title={t("settings.pictures")} note={t("settings.picturesNote")}>
        <Choice
          label={t("settings.remotePictures")}
          value={pictures}
          options={[
            ["ask", t("settings.picturesAsk")],
            ["always", t("settings.picturesAlways")],
            ["never", t("settings.picturesNever")],
          ]}
          onChange={(wanted) => setPreferences({ pictures: wanted })}
        />
        {picturesFrom.length > 0 && (
          <div class="settings-senders">
            <p class="settings-label">{t("settings.picturesFrom")}</p>
            <ul>
              {picturesFrom.map((sender) => (
                <li key={sender}>
                  <Chip
                    removeLabel={t("settings.removeOne", { name: sender })}
                    onRemove={() => setPreferences({ picturesFrom: picturesFrom.filter((each) => each !== sender) })}
                  >
                    {sender}
                  </Chip>
                </li>
              ))}
            </ul>
          </div>
        )}
      </Group>
    </>
  );
}
