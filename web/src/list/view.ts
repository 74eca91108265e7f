/** What the list shows: which emails, in which order, where the cursor is, and what is chosen. */
import { batch, computed, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { roleOf } from "../folders/names";
import { WEBMAIL } from "../jmap/session";
import type { EmailFilter, Id, Mailbox } from "../jmap/types";
import { route } from "../route";
import { filterOf } from "../search/filter";
import { findFolders } from "../search/folders";
import { parse } from "../search/syntax";
import { can } from "../store/account";
import { type MailList, openList } from "../store/lists";
import { mailboxes, mailboxWithRole } from "../store/mailboxes";
import { preferences, setPreferences } from "../store/preferences";
import { isSort, orderOf, type Sort, usualSort } from "./look";
import { countOf, isEmpty, NOTHING, type Selection } from "./selection";

/** Only what is unread or starred, for as long as the folder is shown. */
export type Only = "all" | "unread" | "starred";
export const only = signal<Only>("all");

/** The folder shown; undefined in a search, and until folders are known. */
export const mailbox: ReadonlySignal<Mailbox | undefined> = computed(() => {
  const at = route.value;
  if (at.name !== "folder") return at.name === "search" ? undefined : mailboxWithRole("inbox");
  return at.mailboxId === null ? mailboxWithRole("inbox") : mailboxes.value.get(at.mailboxId);
});
const mailboxId = computed(() => mailbox.value?.id);

/** What is searched for; null where nothing is. */
export const searched: ReadonlySignal<string | null> = computed(() =>
  route.value.name === "search" ? route.value.query.trim() : null,
);

/** Where a list's order is remembered. */
const place = computed(() => (searched.value === null ? (mailboxId.value ?? "") : "search"));
export const sort: ReadonlySignal<Sort> = computed(() => {
  const kept = preferences.value.sorts[place.value];
  return isSort(kept) ? kept : usual.value;
});
const usual = computed(() => usualSort(mailbox.value && roleOf(mailbox.value)));
export function setSort(sort: Sort): void {
  const { [place.peek()]: _, ...others } = preferences.peek().sorts;
  setPreferences({ sorts: sort === usual.peek() ? others : { ...others, [place.peek()]: sort } });
}

/** Written once: a filter that says the same is the same list, however often folders' counts change. */
const question: ReadonlySignal<string | null> = computed(() => {
  const text = searched.value;
  if (text === null) return null;
  return JSON.stringify(filterOf(parse(text), findFolders(mailboxes.value), new Date()));
});
const ONLY: Readonly<Record<Only, EmailFilter | null>> = {
  all: null,
  unread: { notKeyword: "$seen" },
  starred: { hasKeyword: "$flagged" },
};

/** Each draft is written by itself; elsewhere a row is a conversation, for whoever likes that. */
export const isCollapsed: ReadonlySignal<boolean> = computed(
  () => preferences.value.conversations && mailbox.value?.role !== "drafts",
);

/** The list; null while there is nothing to ask for. */
export const list: ReadonlySignal<MailList | null> = computed(() => {
  const collapseThreads = isCollapsed.value;
  const order = sort.value;
  const wakes = can(WEBMAIL);
  const extra = ONLY[only.value];
  const said = question.value;
  const folder = mailboxId.value;
  return untracked(() => {
    if (said !== null) {
      const found = JSON.parse(said) as EmailFilter | null;
      return found === null ? null : openList({ filter: both(found, extra), sort: orderOf(order, false), collapseThreads });
    }
    return folder === undefined
      ? null
      : openList({ mailboxId: folder, filter: extra, sort: orderOf(order, wakes), collapseThreads });
  });
});

function both(one: EmailFilter, other: EmailFilter | null): EmailFilter {
  return other === null ? one : { operator: "AND", conditions: [one, other] };
}

/** The row that keys are about; an email's id. */
export const cursor = signal<Id | null>(null);
export const selection = signal<Selection>(NOTHING);
/** Whether any row is chosen: the bar of commands is there, and on phones a tap chooses. */
export const isChoosing = computed(() => !isEmpty(selection.value));
export const chosenCount = computed(() => countOf(selection.value, list.value?.total.value ?? 0));

/** Another list: what was chosen in the one before is not. */
export function begin(): void {
  batch(() => {
    cursor.value = null;
    selection.value = NOTHING;
  });
}

export function clearSelection(): void {
  if (!isEmpty(selection.peek())) selection.value = NOTHING;
}
