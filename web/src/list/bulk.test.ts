import { expect, it } from "vitest";
import { progress, STEP, throughAll } from "./bulk";

const ids = Array.from({ length: 2 * STEP + 1 }, (_, index) => `M${index}`);

it("goes through all of them in steps, and says how far it is", async () => {
  const seen: [number, number | null | undefined][] = [];
  const isWhole = await throughAll(
    async () => ids,
    (some) => seen.push([some.length, progress.value?.done]),
  );
  expect(isWhole).toBe(true);
  expect(seen).toEqual([
    [STEP, 0],
    [STEP, STEP],
    [1, 2 * STEP],
  ]);
  expect(progress.value).toBeNull();
});

it("ends where it is told to", async () => {
  let steps = 0;
  const isWhole = await throughAll(
    async () => ids,
    () => {
      steps++;
      progress.value?.end();
    },
  );
  expect([isWhole, steps]).toEqual([false, 1]);
});

it("is over when a step fails", async () => {
  const failing = throughAll(
    async () => ids,
    () => Promise.reject(new Error("refused")),
  );
  await expect(failing).rejects.toThrow("refused");
  expect(progress.value).toBeNull();
});
