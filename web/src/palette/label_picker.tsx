/** Which labels the chosen rows bear. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import type { Id } from "../jmap/types";
import { setLabel } from "../list/commands";
import { keywordFor, type Label, labelsOf } from "../list/labels";
import { closePicker } from "../list/pickers";
import { emailsOf, type Rows } from "../list/targets";
import { emailNow, emailSignal, knownIds } from "../store/emails";
import { preferences, setPreferences } from "../store/preferences";
import { Choices, type Option } from "./choices";

/** Emails looked through for labels in use. */
const MOST = 3000;

export function LabelPicker({ rows, anchor }: { rows: Rows; anchor: Element | null }) {
  const emails = useSignal<readonly Id[]>([]);
  useEffect(() => {
    if (rows !== "all") void emailsOf("label", rows).then((ids) => (emails.value = ids));
  }, [rows]);
  const borne = (keyword: string): boolean | "mixed" => {
    const all = emails.value.map((id) => Boolean(emailSignal(id).value?.keywords[keyword]));
    return all.every(Boolean) && all.length > 0 ? true : all.some(Boolean) ? "mixed" : false;
  };
  const options = knownLabels().map((label): Option => {
    const isOn = borne(label.keyword);
    const run = () => void setLabel(rows, label.keyword, isOn !== true);
    return { key: label.keyword, label: label.name, hue: label.colour, isOn, run };
  });
  return (
    <Choices
      label={t("list.label")}
      placeholder={t("list.labelHint")}
      options={options}
      made={(typed) => newLabel(typed, options, rows)}
      isMany
      anchor={anchor}
      onClose={closePicker}
    />
  );
}

/** Labels that have been named here, and those that emails bear. */
function knownLabels(): Label[] {
  const named = preferences.value.labels;
  const keywords: Record<string, boolean> = Object.fromEntries(Object.keys(named).map((keyword) => [keyword, true]));
  for (const id of knownIds().slice(-MOST)) Object.assign(keywords, emailNow(id)?.keywords);
  return labelsOf(keywords, named, (known) => t(`list.label_${known}`));
}

function newLabel(typed: string, options: readonly Option[], rows: Rows): Option[] {
  const keyword = keywordFor(typed);
  if (keyword === "" || options.some((option) => option.key === keyword)) return [];
  const run = () => {
    const { labels } = preferences.peek();
    setPreferences({ labels: { ...labels, [keyword]: { name: typed, colour: Object.keys(labels).length % 12 } } });
    void setLabel(rows, keyword, true);
  };
  return [{ key: "new", label: t("list.createLabel", { name: typed }), icon: "plus", isOn: false, run }];
}
