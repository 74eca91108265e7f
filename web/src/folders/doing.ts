/** What can be done to folders, with the questions that come before it. */
import { t } from "../i18n";
import { MethodError, Refused } from "../jmap/errors";
import type { Id, Mailbox } from "../jmap/types";
import { throughAll } from "../list/bulk";
import { everyId } from "../list/targets";
import { confirm, prompt } from "../parts/dialog";
import { toast } from "../parts/toast";
import { go, route } from "../route";
import { client } from "../store/account";
import { setSeen } from "../store/actions";
import { change, createMailbox, deleteMailbox, mailboxes, moveMailbox, renameMailbox } from "../store/mailboxes";
import { preferences, setPreferences } from "../store/preferences";
import { done } from "../store/undo";
import { folderName } from "./names";
import { isWithin } from "./tree";

/** A new folder in another, or at the top; it is shown. Null: never mind, or it was refused. */
export async function create(parentId: Id | null): Promise<Id | null> {
  const parent = parentId === null ? undefined : mailboxes.peek().get(parentId);
  const title = parent ? t("list.newFolderIn", { folder: folderName(parent) }) : t("list.newFolder");
  const name = (await prompt({ title, label: t("list.folderName"), yes: t("list.create") }))?.trim();
  if (!name) return null;
  const made = await tried(() => createMailbox(name, parentId));
  if (made !== null && parentId !== null) setFolded(parentId, false);
  return made;
}

export async function rename(folder: Mailbox): Promise<void> {
  const title = t("list.renameFolder", { folder: folderName(folder) });
  const name = (await prompt({ title, label: t("list.folderName"), yes: t("list.rename"), value: folder.name }))?.trim();
  if (!name || name === folder.name) return;
  await tried(() => renameMailbox(folder.id, name));
}

/** Into another folder, or to the top; a step that can be undone. */
export async function moveInto(id: Id, parentId: Id | null): Promise<void> {
  const folder = mailboxes.peek().get(id);
  if (folder === undefined || !mayMoveInto(id, parentId)) return;
  const before = folder.parentId;
  await tried(async () => {
    await moveMailbox(id, parentId);
    if (parentId !== null) setFolded(parentId, false);
    done(t("list.folderMoved", { folder: folderName(folder) }), () => void tried(() => moveMailbox(id, before)));
  });
}

export function mayMoveInto(id: Id, parentId: Id | null): boolean {
  const all = mailboxes.peek();
  const folder = all.get(id);
  if (folder === undefined || folder.role !== null || !folder.myRights.mayRename || folder.parentId === parentId) return false;
  if (parentId === null) return true;
  return !isWithin(parentId, id, all) && (all.get(parentId)?.myRights.mayCreateChild ?? false);
}

export async function remove(folder: Mailbox): Promise<void> {
  const name = folderName(folder);
  const text = folder.totalEmails > 0 ? t("list.deleteFolderWith", { count: folder.totalEmails }) : undefined;
  if (
    !(await confirm({
      title: t("list.deleteFolderTitle", { folder: name }),
      text,
      yes: t("list.deleteFolder"),
      isDangerous: true,
    }))
  )
    return;
  await tried(async () => {
    await deleteMailbox(folder.id, true);
    const at = route.peek();
    if (at.name === "folder" && at.mailboxId === folder.id)
      go({ name: "folder", mailboxId: null, threadId: null }, { replace: true });
  });
}

export async function subscribe(folder: Mailbox, on: boolean): Promise<void> {
  await tried(() => change(folder.id, { isSubscribed: on }));
}

/** Everything in it is destroyed, which nobody can undo. */
export async function empty(folder: Mailbox): Promise<void> {
  const question = {
    title: t("list.emptyFolderTitle", { folder: folderName(folder) }),
    text: t("list.emptyFolderText", { count: folder.totalEmails }),
  };
  if (!(await confirm({ ...question, yes: t("list.emptyFolder"), isDangerous: true }))) return;
  await tried(() =>
    throughAll(
      (isEnded) => everyId({ inMailbox: folder.id }, isEnded),
      (ids) => client().call("Email/set", { destroy: ids }),
    ),
  );
}

export async function markAllRead(folder: Mailbox): Promise<void> {
  await tried(() =>
    throughAll(
      (isEnded) => everyId({ operator: "AND", conditions: [{ inMailbox: folder.id }, { notKeyword: "$seen" }] }, isEnded),
      (ids) => setSeen(ids, true),
    ),
  );
}

export function isFolded(id: Id): boolean {
  return preferences.value.folded.includes(id);
}

export function setFolded(id: Id, isFolded: boolean): void {
  const others = preferences.peek().folded.filter((each) => each !== id);
  setPreferences({ folded: isFolded ? [...others, id] : others });
}

async function tried<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    toast({ text: why(error), kind: "problem" });
    return null;
  }
}

/** RFC 8621 §2.5: why folders cannot be changed, in words. */
function why(error: unknown): string {
  if (!(error instanceof MethodError))
    return t("list.folderNotChanged", { why: error instanceof Error ? error.message : String(error) });
  if (error.type === "mailboxHasChild") return t("list.folderHasChildren");
  if (error.type === "forbidden") return t("list.folderForbidden");
  if (error instanceof Refused && (error.type === "invalidProperties" || error.type === "alreadyExists"))
    return t("list.folderNameTaken");
  return t("list.folderNotChanged", { why: error.description || error.type });
}
