/** One message while it is written: its fields as signals, its text in the editor, its files, and its draft that is kept saved. */

import { computed, effect, type ReadonlySignal, type Signal, signal, untracked } from "@preact/signals";
import { isPassing, MethodError } from "../jmap/errors";
import { limitsOf, MAIL } from "../jmap/session";
import type { Id, Identity, SetAnswer } from "../jmap/types";
import { accountId, client } from "../store/account";
import { identities } from "../store/identities";
import { mailboxWithRole } from "../store/mailboxes";
import { type Address, wrongWith } from "./addresses";
import { Attachments } from "./attachments";
import { dropBackup, keepBackup, leaveBackup } from "./backup";
import { signatureOf } from "./begin";
import { cleanFragment } from "./clean";
import { DraftKeeper, replaceCalls, replaced } from "./drafts";
import { textOf } from "./html_text";
import { blobsOf, emailOf, type Letter } from "./message";
import { htmlOfText, signatureHtml, swapText } from "./quoting";
import { sentAt } from "./schedule";
import type { Reason } from "./sending";
import type { About, Format, KeptFile, Snapshot } from "./snapshot";
import { latestVersion } from "./versions";
import { documentOf, picturesIn } from "./written";

/** What the rich editor does for us while it is there. */
export interface Editor {
  root(): HTMLElement;
  html(): string;
  setHtml(html: string): void;
  focus(atStart?: boolean): void;
}

/** A document that is never shown, and fetches nothing. */
const QUIET = document.implementation.createHTMLDocument();

export type Look = "open" | "small" | "large";

let counter = 0;

export class Composition {
  readonly key: string;
  readonly accountId: Id;
  private readonly username = client().session.username;
  readonly to: Signal<readonly Address[]>;
  readonly cc: Signal<readonly Address[]>;
  readonly bcc: Signal<readonly Address[]>;
  /** What stands in the fields and is no chip yet. */
  readonly typed = { to: signal(""), cc: signal(""), bcc: signal("") };
  readonly subject: Signal<string>;
  readonly identityId: Signal<Id | null>;
  /** The address, where the identity leaves it open. */
  readonly fromEmail: Signal<string>;
  readonly format: Signal<Format>;
  readonly text: Signal<string>;
  readonly attachments: Attachments;
  readonly keeper: DraftKeeper<Taken>;
  readonly look = signal<Look>("open");
  readonly isCcShown: Signal<boolean>;
  readonly isBccShown: Signal<boolean>;
  readonly state = signal<"writing" | "sending">("writing");
  readonly notice = signal<Notice | null>(null);
  readonly title: ReadonlySignal<string> = computed(() => this.subject.value.trim());
  readonly identity: ReadonlySignal<Identity | null>;
  /** Blob addresses that show pictures, by Content-ID. */
  readonly pictures = new Map<string, string>();
  editor: Editor | null = null;
  about: About | null;
  private html: string;
  private readonly first: Snapshot;
  private isTouched = false;
  /** Whether the server may have a version that we do not know. */
  isUnsure = false;
  private stopBackup: ReturnType<typeof setTimeout> | undefined;
  private readonly ends: (() => void)[] = [];

  constructor(snapshot: Snapshot, key?: string) {
    counter++;
    this.key = key ?? `${Date.now().toString(36)}-${counter}`;
    this.accountId = accountId.peek();
    this.first = snapshot;
    this.to = signal(snapshot.to);
    this.cc = signal(snapshot.cc);
    this.bcc = signal(snapshot.bcc);
    this.isCcShown = signal(snapshot.cc.length > 0);
    this.isBccShown = signal(snapshot.bcc.length > 0);
    this.subject = signal(snapshot.subject);
    this.identityId = signal(snapshot.identityId);
    this.fromEmail = signal(snapshot.from);
    this.format = signal(snapshot.format);
    this.text = signal(snapshot.text);
    this.html = snapshot.html;
    this.about = snapshot.about;
    this.identity = computed(
      () => identities.value.find((each) => each.id === this.identityId.value) ?? identities.value[0] ?? null,
    );
    this.attachments = new Attachments((file, on, stop) => client().upload(file, on, stop), attachmentLimits(), snapshot.files);
    for (const each of snapshot.files)
      if (each.cid) this.pictures.set(each.cid, client().downloadUrl(each.blobId, each.name, each.type));
    this.attachments.onChanged = () => this.changed();
    this.keeper = new DraftKeeper<Taken>(
      {
        take: () => this.take(),
        save: (taken, old) => this.save(taken, old),
        onSaved: (saved) => this.saved(saved.isConflict),
        later: (run, after) => {
          const timer = setTimeout(run, after);
          return () => clearTimeout(timer);
        },
        now: () => performance.now(),
      },
      snapshot.draftId,
    );
    this.watch();
  }

  private watch(): void {
    let isFirst = true;
    this.ends.push(
      effect(() => {
        for (const field of [this.to, this.cc, this.bcc, this.subject, this.identityId, this.fromEmail, this.format, this.text])
          void field.value;
        if (!isFirst) untracked(() => this.changed());
        isFirst = false;
      }),
    );
  }

  /** Something was typed or dropped: to be saved soon, here and there. */
  changed(): void {
    this.isTouched = true;
    this.keeper.changed();
    clearTimeout(this.stopBackup);
    this.stopBackup = setTimeout(() => this.backUp(), 400);
  }

  backUp(): void {
    clearTimeout(this.stopBackup);
    if (!this.isTouched || this.isEmpty()) return;
    keepBackup({ key: this.key, accountId: this.accountId, username: this.username, snapshot: this.snapshot() });
  }

  private async save({ letter }: Taken, old: Id | null): Promise<{ id: Id; isConflict: boolean }> {
    let draftId = old;
    if (this.isUnsure) {
      const version = await latestVersion(letter.messageId);
      if (version && version.id !== old) this.replaced(letter, version.blobs);
      draftId = version?.id ?? null;
    }
    const now = this.isUnsure ? this.letter() : letter;
    try {
      const saved = await saveDraft(now, draftId);
      this.isUnsure = false;
      this.replaced(now, saved.blobs);
      return saved;
    } catch (error) {
      // it may have been made all the same
      this.isUnsure ||= isPassing(error);
      throw error;
    }
  }

  private saved(isConflict: boolean): void {
    dropBackup(this.key);
    if (isConflict) this.notice.value = { kind: "conflict" };
  }

  /** Nothing worth keeping has been written. */
  isEmpty(): boolean {
    if (this.attachments.all.peek().some((each) => each.cid === null)) return false;
    const { first } = this;
    const isSame =
      this.subject.peek() === first.subject &&
      this.to.peek() === first.to &&
      this.cc.peek() === first.cc &&
      this.bcc.peek() === first.bcc;
    if (!isSame || this.keeper.id !== null) return false;
    return this.format.peek() === "plain"
      ? this.text.peek().trim() === first.text.trim()
      : this.plain().trim() === textOf(this.fragment(first.html)).trim();
  }

  // The text.

  /** The nodes of the letter, as the editor has them. */
  root(): HTMLElement {
    if (this.editor) return this.editor.root();
    const root = QUIET.createElement("div");
    root.append(this.fragment(this.html));
    return root;
  }

  private fragment(html: string): DocumentFragment {
    return cleanFragment(html, { pictureOf: (cid) => this.pictures.get(cid) ?? null, into: QUIET });
  }

  plain(): string {
    return this.format.peek() === "plain" ? this.text.peek() : textOf(this.root());
  }

  /** What the editor begins with. */
  startHtml(): string {
    return this.html;
  }

  /** The editor goes: what it held is kept. */
  detach(): void {
    if (this.editor) this.html = this.editor.html();
    this.editor = null;
  }

  setFormat(format: Format): void {
    if (format === this.format.peek()) return;
    if (format === "plain") {
      this.text.value = textOf(this.root());
      this.detach();
    } else {
      this.html = htmlOfText(this.text.peek());
    }
    this.format.value = format;
  }

  /** Another identity writes, and signs. */
  setIdentity(identity: Identity): void {
    const before = this.identity.peek();
    this.identityId.value = identity.id;
    this.fromEmail.value = identity.email.startsWith("*@") ? "" : identity.email;
    const next = signatureOf(identity);
    if (this.format.peek() === "plain") this.text.value = swapText(this.text.peek(), signatureOf(before), next);
    else this.swapSignature(signatureHtml(next));
    this.changed();
  }

  private swapSignature(html: string): void {
    const root = this.root();
    const old = root.querySelector(".pillarbox-signature");
    const line = old || !html ? "" : "<div><br></div>";
    const next = html ? cleanFragment(line + html) : document.createDocumentFragment();
    if (old) old.replaceWith(next);
    else root.insertBefore(next, root.querySelector(".pillarbox-attribution, .pillarbox-forwarded"));
    if (!this.editor) this.html = root.innerHTML;
  }

  // All of it.

  /** Chips, and what is typed beside them. */
  recipients(): Address[] {
    return [...this.to.peek(), ...this.cc.peek(), ...this.bcc.peek()];
  }

  wrongRecipients(): Address[] {
    return this.recipients().filter(({ email }) => wrongWith(email) !== null);
  }

  from(): Address {
    const identity = this.identity.peek();
    const email =
      this.fromEmail.peek() ||
      (identity && !identity.email.startsWith("*@") ? identity.email : "") ||
      client().session.username;
    return { name: identity?.name || null, email };
  }

  letter(): Letter {
    const isPlain = this.format.peek() === "plain";
    const root = isPlain ? null : this.root();
    const shown = root ? picturesIn(root) : new Set<string>();
    const done = this.attachments.all.peek().filter((each) => each.blobId !== null);
    return {
      from: this.from(),
      to: this.to.peek(),
      cc: this.cc.peek(),
      bcc: this.bcc.peek(),
      replyTo: this.identity.peek()?.replyTo ?? [],
      subject: this.subject.peek(),
      text: root ? textOf(root) : this.text.peek(),
      html: root ? documentOf(root) : null,
      files: done.filter((each) => each.cid === null).map(({ blobId, name, type }) => ({ blobId: blobId ?? "", name, type })),
      pictures: done
        .filter((each) => each.cid !== null && shown.has(each.cid))
        .map(({ blobId, name, type, cid }) => ({ blobId: blobId ?? "", name, type, cid: cid ?? "" })),
      messageId: this.first.messageId,
      inReplyTo: this.first.inReplyTo,
      references: this.first.references,
      forwards: this.about?.kind === "forwarded" ? this.about.messageId : null,
    };
  }

  private take(): Taken | null {
    if (this.isEmpty()) return null;
    const letter = this.letter();
    return { letter };
  }

  /** The email that was made of this letter calls what is attached by other names; the old ones are gone with the old draft. */
  replaced(letter: Letter, blobs: readonly Id[]): void {
    this.attachments.rename(blobsOf(letter), blobs);
    for (const { cid, blobId, name, type } of this.attachments.all.peek())
      if (cid && blobId && !this.pictures.get(cid)?.startsWith("blob:"))
        this.pictures.set(cid, client().downloadUrl(blobId, name, type));
  }

  snapshot(): Snapshot {
    const files: KeptFile[] = [];
    for (const { blobId, name, type, size, cid } of this.attachments.all.peek())
      if (blobId) files.push({ blobId, name, type, size, cid });
    return {
      identityId: this.identityId.peek(),
      from: this.fromEmail.peek(),
      to: this.to.peek(),
      cc: this.cc.peek(),
      bcc: this.bcc.peek(),
      subject: this.subject.peek(),
      format: this.format.peek(),
      html: this.editor ? this.editor.html() : this.html,
      text: this.text.peek(),
      files,
      messageId: this.first.messageId,
      inReplyTo: this.first.inReplyTo,
      references: this.first.references,
      about: this.about,
      draftId: this.keeper.id,
    };
  }

  /** Nothing is done by itself any more. */
  rest(): void {
    clearTimeout(this.stopBackup);
    for (const end of this.ends) end();
  }

  /** It is no longer written here. */
  end(): void {
    this.leave();
    dropBackup(this.key);
  }

  /** It cannot be written any more, nor saved: what is not on the server stays in this browser. */
  leave(): void {
    if (this.keeper.isUnsaved) this.backUp();
    this.rest();
    // from now on it would be saved among another's drafts
    void this.keeper.stop();
    this.attachments.stop();
    for (const url of this.pictures.values()) if (url.startsWith("blob:")) URL.revokeObjectURL(url);
    leaveBackup(this.key);
  }
}

export type Notice =
  | { kind: "conflict" }
  | { kind: "refused"; reason: Reason; said: string }
  | { kind: "undone" }
  | { kind: "restored" };

interface Taken {
  readonly letter: Letter;
}

async function saveDraft(letter: Letter, old: Id | null): Promise<{ id: Id; blobs: Id[]; isConflict: boolean }> {
  const drafts = mailboxWithRole("drafts")?.id;
  if (!drafts) throw new MethodError("notFound", "drafts");
  const email = emailOf(letter, { mailboxId: drafts, isDraft: true, sentAt: sentAt(new Date()) });
  const answers = await client().request(replaceCalls(email, old));
  const saved = replaced(answers);
  if (!saved) {
    const make = answers.find((each) => each.callId === "make");
    const refused = (make?.result as SetAnswer | undefined)?.notCreated?.letter ?? make?.error;
    throw new MethodError(refused?.type ?? "serverFail", refused?.description);
  }
  return saved;
}

function attachmentLimits() {
  const limits = limitsOf(client().session);
  const mail = client().session.accounts[client().accountId]?.accountCapabilities[MAIL] as
    | { maxSizeAttachmentsPerEmail?: number }
    | undefined;
  return {
    one: limits.maxSizeUpload,
    all: mail?.maxSizeAttachmentsPerEmail ?? limits.maxSizeUpload,
    atOnce: Math.max(1, limits.maxConcurrentUpload - 1),
  };
}
