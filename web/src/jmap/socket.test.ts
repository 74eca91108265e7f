import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Client } from "./client";
import { Push } from "./socket";

class Socket {
  static made: Socket[] = [];
  onopen = () => {};
  onclose = () => {};
  onmessage = () => {};
  constructor() {
    Socket.made.push(this);
  }
  send(): void {}
  close(): void {
    this.onclose();
  }
}

const heard = vi.fn();
const capabilities = { "urn:ietf:params:jmap:websocket": { url: "wss://mail.example.org/jmap/ws" } };
const client = { session: { username: "ada@example.org", capabilities }, onReached: () => {} } as unknown as Client;

/** One whose connection is open, and what there was to hear of that has been heard. */
function begun(): [Push, Socket] {
  const push = new Push(client, heard);
  push.start();
  const socket = Socket.made.at(-1)!;
  socket.onopen();
  heard.mockClear();
  return [push, socket];
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("BroadcastChannel", undefined);
  vi.stubGlobal("location", new URL("https://mail.example.org/mail/"));
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("navigator", {});
  heard.mockClear();
  Socket.made.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("whoever begins to listen asks what came before that", () => {
  new Push(client, heard).start();
  expect(heard).not.toHaveBeenCalled();
  Socket.made.at(-1)?.onopen();
  expect(heard).toHaveBeenCalledExactlyOnceWith(null);
});

test("a connection that is lost is a reason to ask at once: one may have been signed out", () => {
  const [, socket] = begun();
  socket.onclose();
  expect(heard).toHaveBeenCalledExactlyOnceWith(null);
});

test("attempts that fail are no reason to ask again", () => {
  const [, socket] = begun();
  socket.onclose();
  vi.advanceTimersToNextTimer();
  Socket.made.at(-1)?.onclose();
  expect(Socket.made).toHaveLength(2);
  expect(heard).toHaveBeenCalledTimes(1);
});

test("one that we have ended ourselves is not lost", () => {
  const [push] = begun();
  push.stop();
  vi.runAllTimers();
  expect(heard).not.toHaveBeenCalled();
  expect(Socket.made).toHaveLength(1);
});
