/** Finding what somebody means by a few letters: all of them, in order, the better the more they begin words or stand together. */

export interface Match {
  readonly score: number;
  /** Where in the text the letters were found, for showing them. */
  readonly at: readonly number[];
}

const LONGEST = 200;
const TOGETHER = 8;
const WORD = 10;
const START = 6;
const PASSED = 0.3;

/** How well the letters fit a text; null: they do not. Nothing typed fits everything alike. */
export function match(typed: string, text: string): Match | null {
  const sought = folded(typed).filter((letter) => letter !== " ");
  const letters = folded(text).slice(0, LONGEST);
  if (sought.length === 0) return { score: 0, at: [] };
  if (sought.length > letters.length) return null;
  return best(sought, letters);
}

/** Those that fit, the best first; what fits alike stays in its order. */
export function ranked<T>(
  typed: string,
  all: readonly T[],
  text: (each: T) => string,
  weight: (each: T) => number = () => 0,
): { item: T; match: Match }[] {
  const found: { item: T; match: Match }[] = [];
  for (const item of all) {
    const fits = match(typed, text(item));
    if (fits !== null) found.push({ item, match: { ...fits, score: fits.score + weight(item) } });
  }
  return found.sort((one, other) => other.match.score - one.match.score);
}

/**
 * The best way to lay the letters over the text: for each letter sought and each place, the best score with that letter there, from
 * which the way back is read. Bounded by LONGEST squared.
 */
function best(sought: readonly string[], letters: readonly string[]): Match | null {
  const width = letters.length;
  const scores: Float64Array[] = [];
  const cameFrom: Int16Array[] = [];
  for (let row = 0; row < sought.length; row++) {
    const here = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    const from = new Int16Array(width).fill(-1);
    const above = scores[row - 1];
    let carried = Number.NEGATIVE_INFINITY;
    let carriedAt = -1;
    for (let at = row; at < width; at++) {
      if (above !== undefined && at > 0) {
        const left = (above[at - 1] as number) + PASSED * (at - 1);
        if (left > carried) [carried, carriedAt] = [left, at - 1];
      }
      if (letters[at] !== sought[row]) continue;
      const own = worth(letters, at);
      if (above === undefined) {
        here[at] = own - PASSED * at;
        continue;
      }
      const apart = carried - PASSED * at;
      const together = at > 0 ? (above[at - 1] as number) + TOGETHER : Number.NEGATIVE_INFINITY;
      here[at] = own + Math.max(apart, together);
      from[at] = together >= apart ? at - 1 : carriedAt;
    }
    scores.push(here);
    cameFrom.push(from);
  }
  return wayBack(scores, cameFrom);
}

function wayBack(scores: readonly Float64Array[], cameFrom: readonly Int16Array[]): Match | null {
  const last = scores.at(-1) as Float64Array;
  let at = last.indexOf(Math.max(...last));
  const score = last[at] as number;
  if (score === Number.NEGATIVE_INFINITY) return null;
  const places: number[] = [];
  for (let row = scores.length - 1; row >= 0; row--) {
    places.unshift(at);
    at = cameFrom[row]?.[at] ?? -1;
  }
  return { score, at: places };
}

function worth(letters: readonly string[], at: number): number {
  if (at === 0) return WORD + START;
  return /[\p{L}\p{N}]/u.test(letters[at - 1] as string) ? 1 : WORD;
}

/** Letters without case and marks, one for one with those of the text. */
function folded(text: string): string[] {
  return [...text].map((letter) => letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().charAt(0) || letter);
}
