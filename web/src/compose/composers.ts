/** The messages that are being written: opened, closed, thrown away, found again. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { locale, t } from "../i18n";
import type { GetAnswer, Id } from "../jmap/types";
import { toast } from "../parts/toast";
import { accountId, beforeLeave, client, connection, onForget, onLeave } from "../store/account";
import { clippedEmail } from "../store/clipping";
import { fetchIdentities, identities } from "../store/identities";
import { mailboxWithRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { done } from "../store/undo";
import { adoptBackups, leaveBackup } from "./backup";
import {
  BODY_PROPERTIES,
  begin,
  beginDraft,
  beginForward,
  beginForwardAsFile,
  beginReply,
  type Fetched,
  PROPERTIES,
  type Setting,
} from "./begin";
import { Composition } from "./composition";
import { wantPeople } from "./correspondents";
import { adoptUnsent, reopen } from "./outgoing";
import type { Opening, Snapshot } from "./snapshot";
import { upToDate } from "./versions";

const list = signal<readonly Composition[]>([]);
/** What is being written, the newest last. */
export const compositions: ReadonlySignal<readonly Composition[]> = list;
/** How many are being fetched. */
export const fetching = signal(0);
/** The one that was opened last: it wants the focus. */
export const wanted = signal<string | null>(null);

/** Of one, with what is beside it. */
const WIDTH = 616;

onForget(() => {
  for (const each of list.peek()) each.leave();
  list.value = [];
});
beforeLeave(async () => {
  await Promise.all(list.peek().map((each) => each.keeper.flush()));
});
onLeave(() => {
  for (const each of list.peek()) each.end();
  list.value = [];
});

/** Opens a message to be written: a new one, an answer, a forward, a draft. */
export async function openComposer(opening: Opening): Promise<void> {
  const open = opening.mode === "draft" && list.peek().find((each) => each.keeper.id === opening.emailId);
  if (open) return show(open);
  fetching.value++;
  try {
    if (!identities.peek().length) await fetchIdentities();
    const snapshot = await snapshotOf(opening);
    const composition = add(snapshot);
    if (opening.files?.length) composition.attachments.add(opening.files);
  } catch {
    toast({ kind: "problem", text: t("compose.notOpened") });
  } finally {
    fetching.value--;
  }
  void wantPeople();
}

async function snapshotOf(opening: Opening): Promise<Snapshot> {
  const setting = settingNow();
  if (opening.mode === "new") return begin(opening, setting);
  const ids = opening.emailIds ?? (opening.emailId ? [opening.emailId] : []);
  const emails = await fetchEmails(ids, opening.mode !== "forwardAsFile");
  const [email] = emails;
  if (!email) throw new Error("gone");
  if (opening.mode === "forwardAsFile" || emails.length > 1) return beginForwardAsFile(emails, opening, setting);
  if (opening.mode === "forward") return beginForward(email, opening, setting);
  return opening.mode === "draft" ? beginDraft(email, setting) : beginReply(email, opening, setting);
}

async function fetchEmails(ids: readonly Id[], isWhole: boolean): Promise<Fetched[]> {
  const body = {
    bodyProperties: BODY_PROPERTIES,
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: 2_000_000,
  };
  const asked = isWhole
    ? { properties: PROPERTIES, ...body }
    : { properties: ["id", "blobId", "size", "subject", "messageId"] };
  return (await client().call<GetAnswer<Fetched>>("Email/get", { ids, ...asked })).list.map(clippedEmail);
}

function settingNow(): Setting {
  return {
    identities: identities.peek(),
    format: preferences.peek().plainText ? "plain" : "rich",
    random: () => crypto.randomUUID(),
    attribution: (author, at) => t("compose.wrote", { author, when: at }),
    forwardTitle: t("compose.forwardedMessage"),
    forwardNames: [t("compose.from"), t("compose.date"), t("compose.subject"), t("compose.to"), t("compose.cc")],
    date: (at) => new Intl.DateTimeFormat(locale.peek(), { dateStyle: "long", timeStyle: "short" }).format(new Date(at)),
    unnamed: t("compose.unnamed"),
  };
}

function add(snapshot: Snapshot, key?: string): Composition {
  const composition = new Composition(snapshot, key);
  makeRoom();
  list.value = [...list.peek(), composition];
  wanted.value = composition.key;
  return composition;
}

/** As many stand open as there is room for; the oldest are made small. */
function makeRoom(): void {
  const fit = Math.max(1, Math.floor(innerWidth / WIDTH));
  const open = list.peek().filter((each) => each.look.peek() !== "small");
  for (const each of open) each.look.value = "open";
  for (const each of open.slice(0, Math.max(0, open.length + 1 - fit))) each.look.value = "small";
}

export function show(composition: Composition): void {
  if (composition.look.peek() === "small") composition.look.value = "open";
  wanted.value = composition.key;
}

function remove(composition: Composition): void {
  list.value = list.peek().filter((each) => each !== composition);
}

/** It has been sent. */
export function sent(composition: Composition): void {
  remove(composition);
}

/** Closes it, the draft saved. */
export async function close(composition: Composition): Promise<void> {
  if (composition.isEmpty()) {
    composition.end();
    return remove(composition);
  }
  composition.backUp();
  remove(composition);
  await composition.keeper.flush();
  if (composition.keeper.isUnsaved) {
    // it could not be saved: rather a window too many than a text lost
    list.value = [...list.peek(), composition];
    toast({ kind: "problem", text: t("compose.notSaved") });
    return;
  }
  const wasSaved = composition.keeper.id !== null;
  composition.end();
  if (wasSaved) toast({ text: t("compose.draftSaved") });
}

/** Into the trash with it; it can be taken back from there, what is attached with it. */
export async function discard(composition: Composition): Promise<void> {
  const wasEmpty = composition.isEmpty();
  remove(composition);
  await composition.keeper.stop();
  const snapshot = composition.snapshot();
  composition.end();
  const { draftId } = snapshot;
  const into = (role: "trash" | "drafts") => {
    const box = mailboxWithRole(role)?.id;
    if (!draftId || !box) return Promise.resolve();
    return client()
      .call("Email/set", { update: { [draftId]: { mailboxIds: { [box]: true } } } })
      .catch(() => {});
  };
  const thrown = into("trash");
  if (wasEmpty) return;
  done(t("compose.discarded"), () => {
    void thrown.then(() => into("drafts")).then(() => add(snapshot).changed());
  });
}

reopen.run = (snapshot, notice) => {
  const composition = add(snapshot);
  if (notice) composition.notice.value = { kind: notice };
  else composition.changed();
};

/** What a closed tab has left in the account shown, or this one when it showed another: opened again, or sent. */
export async function restore(): Promise<void> {
  const username = connection.peek()?.session.username;
  const account = accountId.peek();
  if (!username) return;
  for (const backup of await adoptBackups({ username, accountId: account })) {
    // another account is shown already: whoever shows this one again takes it over
    if (account !== accountId.peek()) {
      leaveBackup(backup.key);
      continue;
    }
    const silent = new Composition(backup.snapshot, backup.key);
    const letter = silent.letter();
    silent.rest();
    if (backup.sending) {
      adoptUnsent(backup, letter);
      continue;
    }
    const { snapshot } = await upToDate(backup.snapshot, letter).catch(() => backup);
    const composition = add(snapshot, backup.key);
    composition.notice.value = { kind: "restored" };
    composition.look.value = "small";
    composition.changed();
  }
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    for (const each of list.peek()) {
      each.backUp();
      void each.keeper.flush();
    }
  });
  addEventListener("pagehide", () => {
    for (const each of list.peek()) each.backUp();
  });
  addEventListener("beforeunload", (event) => {
    // the text is kept; files that are on their way are not
    if (list.peek().some((each) => each.attachments.isUploading)) event.preventDefault();
  });
}
