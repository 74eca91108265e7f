import { expect, it } from "vitest";
import { fileOfData } from "./pictures";

it("makes a file of a picture's data: address", async () => {
  const file = fileOfData("data:image/JPEG;base64,AAEC", "cat");
  expect([file?.name, file?.type]).toEqual(["cat.jpg", "image/jpeg"]);
  expect([...new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0))]).toEqual([0, 1, 2]);
});

it.each([
  "data:text/html;base64,AAEC",
  "data:image/png,AAEC",
  "data:image/png;base64,*",
  "https://example.org/a.png",
  "data:image/png;base64,A",
])("makes none of %s", (url) => {
  expect(fileOfData(url, "x")).toBeNull();
});
