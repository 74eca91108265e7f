/** Where the rows of a search have what was looked for: asked for the rows on the screen, all of one moment together. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Id } from "../jmap/types";
import { route } from "../route";
import { client, onForget } from "../store/account";
import { clipped } from "../store/clipping";
import { wordsOf } from "./filter";
import { parse } from "./syntax";

/** RFC 8621 §5: texts with `<mark>` in them, null where nothing was found. */
export interface Snippet {
  readonly subject: string | null;
  readonly preview: string | null;
}

const NONE: ReadonlySignal<Snippet | undefined> = signal(undefined);
const MOST = 50;
const SOON = 60;

const words = computed(() => (route.value.name === "search" ? JSON.stringify(wordsOf(parse(route.value.query))) : "null"));
let shown = "null";
let kept = new Map<Id, Signal<Snippet | undefined>>();
let asking: Id[] = [];

onForget(() => kept.clear());

/** The snippet of an email in the search shown; undefined: none, or not known yet. */
export function snippetOf(id: Id): ReadonlySignal<Snippet | undefined> {
  const said = words.value;
  if (said !== shown) {
    shown = said;
    kept = new Map();
    asking = [];
  }
  if (said === "null") return NONE;
  const found = kept.get(id);
  if (found) return found;
  const made = signal<Snippet | undefined>(undefined);
  kept.set(id, made);
  asking.push(id);
  if (asking.length === 1) setTimeout(() => void ask(), SOON);
  return made;
}

async function ask(): Promise<void> {
  const ids = asking.splice(0);
  const here = kept;
  const filter = JSON.parse(shown) as object;
  for (let at = 0; at < ids.length && here === kept; at += MOST) {
    const asked = { filter, emailIds: ids.slice(at, at + MOST) };
    try {
      const answer = await client().call<{ list: ({ emailId: Id } & Snippet)[] }>("SearchSnippet/get", asked);
      for (const { emailId, subject, preview } of answer.list) {
        const made = here.get(emailId);
        if (made) made.value = { subject: subject && clipped(subject), preview: preview && clipped(preview) };
      }
    } catch {
      return; // rows show their own subject and preview
    }
  }
}
