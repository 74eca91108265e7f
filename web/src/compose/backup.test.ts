import { beforeEach, describe, expect, it } from "vitest";
import { dropBackup, keepBackup, leaveBackup, leftBackups } from "./backup";
import { EMPTY } from "./snapshot";

class Store {
  kept = new Map<string, string>();
  get length() {
    return this.kept.size;
  }
  key = (index: number) => [...this.kept.keys()][index] ?? null;
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

const snapshot = { ...EMPTY, messageId: "1@x", subject: "Hi" };
let store: Store;
/** As another tab would have left it. */
function left(key: string, more: object = {}) {
  store.setItem(
    `pillarbox.letter.${key}`,
    JSON.stringify({ key, tab: "other", accountId: "A1", username: "me", at: Date.now(), snapshot, ...more }),
  );
}
const found = (held: string[] = []) =>
  leftBackups({ username: "me", accountId: "A1" }, new Set(held), Date.now(), store).map((each) => each.key);

beforeEach(() => {
  store = new Store();
});

describe("what a closed tab has left", () => {
  it("is taken over, once", () => {
    left("a");
    expect([found(), found()]).toEqual([["a"], []]);
  });
  it("is left alone while that tab lives", () => {
    left("a");
    expect(found(["pillarbox.letter.other"])).toEqual([]);
  });
  it("is not another person's, nor what is written here", () => {
    left("a", { username: "you" });
    left("c", { accountId: "A2" });
    keepBackup({ key: "b", accountId: "A1", username: "me", snapshot }, store);
    expect(found()).toEqual([]);
  });
  it("is here again where somebody was signed out while writing, and signs in again", () => {
    keepBackup({ key: "b", accountId: "A1", username: "me", snapshot }, store);
    leaveBackup("b", store);
    leaveBackup("c", store);
    expect([found(["pillarbox.letter.", "pillarbox.letter.other"]), store.length]).toEqual([["b"], 1]);
  });
  it("is forgotten after a month, and when it cannot be read", () => {
    left("a", { at: 0 });
    store.setItem("pillarbox.letter.b", "{");
    store.setItem("something.else", "{");
    expect([found(), store.length]).toEqual([[], 1]);
  });
  it("is gone once it is saved", () => {
    left("a");
    dropBackup("a", store);
    expect(found()).toEqual([]);
  });
});
