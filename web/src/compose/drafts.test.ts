import { describe, expect, it } from "vitest";
import { MethodError, Offline } from "../jmap/errors";
import { attachedBlobs, DraftKeeper, type Keeping, PATIENCE, PAUSE, replaceCalls, replaced, type Saved } from "./drafts";

/** A clock that is moved by hand, and a server that answers when it is told to. */
class World implements Keeping<string> {
  time = 0;
  text: string | null = "";
  saves: { draft: string; old: string | null; done: (saved: Saved) => void; failed: (error: unknown) => void }[] = [];
  saved: Saved[] = [];
  private timers: { at: number; run: () => void }[] = [];

  take = () => this.text;
  now = () => this.time;
  save = (draft: string, old: string | null) =>
    new Promise<Saved>((done, failed) => void this.saves.push({ draft, old, done, failed }));
  onSaved = (saved: Saved) => void this.saved.push(saved);
  later = (run: () => void, after: number) => {
    const timer = { at: this.time + after, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  };

  async pass(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    const due = this.timers.filter((each) => each.at <= this.time);
    this.timers = this.timers.filter((each) => each.at > this.time);
    for (const each of due) each.run();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

function begun(id: string | null = null) {
  const world = new World();
  const keeper = new DraftKeeper(world, id);
  const type = (text: string) => {
    world.text = text;
    keeper.changed();
  };
  return { world, keeper, type };
}

describe("a draft", () => {
  it("is saved when nothing is typed for a while", async () => {
    const { world, keeper, type } = begun();
    type("a");
    await world.pass(PAUSE - 1);
    expect(world.saves).toHaveLength(0);
    type("ab");
    await world.pass(PAUSE - 1);
    expect(world.saves).toHaveLength(0);
    await world.pass(1);
    expect(world.saves.map((each) => each.draft)).toEqual(["ab"]);
    expect(keeper.state.value).toBe("saving");
    world.saves[0]?.done({ id: "M1", isConflict: false });
    await settled();
    expect([keeper.state.value, keeper.id]).toEqual(["saved", "M1"]);
  });

  it("is saved in the end, however one types on", async () => {
    const { world, type } = begun();
    for (let time = 0; time <= PATIENCE; time += 1000) {
      type(`${time}`);
      await world.pass(1000);
    }
    expect(world.saves).toHaveLength(1);
  });

  it("takes the place of the one before", async () => {
    const { world, type } = begun("M1");
    type("a");
    await world.pass(PAUSE);
    expect(world.saves[0]?.old).toBe("M1");
    world.saves[0]?.done({ id: "M2", isConflict: false });
    await settled();
    type("b");
    await world.pass(PAUSE);
    expect(world.saves[1]?.old).toBe("M2");
  });

  it("is never saved twice at once: what was typed meanwhile comes after", async () => {
    const { world, keeper, type } = begun();
    type("a");
    await world.pass(PAUSE);
    type("b");
    await world.pass(PAUSE);
    expect(world.saves).toHaveLength(1);
    world.saves[0]?.done({ id: "M1", isConflict: false });
    await settled();
    expect(world.saves.map((each) => [each.draft, each.old])).toEqual([
      ["a", null],
      ["b", "M1"],
    ]);
    world.saves[1]?.done({ id: "M2", isConflict: false });
    await settled();
    expect(keeper.isUnsaved).toBe(false);
  });

  it("is tried again where there was no network, and not where it was refused", async () => {
    const { world, keeper, type } = begun();
    type("a");
    await world.pass(PAUSE);
    world.saves[0]?.failed(new Offline());
    await settled();
    expect([keeper.state.value, keeper.isUnsaved]).toEqual(["offline", true]);
    await world.pass(10_000);
    world.saves[1]?.failed(new MethodError("overQuota"));
    await settled();
    expect(keeper.state.value).toBe("failed");
    await world.pass(100_000);
    expect(world.saves).toHaveLength(2);
    type("ab");
    await world.pass(PAUSE);
    expect(world.saves).toHaveLength(3);
  });

  it("is not made of nothing", async () => {
    const { world, keeper, type } = begun();
    type("");
    world.text = null;
    await world.pass(PAUSE);
    expect([world.saves.length, keeper.state.value]).toEqual([0, "clean"]);
  });

  it("is left alone once it is sent, and the save under way ended first", async () => {
    const { world, keeper, type } = begun();
    type("a");
    await world.pass(PAUSE);
    let isOver = false;
    const stopping = keeper.stop().then(() => {
      isOver = true;
    });
    await settled();
    expect(isOver).toBe(false);
    world.saves[0]?.done({ id: "M1", isConflict: false });
    await stopping;
    type("b");
    await world.pass(PAUSE * 10);
    expect([world.saves.length, keeper.id]).toEqual([1, "M1"]);
  });
});

describe("the request that replaces a draft", () => {
  const answer = (callId: string, result: object) => ({ method: "", callId, result, error: null });
  const made = answer("make", { created: { letter: { id: "M2" } } });

  it("destroys the old one only where the new one has been made", () => {
    const calls = replaceCalls({ subject: "a" }, "M1");
    expect(calls.map(([method, , id]) => `${method} ${id}`)).toEqual([
      "Email/set make",
      "Email/get made",
      "Email/get old",
      "Email/set drop",
    ]);
    expect(calls[2]?.[1]).toMatchObject({
      ids: ["M1"],
      "#maxBodyValueBytes": { resultOf: "make", path: "/created/letter/size" },
    });
    expect(calls[3]?.[1]).toEqual({ "#destroy": { resultOf: "old", name: "Email/get", path: "/list/*/id" } });
    expect(replaceCalls({}, null)).toHaveLength(2);
  });
  it("tells the new one's id", () => {
    expect(replaced([made, answer("old", { list: [{ id: "M1" }], notFound: [] })])).toEqual({
      id: "M2",
      blobs: [],
      isConflict: false,
    });
  });
  it("tells that the old one was gone", () => {
    expect(replaced([made, answer("old", { list: [], notFound: ["M1"] })])?.isConflict).toBe(true);
  });
  it("tells that nothing was made", () => {
    expect(replaced([answer("make", { created: null, notCreated: { letter: { type: "overQuota" } } })])).toBeNull();
  });
});

describe("the blobs of a saved draft", () => {
  const leaf = (blobId: string, type = "x/y") => ({ blobId, type, partId: "1" });
  const many = (type: string, ...subParts: object[]) => ({ blobId: null, partId: null, type, subParts }) as never;
  it.each([
    ["text alone", leaf("t"), []],
    ["text and a file that is a text too", many("multipart/mixed", leaf("t", "text/plain"), leaf("f", "text/plain")), ["f"]],
    ["both forms", many("multipart/alternative", leaf("t"), leaf("h")), []],
    ["a picture", many("multipart/alternative", leaf("t"), many("multipart/related", leaf("h"), leaf("p"))), ["p"]],
    [
      "all",
      many(
        "multipart/mixed",
        many("multipart/alternative", leaf("t"), many("multipart/related", leaf("h"), leaf("p"))),
        leaf("f"),
        leaf("g"),
      ),
      ["p", "f", "g"],
    ],
  ])("%s", (_, structure, expected) => {
    expect(attachedBlobs(structure)).toEqual(expected);
  });
});
