/** Asks the server: the calls of one tick go as one request. */

import { MethodError, Offline, SignedOut, Superseded } from "./errors";
import { here, limitsOf, type Session, usingOf } from "./session";
import type { Answer, Call, Id } from "./types";

export interface Uploaded {
  blobId: Id;
  type: string;
  size: number;
}

/** Requests at a time: windows of one person share what the server allows. */
const AT_ONCE = 4;
/** Where the server says "not so many at once". */
const PAUSES = [200, 600, 1500];
const PATIENCE = 60_000;

interface Waiting {
  method: string;
  args: object;
  /** Which view it is asked for; null: it names its account itself, and is answered whatever is shown. */
  view: number | null;
  done: (result: unknown) => void;
  failed: (error: Error) => void;
}

/** What remembers answers, for when the server cannot be reached. */
export interface Memory {
  /** The server has answered. */
  keep(calls: readonly Call[], answers: readonly Answer[]): void;
  /** What it would answer, as far as is remembered; null: that is not known. */
  answer(calls: readonly Call[]): Promise<Answer[] | null>;
}

/** How requests leave: `fetch`, or a test's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export class Client {
  accountId: Id;
  /** Named by every request that a cookie vouches for. */
  token: string;
  /** Told when the server says that nobody is logged in any more. */
  onSignedOut: () => void = () => {};
  /** Told of every answer's session state (RFC 8620 §3.4), and of every failure to reach the server. */
  onReached: (reached: boolean, sessionState?: string) => void = () => {};
  memory: Memory | null = null;
  private view = 0;
  private waiting: Waiting[] = [];
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    public session: Session,
    token = "",
    private readonly fetch: Fetch = (url, init) => globalThis.fetch(url, init),
  ) {
    this.accountId = session.primaryAccounts["urn:ietf:params:jmap:mail"] ?? Object.keys(session.accounts)[0] ?? "";
    this.token = token;
  }

  /** This account's mail is shown from now on ("": nobody's); whoever still waits for the one before is told `Superseded`. */
  show(accountId: Id): void {
    this.accountId = accountId;
    this.view++;
  }

  /** One call; `accountId` is added where the arguments have none. Throws MethodError, Offline, SignedOut, Superseded. */
  call<T>(method: string, args: object = {}): Promise<T> {
    if (this.waiting.length === 0) queueMicrotask(() => this.flush());
    return new Promise<T>((done, failed) => {
      const view = this.viewOf(args);
      this.waiting.push({ method, args: this.withAccount(args), view, done: done as (result: unknown) => void, failed });
    });
  }

  /** Several calls as one request, so that one may refer to another's result ("#ids": {resultOf, name, path}). */
  async request(calls: readonly Call[]): Promise<Answer[]> {
    const given = calls.map(([method, args, id]): Call => [method, this.withAccount(args), id]);
    const views = calls.map(([, args]) => this.viewOf(args));
    const answers = await this.askOrRemember(given);
    if (views.some((view) => this.isOver(view))) throw new Superseded();
    return answers;
  }

  /** The same of this account, whichever is shown meanwhile. */
  requestOf(accountId: Id, calls: readonly Call[]): Promise<Answer[]> {
    return this.request(calls.map(([method, args, id]) => [method, { accountId, ...args }, id]));
  }

  private async askOrRemember(given: readonly Call[]): Promise<Answer[]> {
    try {
      const answers = await this.ask(given);
      this.memory?.keep(given, answers);
      return answers;
    } catch (error) {
      const known = error instanceof Offline ? await this.memory?.answer(given) : null;
      if (known) return known;
      throw error;
    }
  }

  private viewOf(args: object): number | null {
    return "accountId" in args ? null : this.view;
  }

  private isOver(view: number | null): boolean {
    return view !== null && view !== this.view;
  }

  private async ask(methodCalls: readonly Call[]): Promise<Answer[]> {
    const response = await this.patiently({ using: usingOf(this.session), methodCalls });
    const said = response as { methodResponses: [string, Record<string, unknown>, string][]; sessionState?: string };
    this.onReached(true, said.sessionState);
    return said.methodResponses.map(([method, result, callId]) => ({
      method,
      callId,
      result: method === "error" ? {} : result,
      error: method === "error" ? (result as { type: string; description?: string }) : null,
    }));
  }

  /** A file to the server, for attachments. `on` is told how far it has come. */
  upload(file: Blob, on?: (done: number, total: number) => void, signal?: AbortSignal): Promise<Uploaded> {
    const url = here(this.session.uploadUrl).replace("{accountId}", encodeURIComponent(this.accountId));
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open("POST", url);
      request.responseType = "json";
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      if (this.token) request.setRequestHeader("X-Pillarbox-Token", this.token);
      if (on) request.upload.onprogress = (event) => on(event.loaded, event.lengthComputable ? event.total : file.size);
      request.onload = () => {
        if (request.status >= 200 && request.status < 300) done(request.response as Uploaded);
        else failed(this.refusal(request.status, request.response));
      };
      request.onerror = () => failed(new Offline());
      request.onabort = () => failed(new DOMException("aborted", "AbortError"));
      signal?.addEventListener("abort", () => request.abort(), { once: true });
      if (signal?.aborted) failed(new DOMException("aborted", "AbortError"));
      else request.send(file);
    });
  }

  /** Where a blob is had from, as a file of this name and type. */
  downloadUrl(blobId: Id, name: string, type: string): string {
    return here(this.session.downloadUrl)
      .replace("{accountId}", encodeURIComponent(this.accountId))
      .replace("{blobId}", encodeURIComponent(blobId))
      .replace("{name}", encodeURIComponent(name.replaceAll("/", "_") || "file"))
      .replace("{type}", encodeURIComponent(type));
  }

  private withAccount(args: object): object {
    return "accountId" in args ? args : { accountId: this.accountId, ...args };
  }

  /** What one tick has asked for, in as few requests as the server allows. */
  private flush(): void {
    const waiting = this.waiting;
    this.waiting = [];
    const most = limitsOf(this.session).maxCallsInRequest;
    for (let from = 0; from < waiting.length; from += most) void this.settle(waiting.slice(from, from + most));
  }

  private async settle(waiting: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.request(waiting.map(({ method, args }, index) => [method, args, String(index)]));
      waiting.forEach((each, index) => {
        // a call may have implicit answers after its own (onSuccessUpdateEmail): its own is the first
        const answer = answers.find(({ callId }) => callId === String(index));
        if (this.isOver(each.view)) each.failed(new Superseded());
        else if (!answer) each.failed(new MethodError("serverFail", "no answer"));
        else if (answer.error) each.failed(new MethodError(answer.error.type, answer.error.description));
        else each.done(answer.result);
      });
    } catch (error) {
      for (const each of waiting) each.failed(error as Error);
    }
  }

  private async patiently(body: object): Promise<unknown> {
    if (this.running >= AT_ONCE) await new Promise<void>((go) => this.queue.push(go));
    this.running++;
    try {
      for (const pause of PAUSES) {
        try {
          return await this.post(body);
        } catch (error) {
          if (!(error instanceof MethodError) || error.type !== "limit") throw error;
          await new Promise((go) => setTimeout(go, pause));
        }
      }
      return await this.post(body);
    } finally {
      this.running--;
      this.queue.shift()?.();
    }
  }

  private async post(body: object): Promise<unknown> {
    let response: Response;
    try {
      response = await this.fetch(here(this.session.apiUrl), {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(this.token ? { "X-Pillarbox-Token": this.token } : {}) },
        body: JSON.stringify(body),
        credentials: "same-origin",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      this.onReached(false);
      throw new Offline();
    }
    const said: unknown = await response.json().catch(() => null);
    if (!response.ok || said === null) {
      if (response.status >= 502) this.onReached(false);
      throw this.refusal(response.status, said);
    }
    return said;
  }

  private refusal(status: number, said: unknown): Error {
    if (status === 401) {
      this.onSignedOut();
      return new SignedOut();
    }
    if (status >= 502 || status === 0) return new Offline();
    const problem = (said ?? {}) as { type?: string; detail?: string };
    const type = problem.type?.replace("urn:ietf:params:jmap:error:", "") ?? (status === 413 ? "tooLarge" : "serverFail");
    return new MethodError(type, problem.detail ?? `HTTP ${status}`);
  }
}
