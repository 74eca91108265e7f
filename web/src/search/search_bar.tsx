/** The search field: chips, what is being typed, and what is offered for it (WAI-ARIA APG, "Combobox"). */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { path } from "../folders/tree";
import { t } from "../i18n";
import { registerKeys } from "../keys";
import { scroller } from "../list/scroller";
import { IconButton } from "../parts/button";
import { Chip } from "../parts/chip";
import { Icon } from "../parts/icon";
import { route } from "../route";
import { mailboxes } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import * as asking from "./asking";
import { knownPeople } from "./people";
import { termText } from "./saying";
import { SuggestionList } from "./suggestion_list";
import { type Suggestion, suggestionsFor, taken } from "./suggestions";
import type { Term } from "./syntax";
import "./search.css";

const LIST = "search-suggestions";
export const optionId = (index: number) => `${LIST}-${index}`;

export function SearchBar() {
  const field = useRef<HTMLInputElement>(null);
  const isOpen = useSignal(false);
  const chosen = useSignal(-1);
  useEffect(() => asking.follow(route.value), [route.value]);
  useEffect(
    () =>
      registerKeys({
        scope: "search",
        keys: { "/": [() => t("list.search"), () => field.current?.focus()] },
      }),
    [],
  );
  const offered = isOpen.value ? suggestionsFor(asking.text.value, known(), new Date()) : [];
  const take = (suggestion: Suggestion) => {
    const { text, term } = taken(asking.text.peek(), suggestion);
    if (suggestion.kind === "recent") asking.chips.value = [];
    asking.type(text);
    if (term !== null) asking.add(term);
    if (suggestion.kind === "recent") asking.settle();
    isOpen.value = suggestion.kind === "operator";
    chosen.value = -1;
    field.current?.focus();
  };
  return (
    <search class="search">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field in it has the focus by keys */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the chips is one on the field */}
      <div class="search-box" data-open={offered.length > 0 || undefined} onClick={() => field.current?.focus()}>
        <Icon name="search" class="search-icon" />
        <Chips />
        <input
          ref={field}
          class="search-field"
          type="text"
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={LIST}
          aria-autocomplete="list"
          aria-activedescendant={chosen.value >= 0 && chosen.value < offered.length ? optionId(chosen.value) : undefined}
          aria-label={t("list.search")}
          placeholder={asking.chips.value.length > 0 ? "" : t("list.searchHint")}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="search"
          value={asking.text.value}
          onInput={(event) => {
            asking.type(event.currentTarget.value);
            isOpen.value = true;
            chosen.value = -1;
          }}
          onFocus={() => (isOpen.value = true)}
          onBlur={() => (isOpen.value = false)}
          onKeyDown={(event) => pressed(event, offered, chosen, isOpen, take)}
        />
        {(asking.chips.value.length > 0 || asking.text.value !== "") && (
          <IconButton icon="x" label={t("list.clearSearch")} onClick={asking.clear} />
        )}
      </div>
      <SuggestionList id={LIST} offered={offered} chosen={chosen.value} typed={asking.text.value} onTake={take} />
    </search>
  );
}

function Chips() {
  return (
    <>
      {asking.chips.value.map((term, at) => (
        <TermChip key={`${term.kind}:${term.value}`} term={term} onRemove={() => asking.remove(at)} />
      ))}
    </>
  );
}

function TermChip({ term, onRemove }: { term: Term; onRemove: () => void }) {
  const said = termText(term);
  return (
    <Chip onRemove={onRemove} removeLabel={t("list.removeChip", { what: said })}>
      {said}
    </Chip>
  );
}

function known() {
  const folders = mailboxes.value;
  return {
    people: knownPeople(),
    folders: [...folders.keys()].map((id) => path(id, folders).join("/")),
    labels: Object.entries(preferences.value.labels).map(([keyword, { name }]) => ({ keyword, name })),
    recent: preferences.value.searches,
  };
}

interface Box<T> {
  value: T;
}

function pressed(
  event: KeyboardEvent,
  offered: readonly Suggestion[],
  chosen: Box<number>,
  isOpen: Box<boolean>,
  take: (suggestion: Suggestion) => void,
): void {
  if (event.isComposing) return;
  const at = chosen.value;
  const picked = offered[at];
  switch (event.key) {
    case "ArrowDown":
      if (offered.length > 0) chosen.value = (at + 1) % offered.length;
      else isOpen.value = true;
      break;
    case "ArrowUp":
      chosen.value = at <= 0 ? offered.length - 1 : at - 1;
      break;
    case "Tab":
      if (picked === undefined || event.shiftKey) return;
      take(picked);
      break;
    case "Enter":
      if (picked !== undefined) take(picked);
      else {
        asking.settle();
        isOpen.value = false;
        scroller.focus();
      }
      break;
    case "Escape":
      if (isOpen.value && offered.length > 0 && asking.whole() !== "") isOpen.value = false;
      else {
        asking.clear();
        (event.currentTarget as HTMLElement).blur();
      }
      break;
    case "Backspace":
      if ((event.currentTarget as HTMLInputElement).value !== "" || !asking.reopenLast()) return;
      break;
    default:
      return;
  }
  event.preventDefault();
  event.stopPropagation();
}
