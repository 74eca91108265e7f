/** Until when the chosen rows are put off. */
import { useId } from "preact/hooks";
import { t } from "../i18n";
import { snoozeUntil } from "../list/commands";
import { closePicker } from "../list/pickers";
import { firstChoice, type SnoozeTime, snoozeTimes } from "../list/snooze_times";
import type { Rows } from "../list/targets";
import { Button } from "../parts/button";
import { middleDate } from "../parts/date";
import type { IconName } from "../parts/icon";
import { writeDay } from "../search/values";
import { Choices } from "./choices";

const ICONS: Readonly<Record<SnoozeTime["key"], IconName>> = {
  laterToday: "hourglass",
  evening: "moon",
  tomorrow: "sun",
  weekend: "calendar",
  nextWeek: "calendar-clock",
};

export function SnoozePicker({ rows, anchor }: { rows: Rows; anchor: Element | null }) {
  const options = snoozeTimes(new Date()).map(({ key, at }) => ({
    key,
    label: t(`list.snooze_${key}`),
    icon: ICONS[key],
    note: middleDate(at),
    run: () => void snoozeUntil(rows, at),
  }));
  return (
    <Choices
      label={t("list.snooze")}
      placeholder={t("list.snoozeHint")}
      options={options}
      anchor={anchor}
      onClose={closePicker}
    >
      <OwnTime rows={rows} />
    </Choices>
  );
}

function OwnTime({ rows }: { rows: Rows }) {
  const id = useId();
  const now = new Date();
  return (
    <form
      class="palette-form"
      onSubmit={(event) => {
        event.preventDefault();
        const at = new Date(String(new FormData(event.currentTarget).get("at")));
        if (!(at.getTime() > Date.now())) return;
        closePicker();
        void snoozeUntil(rows, at);
      }}
    >
      <label for={id}>{t("list.snoozeOwn")}</label>
      <input
        id={id}
        class="input"
        type="datetime-local"
        name="at"
        required
        min={localTime(now)}
        defaultValue={localTime(firstChoice(now))}
      />
      <Button type="submit" kind="primary" size="small">
        {t("list.snooze")}
      </Button>
    </form>
  );
}

/** As a field for a time holds it. */
function localTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${writeDay(at)}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
