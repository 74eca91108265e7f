/** Keeps a draft saved as one types: one save at a time, soon after the last letter, and again where more was typed meanwhile. Pure but for its timer. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { isPassing, Offline } from "../jmap/errors";
import type { Answer, Call, GetAnswer, Id, SetAnswer } from "../jmap/types";

export type SaveState = "clean" | "unsaved" | "saving" | "saved" | "offline" | "failed";

export interface Saved {
  readonly id: Id;
  /** The draft had been changed or taken away elsewhere: there may be two now. */
  readonly isConflict: boolean;
}

export interface Keeping<Draft> {
  /** What is to be saved; null: nothing worth it. */
  take(): Draft | null;
  /** Makes it, and takes the old one away. */
  save(draft: Draft, old: Id | null): Promise<Saved>;
  onSaved(saved: Saved, draft: Draft): void;
  /** Calls it after so many milliseconds; the answer prevents that. */
  later(run: () => void, after: number): () => void;
  now(): number;
}

/** Milliseconds without a letter typed, and the most that typing on and on may put it off. */
export const PAUSE = 2000;
export const PATIENCE = 15_000;
const AGAIN = 10_000;

export class DraftKeeper<Draft> {
  private readonly shown = signal<SaveState>("clean");
  readonly state: ReadonlySignal<SaveState> = this.shown;
  /** Why it could not be saved. */
  problem: unknown = null;
  private running: Promise<void> | null = null;
  private stopTimer: () => void = () => {};
  private unsavedSince: number | null = null;
  private isStopped = false;

  constructor(
    private readonly keeping: Keeping<Draft>,
    /** The draft as it is on the server. */
    public id: Id | null = null,
  ) {}

  /** Something was typed. */
  changed(): void {
    if (this.isStopped) return;
    const now = this.keeping.now();
    this.unsavedSince ??= now;
    const state = this.shown.peek();
    if (state !== "saving" && state !== "offline") this.shown.value = "unsaved";
    this.in(Math.max(0, Math.min(PAUSE, this.unsavedSince + PATIENCE - now)));
  }

  private in(after: number): void {
    this.stopTimer();
    this.stopTimer = this.keeping.later(() => void this.flush(), after);
  }

  /** Saves what is unsaved, and resolves when all of it is, or cannot be. Never rejects. */
  async flush(): Promise<void> {
    this.stopTimer();
    if (this.running) await this.running;
    if (this.unsavedSince === null || this.isStopped) return;
    this.running = this.save().finally(() => {
      this.running = null;
    });
    await this.running;
  }

  private async save(): Promise<void> {
    const draft = this.keeping.take();
    this.unsavedSince = null;
    if (draft === null) {
      this.shown.value = "clean";
      return;
    }
    this.shown.value = "saving";
    try {
      const saved = await this.keeping.save(draft, this.id);
      this.id = saved.id;
      this.problem = null;
      this.keeping.onSaved(saved, draft);
      this.shown.value = this.unsavedSince === null ? "saved" : "unsaved";
    } catch (error) {
      this.problem = error;
      this.unsavedSince ??= this.keeping.now();
      this.shown.value = error instanceof Offline ? "offline" : "failed";
      if (isPassing(error) && !this.isStopped) this.in(AGAIN);
    }
  }

  get isUnsaved(): boolean {
    return this.unsavedSince !== null || this.running !== null;
  }

  /** No more: it has been sent or thrown away. What is being saved comes to its end first. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.stopTimer();
    await this.running;
  }

  /** On again, after a send that did not succeed or was taken back. */
  resume(id: Id | null): void {
    this.isStopped = false;
    this.id = id;
    this.unsavedSince = null;
    this.shown.value = id ? "saved" : "unsaved";
  }
}

/**
 * The calls that put a new version of a draft in the place of the old one, in one request. The objects of one Email/set stand or
 * fall each alone: a create that is refused would not keep the destroy from happening. So the old one is asked for by a call that
 * only works where the new one has been made (its size is needed as an argument), and what that call found is destroyed.
 */
export function replaceCalls(create: Record<string, unknown>, old: Id | null): Call[] {
  const made: Call[] = [["Email/set", { create: { letter: create } }, "make"]];
  made.push(madeCall());
  return old === null ? made : [...made, ...destroyCalls(old)];
}

/** Of what the new email is made: its parts have names of their own. */
export function madeCall(): Call {
  return ["Email/get", { ids: ["#letter"], properties: ["id", "bodyStructure"], bodyProperties: PART }, "made"];
}

const PART = ["partId", "blobId", "type", "name", "disposition", "cid", "size"];

/** Destroys an email where the call "make" has made "letter". */
export function destroyCalls(old: Id): Call[] {
  const onlyIfMade = { resultOf: "make", name: "Email/set", path: "/created/letter/size" };
  return [
    ["Email/get", { ids: [old], properties: ["id"], "#maxBodyValueBytes": onlyIfMade }, "old"],
    ["Email/set", { "#destroy": { resultOf: "old", name: "Email/get", path: "/list/*/id" } }, "drop"],
  ];
}

export interface Leaf {
  blobId: Id | null;
  partId: string | null;
  subParts?: Leaf[] | null;
}

/** What came of `replaceCalls`; null: it was not made, see `refusalOf`. */
export function replaced(answers: readonly Answer[]): { id: Id; blobs: Id[]; isConflict: boolean } | null {
  const by = (id: string) => answers.find((each) => each.callId === id && !each.error)?.result;
  const made = (by("make") as SetAnswer<{ id: Id }> | undefined)?.created?.letter;
  if (!made) return null;
  const old = by("old") as GetAnswer<unknown> | undefined;
  return { id: made.id, blobs: madeBlobs(answers), isConflict: Boolean(old?.notFound?.length) };
}

/** What `madeCall` answered, as `attachedBlobs`. */
export function madeBlobs(answers: readonly Answer[]): Id[] {
  const found = answers.find((each) => each.callId === "made" && !each.error)?.result as
    | GetAnswer<{ bodyStructure?: Leaf }>
    | undefined;
  const root = found?.list[0]?.bodyStructure;
  return root ? attachedBlobs(root) : [];
}

/** The blobs of pictures and files, in their order in the structure that `message.structureOf` makes: what is no text of ours. */
export function attachedBlobs(root: Leaf): Id[] {
  const leaves: Leaf[] = [];
  const gather = (part: Leaf) => (part.subParts?.length ? part.subParts.forEach(gather) : leaves.push(part));
  gather(root);
  const first = root.subParts?.[0];
  const isMixed = first && (root as { type?: string }).type === "multipart/mixed";
  const body = isMixed ? first : root;
  const texts = textsOf(body);
  return leaves.filter((leaf) => !texts.has(leaf)).map((leaf) => leaf.blobId ?? "");
}

function textsOf(body: Leaf): Set<Leaf> {
  const [text, html] = body.subParts ?? [];
  if (!text || !html) return new Set([body]);
  return new Set([text, html.subParts?.[0] ?? html]);
}
