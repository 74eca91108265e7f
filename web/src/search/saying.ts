/** Conditions in words. */
import { t } from "../i18n";
import { plainName } from "../list/labels";
import { preferences } from "../store/preferences";
import type { Term, TermKind } from "./syntax";

/** "From: anna", "Unread", "Not: has attachment". */
export function termText(term: Term): string {
  const said = plainText(term);
  return term.not ? t("list.not", { what: said }) : said;
}

function plainText({ kind, value }: Term): string {
  switch (kind) {
    case "text":
      return value;
    case "has":
      return t("list.state_attachment");
    case "is":
      return t(`list.state_${value}` as "list.state_unread");
    case "label":
      return `${operatorText(kind)} ${preferences.value.labels[value]?.name ?? plainName(value)}`;
    default:
      return `${operatorText(kind)} ${valueText(kind, value)}`;
  }
}

/** "From:" */
export function operatorText(kind: TermKind): string {
  return t(`list.operator_${kind}` as "list.operator_from");
}

const SPANS: Readonly<Record<string, "days" | "weeks" | "months" | "years">> = {
  d: "days",
  w: "weeks",
  m: "months",
  y: "years",
  j: "years",
};

/** Days in words; the rest as it was typed. */
function valueText(kind: TermKind, value: string): string {
  if (kind !== "before" && kind !== "after" && kind !== "on") return value;
  const said = value.toLowerCase();
  if (said === "today" || said === "heute") return t("list.day_today");
  if (said === "yesterday" || said === "gestern") return t("list.day_yesterday");
  const span = /^(\d+)([dwmyj])$/.exec(said);
  if (span === null) return value;
  return t(`list.ago_${SPANS[span[2] as string] ?? "days"}`, { count: Number(span[1]) });
}
