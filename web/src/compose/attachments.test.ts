import { describe, expect, it } from "vitest";
import { MethodError, Offline } from "../jmap/errors";
import { Attachments } from "./attachments";

interface Asked {
  name: string;
  signal: AbortSignal;
  on: (done: number, total: number) => void;
  done: () => void;
  failed: (error: unknown) => void;
}

function begun(limits = { one: 100, all: 150, atOnce: 2 }) {
  const asked: Asked[] = [];
  const attachments = new Attachments(
    (file, on, signal) =>
      new Promise((done, failed) => {
        const name = (file as File).name;
        asked.push({ name, signal, on, done: () => done({ blobId: `G${name}`, type: file.type, size: file.size }), failed });
        signal.addEventListener("abort", () => failed(new DOMException("aborted", "AbortError")));
      }),
    limits,
  );
  const states = () => attachments.all.value.map((each) => `${each.name} ${each.state}`);
  return { asked, attachments, states };
}
const file = (name: string, size = 10) => new File(["x".repeat(size)], name, { type: "text/plain" });
const settled = () => new Promise<void>((done) => setImmediate(done));

describe("attachments", () => {
  it("go a few at a time", async () => {
    const { asked, attachments, states } = begun();
    attachments.add([file("a"), file("b"), file("c")]);
    expect(states()).toEqual(["a uploading", "b uploading", "c waiting"]);
    asked[0]?.done();
    await settled();
    expect(states()).toEqual(["a done", "b uploading", "c uploading"]);
    expect(attachments.isUploading).toBe(true);
  });

  it("are neither sent nor begun once they are stopped", async () => {
    const { asked, attachments } = begun();
    attachments.add([file("a"), file("b"), file("c")]);
    attachments.stop();
    await settled();
    expect(asked.map(({ name, signal }) => [name, signal.aborted])).toEqual([
      ["a", true],
      ["b", true],
    ]);
  });

  it("tell how far they have come", () => {
    const { asked, attachments } = begun();
    attachments.add([file("a")]);
    asked[0]?.on(4, 10);
    expect(attachments.all.value[0]?.done).toBe(4);
  });

  it.each([
    ["one that is just small enough", [100], ["a uploading"]],
    ["one that is too large", [101], ["a tooLarge"]],
    ["all that are just small enough", [100, 50], ["a uploading", "b uploading"]],
    ["all that are too large together", [100, 51], ["a uploading", "b tooLarge"]],
  ])("%s", (_, sizes, expected) => {
    const { attachments, states } = begun();
    attachments.add(sizes.map((size, index) => file("ab"[index] ?? "", size)));
    expect(states()).toEqual(expected);
  });

  it("are stopped by being taken away, and make room", async () => {
    const { asked, attachments, states } = begun({ one: 100, all: 1000, atOnce: 1 });
    const [first] = attachments.add([file("a"), file("b")]);
    attachments.remove(first ?? "");
    await settled();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(states()).toEqual(["b uploading"]);
  });

  it("are tried again when they are told to, or when the network is back", async () => {
    const { asked, attachments, states } = begun();
    const [first] = attachments.add([file("a"), file("b")]);
    asked[0]?.failed(new MethodError("serverFail"));
    asked[1]?.failed(new Offline());
    await settled();
    expect(states()).toEqual(["a failed", "b offline"]);
    expect(attachments.isStuck).toBe(true);
    attachments.goOn();
    attachments.retry(first ?? "");
    expect(states()).toEqual(["a uploading", "b uploading"]);
  });

  it("have other blobs once the draft is saved", async () => {
    const { asked, attachments } = begun();
    attachments.add([file("a")]);
    asked[0]?.done();
    await settled();
    attachments.rename(["Ga"], ["P2-2"]);
    expect(attachments.all.value[0]?.blobId).toBe("P2-2");
    attachments.rename(["P2-2"], []);
    expect(attachments.all.value[0]?.blobId).toBe("P2-2");
  });
});
