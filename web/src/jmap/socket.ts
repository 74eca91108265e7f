/**
 * Hears what changes, by one connection for all windows of the browser: whichever holds the lock has a WebSocket (RFC 8887), and
 * tells the others. Where a WebSocket cannot be had it has an EventSource (RFC 8620 §7.3), and where that cannot be had either
 * it says now and then that something may have changed.
 */

import type { Client } from "./client";
import { here, WEBSOCKET } from "./session";
import type { Changed } from "./types";

export const TYPES = [
  "Mailbox",
  "Email",
  "Thread",
  "EmailSubmission",
  "Identity",
  "VacationResponse",
  "Quota",
  "ShareNotification",
] as const;
const LOCK = "pillarbox.push";
const POLL = 30_000;
const RETRY = [1, 2, 5, 10, 30];
/** So many attempts in a row that never opened, and the other way is tried. */
const ATTEMPTS = 3;

/** null: something may have changed. */
export type OnChange = (changed: Changed | null) => void;

interface Told {
  owner: string;
  /** Where whoever holds the connection next goes on from. */
  pushState: string | null;
  changed: Changed | null;
}

export class Push {
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(LOCK);
  private readonly stopped = new AbortController();
  private socket: WebSocket | null = null;
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private pushState: string | null = null;

  constructor(
    private readonly client: Client,
    private readonly onChange: OnChange,
  ) {}

  start(): void {
    this.channel?.addEventListener("message", (event: MessageEvent<Told>) => {
      if (event.data.owner !== this.client.session.username) return;
      this.pushState = event.data.pushState;
      this.onChange(event.data.changed);
    });
    addEventListener("online", this.retry, { signal: this.stopped.signal });
    if (!navigator.locks) {
      this.connect();
      return;
    }
    const lead = () => {
      this.connect();
      return new Promise<void>((done) => this.stopped.signal.addEventListener("abort", () => done(), { once: true }));
    };
    const name = `${LOCK}.${this.client.session.username}`;
    navigator.locks.request(name, { signal: this.stopped.signal }, lead).catch(() => {});
  }

  stop(): void {
    this.stopped.abort();
    clearTimeout(this.timer);
    this.socket?.close();
    this.source?.close();
    this.channel?.close();
  }

  private readonly retry = (): void => {
    if (this.socket || this.source || this.timer === undefined) return;
    this.failures = 0;
    clearTimeout(this.timer);
    this.connect();
  };

  private tell(changed: Changed | null): void {
    this.onChange(changed);
    this.channel?.postMessage({ owner: this.client.session.username, pushState: this.pushState, changed } satisfies Told);
  }

  private connect(): void {
    if (this.stopped.signal.aborted) return;
    const url = (this.client.session.capabilities[WEBSOCKET] as { url?: string } | undefined)?.url;
    if (url && this.failures < ATTEMPTS) this.openSocket(new URL(here(url), location.href.replace(/^http/, "ws")));
    else if (this.failures < 2 * ATTEMPTS) this.openSource();
    else this.poll();
  }

  private openSocket(url: URL): void {
    const socket = new WebSocket(url, "jmap");
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.client.onReached(true);
      const since = this.pushState ? { pushState: this.pushState } : {};
      socket.send(JSON.stringify({ "@type": "WebSocketPushEnable", dataTypes: TYPES, ...since }));
      // between the connection before this one, or the first look, and now nobody listened
      this.tell(null);
    };
    socket.onmessage = (event: MessageEvent<string>) => {
      const said = JSON.parse(event.data) as { "@type": string; changed?: Changed; pushState?: string };
      if (said["@type"] !== "StateChange" || !said.changed) return;
      this.pushState = said.pushState ?? null;
      this.tell(said.changed);
    };
    socket.onclose = () => {
      this.socket = null;
      this.lost();
    };
  }

  private openSource(): void {
    const url = here(this.client.session.eventSourceUrl)
      .replace("{types}", TYPES.join(","))
      .replace("{closeafter}", "no")
      .replace("{ping}", "60");
    const source = new EventSource(url);
    this.source = source;
    source.addEventListener("state", (event) => {
      this.failures = ATTEMPTS;
      this.tell((JSON.parse((event as MessageEvent<string>).data) as { changed: Changed }).changed);
    });
    source.onerror = () => {
      source.close();
      this.source = null;
      this.lost();
    };
  }

  private poll(): void {
    this.timer = setTimeout(() => {
      this.tell(null);
      // a WebSocket may be had again by now
      this.failures = 0;
      this.connect();
    }, POLL);
  }

  /** Why, it does not say: where nobody is signed in here any more, whatever is asked next is told so. */
  private lost(): void {
    if (this.stopped.signal.aborted) return;
    if (this.failures === 0) this.tell(null);
    this.later();
  }

  private later(): void {
    const seconds = RETRY[Math.min(this.failures, RETRY.length - 1)] ?? 30;
    this.failures++;
    this.timer = setTimeout(() => this.connect(), seconds * 1000 * (0.75 + Math.random() / 2));
  }
}
