/** Files and pictures on their way to the server: a few at a time, with how far they have come; each can be stopped and tried again. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { Offline } from "../jmap/errors";
import type { Id } from "../jmap/types";
import type { KeptFile } from "./snapshot";

export type State = "waiting" | "uploading" | "done" | "failed" | "offline" | "tooLarge";

export interface Attached {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** Of a picture in the text. */
  readonly cid: string | null;
  readonly state: State;
  /** Bytes. */
  readonly done: number;
  readonly blobId: Id | null;
}

export type Upload = (
  file: Blob,
  on: (done: number, total: number) => void,
  signal: AbortSignal,
) => Promise<{ blobId: Id; type: string; size: number }>;

export interface AttachmentLimits {
  /** Bytes of one, and of all together. */
  readonly one: number;
  readonly all: number;
  readonly atOnce: number;
}

interface Underway {
  readonly file: File;
  abort: AbortController | null;
}

let counter = 0;

export class Attachments {
  private readonly list = signal<readonly Attached[]>([]);
  readonly all: ReadonlySignal<readonly Attached[]> = this.list;
  private readonly files = new Map<string, Underway>();
  /** Told when one is there, or gone. */
  onChanged: () => void = () => {};

  constructor(
    private readonly upload: Upload,
    readonly limits: AttachmentLimits,
    kept: readonly KeptFile[] = [],
  ) {
    this.list.value = kept.map((each) => ({ ...each, key: newKey(), state: "done", done: each.size }));
  }

  /** The answer is their keys. */
  add(files: readonly File[], cidOf: (file: File) => string | null = () => null): string[] {
    const keys: string[] = [];
    for (const file of files) {
      const key = newKey();
      const { name, type, size } = file;
      const state: State = this.fits(size) ? "waiting" : "tooLarge";
      this.files.set(key, { file, abort: null });
      this.list.value = [
        ...this.list.value,
        { key, name, type: type || "application/octet-stream", size, cid: cidOf(file), state, done: 0, blobId: null },
      ];
      keys.push(key);
    }
    this.next();
    return keys;
  }

  private fits(size: number): boolean {
    return size <= this.limits.one && this.total + size <= this.limits.all;
  }

  get total(): number {
    return this.list.value.reduce((sum, each) => sum + (each.state === "tooLarge" ? 0 : each.size), 0);
  }

  private next(): void {
    const running = this.list.value.filter((each) => each.state === "uploading").length;
    const waiting = this.list.value.filter((each) => each.state === "waiting");
    for (const each of waiting.slice(0, Math.max(0, this.limits.atOnce - running))) void this.start(each.key);
  }

  private async start(key: string): Promise<void> {
    const underway = this.files.get(key);
    if (!underway) return;
    underway.abort = new AbortController();
    this.change(key, { state: "uploading", done: 0 });
    try {
      const made = await this.upload(underway.file, (done) => this.change(key, { done }), underway.abort.signal);
      this.change(key, { state: "done", blobId: made.blobId, done: underway.file.size, size: made.size });
      this.onChanged();
    } catch (error) {
      if (underway.abort.signal.aborted) return;
      const isTooLarge = (error as { type?: string }).type === "tooLarge" || (error as { type?: string }).type === "limit";
      this.change(key, { state: error instanceof Offline ? "offline" : isTooLarge ? "tooLarge" : "failed", done: 0 });
    } finally {
      this.next();
    }
  }

  retry(key: string): void {
    if (!this.files.has(key)) return;
    this.change(key, { state: "waiting", done: 0 });
    this.next();
  }

  /** What stopped for want of a network goes on. */
  goOn(): void {
    for (const each of this.list.value) if (each.state === "offline") this.change(each.key, { state: "waiting" });
    this.next();
  }

  /** Stops it where it is under way. */
  remove(key: string): void {
    this.files.get(key)?.abort?.abort();
    this.files.delete(key);
    this.list.value = this.list.value.filter((each) => each.key !== key);
    this.onChanged();
    this.next();
  }

  /** None is sent any more, nor begun. */
  stop(): void {
    const underway = [...this.files.values()];
    this.files.clear();
    for (const { abort } of underway) abort?.abort();
  }

  private change(key: string, how: Partial<Attached>): void {
    this.list.value = this.list.value.map((each) => (each.key === key ? { ...each, ...how } : each));
  }

  /** Those of a saved draft are now known by other blobs. */
  rename(old: readonly Id[], next: readonly Id[]): void {
    if (old.length !== next.length) return;
    const names = new Map(old.map((each, index) => [each, next[index]]));
    for (const { key, blobId } of this.list.value) {
      const name = blobId && names.get(blobId);
      if (name) this.change(key, { blobId: name });
    }
  }

  get isUploading(): boolean {
    return this.list.value.some((each) => each.state === "waiting" || each.state === "uploading" || each.state === "offline");
  }

  get isStuck(): boolean {
    return this.list.value.some((each) => each.state === "failed" || each.state === "tooLarge");
  }
}

function newKey(): string {
  counter++;
  return `file-${counter}`;
}
