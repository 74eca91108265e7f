/** What is offered below the search field. */
import { t } from "../i18n";
import { Icon, type IconName } from "../parts/icon";
import { forget } from "./recent";
import { operatorText, termText } from "./saying";
import { optionId } from "./search_bar";
import type { Suggestion } from "./suggestions";
import type { TermKind } from "./syntax";

export interface SuggestionListProps {
  readonly id: string;
  readonly offered: readonly Suggestion[];
  readonly chosen: number;
  readonly typed: string;
  onTake(suggestion: Suggestion): void;
}

export function SuggestionList({ id, offered, chosen, typed, onTake }: SuggestionListProps) {
  return (
    <div class="search-suggestions" id={id} role="listbox" aria-label={t("list.suggestions")} hidden={offered.length === 0}>
      {offered.map((suggestion, index) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus, and names the option
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field answers to keys
        <div
          key={keyOf(suggestion)}
          id={optionId(index)}
          role="option"
          class="search-option"
          aria-selected={index === chosen}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(suggestion)}
        >
          <Icon name={iconOf(suggestion)} size={16} />
          <Said suggestion={suggestion} />
        </div>
      ))}
      {typed === "" && offered.some(({ kind }) => kind === "recent") && <Forget offered={offered} />}
    </div>
  );
}

function Said({ suggestion }: { suggestion: Suggestion }) {
  if (suggestion.kind === "recent") return <span class="search-said">{suggestion.text}</span>;
  if (suggestion.kind === "operator")
    return (
      <>
        <span class="search-said">{operatorText(suggestion.operator)}</span>
        <code class="search-note">
          {suggestion.not && "-"}
          {suggestion.operator}:
        </code>
      </>
    );
  return (
    <>
      <span class="search-said">{termText(suggestion.term)}</span>
      {suggestion.note !== "" && <span class="search-note">{suggestion.note}</span>}
    </>
  );
}

/** For whoever looks over one's shoulder; by mouse and touch, for a list of options holds no buttons. */
function Forget({ offered }: { offered: readonly Suggestion[] }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: settings do the same by keys
    <div
      class="search-forget"
      role="presentation"
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => {
        for (const each of offered) if (each.kind === "recent") forget(each.text);
      }}
    >
      {t("list.forgetSearches")}
    </div>
  );
}

function keyOf(suggestion: Suggestion): string {
  if (suggestion.kind === "recent") return `recent ${suggestion.text}`;
  if (suggestion.kind === "operator") return `operator ${suggestion.operator}`;
  return `term ${suggestion.term.kind} ${suggestion.term.value}`;
}

const ICONS: Readonly<Partial<Record<TermKind, IconName>>> = {
  from: "user",
  to: "user",
  cc: "user",
  bcc: "user",
  subject: "type",
  body: "file-text",
  in: "folder",
  label: "tag",
  has: "paperclip",
  is: "mail",
  before: "calendar",
  after: "calendar",
  on: "calendar",
  larger: "save",
  smaller: "save",
};

function iconOf(suggestion: Suggestion): IconName {
  if (suggestion.kind === "recent") return "clock";
  const kind = suggestion.kind === "operator" ? suggestion.operator : suggestion.term.kind;
  return ICONS[kind] ?? "search";
}
