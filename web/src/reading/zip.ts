/** Several files as one archive, unpacked as they are: most of what comes by mail is compressed already. Pure. */

export interface Entry {
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly at: Date;
}

/** Names are UTF-8 (APPNOTE 6.3 §4.4.4, bit 11). */
const UTF8 = 0x0800;
const VERSION = 20;

/** The archive's bytes in pieces. Throws RangeError for more than 65,535 files or 4 GB. */
export function zip(entries: readonly Entry[]): Uint8Array<ArrayBuffer>[] {
  if (entries.length > 0xffff) throw new RangeError("too many files");
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name);
    const common = commonOf(entry, name.length);
    const head = joined(numbers([0x04034b50, 4]), common, name);
    directory.push(
      joined(numbers([0x02014b50, 4], [VERSION, 2]), common, numbers([0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), name),
    );
    pieces.push(head, entry.data);
    offset += head.length + entry.data.length;
    if (offset > 0xffffffff) throw new RangeError("too large");
  }
  const size = directory.reduce((sum, each) => sum + each.length, 0);
  const end = numbers(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [entries.length, 2],
    [entries.length, 2],
    [size, 4],
    [offset, 4],
    [0, 2],
  );
  return [...pieces, ...directory, end];
}

/** What stands in a file's own head and in the directory alike (§4.3.7). */
function commonOf({ data, at }: Entry, nameLength: number): Uint8Array<ArrayBuffer> {
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1);
  const day = (Math.max(at.getFullYear() - 1980, 0) << 9) | ((at.getMonth() + 1) << 5) | at.getDate();
  return numbers(
    [VERSION, 2],
    [UTF8, 2],
    [0, 2],
    [time, 2],
    [day, 2],
    [crc32(data), 4],
    [data.length, 4],
    [data.length, 4],
    [nameLength, 2],
    [0, 2],
  );
}

function numbers(...fields: readonly (readonly [value: number, octets: 2 | 4])[]): Uint8Array<ArrayBuffer> {
  const all = fields.flatMap(([value, octets]) => Array.from({ length: octets }, (_, index) => (value >>> (8 * index)) & 0xff));
  return new Uint8Array(all);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

export function crc32(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const octet of data) sum = (TABLE[(sum ^ octet) & 0xff] as number) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
