import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { crc32, zip } from "./zip";

const bytes = (text: string) => new TextEncoder().encode(text);

it("sums as others do", () => expect(crc32(bytes("123456789"))).toBe(0xcbf43926));

it("makes an archive that Python unpacks", () => {
  const folder = mkdtempSync(join(tmpdir(), "zip-"));
  const path = join(folder, "a.zip");
  const at = new Date(2026, 10, 22, 9, 0, 0);
  writeFileSync(
    path,
    Buffer.concat(
      zip([
        { name: "tea.txt", data: bytes("tea"), at },
        { name: "grün/ü.bin", data: new Uint8Array(70_000), at },
      ]),
    ),
  );
  const script =
    "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print([(i.filename,i.file_size,i.date_time[:3]) for i in z.infolist()])";
  const said = execFileSync("python3", ["-c", script, path], { encoding: "utf8", env: { ...process.env, PYTHONUTF8: "1" } });
  rmSync(folder, { recursive: true });
  expect(said.trim()).toBe("[('tea.txt', 3, (2026, 11, 22)), ('grün/ü.bin', 70000, (2026, 11, 22))]");
});

it("of nothing is an archive too", () => expect(zip([])[0]?.length).toBe(22));
