/** Folders in the order in which they are shown: those with a role first, the others by name, each with what it holds below it. */

export interface Folder {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | null;
  readonly role: string | null;
  readonly sortOrder: number;
  readonly isSubscribed: boolean;
}

export interface Node<F extends Folder> {
  readonly folder: F;
  /** From 1, as aria-level counts. */
  readonly level: number;
  readonly hasChildren: boolean;
  readonly isOpen: boolean;
  readonly position: number;
  readonly siblings: number;
}

/** The roles in our order; those we do not know come after them. */
export const ROLES = ["inbox", "flagged", "important", "drafts", "sent", "archive", "junk", "trash", "all"] as const;

/** How deep folders may lie within one another: what is deeper, or in a circle, is shown at the top. */
const DEEPEST = 50;

export function order<F extends Folder>(one: F, other: F): number {
  return rank(one) - rank(other) || one.sortOrder - other.sortOrder || byName(one.name, other.name);
}

function rank(folder: Folder): number {
  if (folder.parentId !== null) return 0;
  if (folder.role === null) return ROLES.length + 1;
  const at = (ROLES as readonly string[]).indexOf(folder.role);
  return at < 0 ? ROLES.length : at;
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
function byName(one: string, other: string): number {
  return names.compare(one, other);
}

/**
 * The rows of the tree, from the top down: only what is open is gone into. Folders that are not subscribed are left out, unless
 * something below them is subscribed or `showsAll`.
 */
export function rows<F extends Folder>(folders: Iterable<F>, isOpen: (id: string) => boolean, showsAll = false): Node<F>[] {
  const below = children(folders);
  const wanted = showsAll ? null : subscribed(below);
  const found: Node<F>[] = [];
  const add = (parent: string | null, level: number) => {
    const here = (below.get(parent) ?? []).filter((folder) => wanted === null || wanted.has(folder.id));
    here.forEach((folder, index) => {
      const hasChildren = (below.get(folder.id) ?? []).some((child) => wanted === null || wanted.has(child.id));
      const goesOn = hasChildren && isOpen(folder.id);
      found.push({ folder, level, hasChildren, isOpen: goesOn, position: index + 1, siblings: here.length });
      if (goesOn) add(folder.id, level + 1);
    });
  };
  add(null, 1);
  return found;
}

/** Folders by what they lie in, each list in its order. Who lies in nothing that is there, or in a circle, lies at the top. */
export function children<F extends Folder>(folders: Iterable<F>): Map<string | null, F[]> {
  const all = new Map([...folders].map((folder) => [folder.id, folder]));
  const below = new Map<string | null, F[]>();
  for (const folder of all.values()) {
    const parent = reachesTop(folder, all) ? folder.parentId : null;
    below.set(parent, [...(below.get(parent) ?? []), folder]);
  }
  for (const list of below.values()) list.sort(order);
  return below;
}

function reachesTop<F extends Folder>(folder: F, all: ReadonlyMap<string, F>): boolean {
  let at: F | undefined = folder;
  for (let steps = 0; steps < DEEPEST; steps++) {
    if (at.parentId === null) return true;
    at = all.get(at.parentId);
    if (at === undefined) return false;
  }
  return false;
}

function subscribed<F extends Folder>(below: ReadonlyMap<string | null, readonly F[]>): Set<string> {
  const wanted = new Set<string>();
  const look = (folder: F): boolean => {
    const isWantedBelow = (below.get(folder.id) ?? []).map(look).some(Boolean);
    const isWanted = isWantedBelow || folder.isSubscribed || folder.role !== null;
    if (isWanted) wanted.add(folder.id);
    return isWanted;
  };
  for (const folder of below.get(null) ?? []) look(folder);
  return wanted;
}

/** The names from the top down to this folder. */
export function path<F extends Folder>(id: string, folders: ReadonlyMap<string, F>): string[] {
  const names: string[] = [];
  let at = folders.get(id);
  for (let steps = 0; at !== undefined && steps < DEEPEST; steps++) {
    names.unshift(at.name);
    at = at.parentId === null ? undefined : folders.get(at.parentId);
  }
  return names;
}

/** Whether one folder is the other or lies somewhere in it: nothing can be moved into itself. */
export function isWithin<F extends Folder>(id: string, other: string, folders: ReadonlyMap<string, F>): boolean {
  let at = folders.get(id);
  for (let steps = 0; at !== undefined && steps < DEEPEST; steps++) {
    if (at.id === other) return true;
    at = at.parentId === null ? undefined : folders.get(at.parentId);
  }
  return false;
}

/** Folders that somebody means by a role, a name, the end of a path, or a whole path; case does not count. */
export function named<F extends Folder>(words: string, folders: ReadonlyMap<string, F>): string[] {
  const said = plain(words);
  const all = [...folders.values()];
  const byRole = all.filter((folder) => folder.role === said);
  if (byRole.length > 0) return byRole.map((folder) => folder.id);
  const paths = all.map((folder) => ({ id: folder.id, path: plain(path(folder.id, folders).join("/")) }));
  const whole = paths.filter((each) => each.path === said);
  const found = whole.length > 0 ? whole : paths.filter((each) => each.path.endsWith(`/${said}`));
  return found.map((each) => each.id);
}

function plain(text: string): string {
  return text.normalize("NFC").toLowerCase().trim();
}

/** What a key does in a tree (WAI-ARIA APG, "Tree View"): the row to go to, or a folder to open or close. */
export type Step = { readonly go: number } | { readonly open: string } | { readonly close: string } | null;

export function stepOf<F extends Folder>(key: string, at: number, tree: readonly Node<F>[], isRightToLeft = false): Step {
  const node = tree[at];
  if (node === undefined) return null;
  const inward = isRightToLeft ? "ArrowLeft" : "ArrowRight";
  const outward = isRightToLeft ? "ArrowRight" : "ArrowLeft";
  switch (key) {
    case "ArrowDown":
      return at + 1 < tree.length ? { go: at + 1 } : null;
    case "ArrowUp":
      return at > 0 ? { go: at - 1 } : null;
    case "Home":
      return { go: 0 };
    case "End":
      return { go: tree.length - 1 };
    case inward:
      if (!node.hasChildren) return null;
      return node.isOpen ? { go: at + 1 } : { open: node.folder.id };
    case outward:
      if (node.isOpen) return { close: node.folder.id };
      return goToParent(at, tree);
    default:
      return null;
  }
}

function goToParent<F extends Folder>(at: number, tree: readonly Node<F>[]): Step {
  const level = tree[at]?.level ?? 1;
  for (let above = at - 1; above >= 0; above--) if ((tree[above]?.level ?? 0) < level) return { go: above };
  return null;
}
