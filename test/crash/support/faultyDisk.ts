// A disk in memory that remembers what is durable and what is only in the page cache, so that a test can cut the power
// at any instant and choose what survives. It models files, folders and links; errors and calls are faultyFiles.ts.
//
// It is stricter than any file system in use, as POSIX allows: fsync of a file does not make its name durable, renames
// are atomic but come in no order, and of what was not synced any part may be there after a power cut.

/** What a name leads to. Bytes are never changed in place, so that images can share them. */
export type DiskNode =
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly mode: number }
  | { readonly kind: 'folder'; readonly entries: ReadonlyMap<string, number>; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'fifo' };

/** One change that the page cache has and the disk may lack. */
export type Effect =
  | { readonly kind: 'write'; readonly id: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly id: number; readonly size: number }
  /** Gives a name in a folder to a node, or takes it away. */
  | { readonly kind: 'name'; readonly folder: number; readonly name: string; readonly id: number | undefined }
  | {
      readonly kind: 'rename';
      readonly from: number;
      readonly oldName: string;
      readonly to: number;
      readonly newName: string;
      readonly id: number;
    };

/** A place in the tree: the node of a path, if there is one, and the folder and name that it has or would have. */
export interface Place {
  readonly folder: number;
  readonly name: string;
  readonly id: number | undefined;
  readonly node: DiskNode | undefined;
}

/** Pieces in which a disk writes: an effect is cut into them when a power cut tears it. */
export type Sector = 512 | 4096;

const rootId = 1;
const zeros = Buffer.alloc(4 << 20);

export class FaultyDisk {
  readonly #durable: Map<number, DiskNode>;
  readonly #cached: Map<number, DiskNode>;
  #pending: Effect[] = [];
  #nextId: number;

  /** A disk with an empty root folder, or, for an image, one on which everything is durable. */
  constructor(nodes: ReadonlyMap<number, DiskNode> = new Map([[rootId, folderNode()]])) {
    this.#durable = new Map(nodes);
    this.#cached = new Map(nodes);
    this.#nextId = Math.max(...nodes.keys()) + 1;
  }

  /** Changes that are in the page cache only, oldest first. */
  get pending(): readonly Effect[] {
    return this.#pending;
  }

  /** The node of an id as programs see it. */
  node(id: number): DiskNode {
    const node = this.#cached.get(id);
    if (node === undefined) throw new Error(`the disk has no node ${id}`);
    return node;
  }

  /** Where a path of names leads; undefined when a folder above is missing. Links are not followed. */
  find(names: readonly string[]): Place | undefined {
    let place: Place = { folder: rootId, name: '', id: rootId, node: this.#cached.get(rootId) };
    for (const name of names) {
      if (place.node?.kind !== 'folder' || place.id === undefined) return undefined;
      const id = place.node.entries.get(name);
      place = { folder: place.id, name, id, node: id === undefined ? undefined : this.node(id) };
    }
    return place;
  }

  /** Makes a node without a name, and returns its id. */
  add(node: DiskNode): number {
    const id = this.#nextId++;
    // Space of a node that no name leads to is the disk's own business: a power cut cannot show it.
    this.#durable.set(id, node);
    this.#cached.set(id, node);
    return id;
  }

  /** Carries out a change in the page cache. */
  change(effect: Effect): void {
    apply(this.#cached, effect);
    this.#pending.push(effect);
  }

  setMode(id: number, mode: number): void {
    for (const tree of [this.#durable, this.#cached]) {
      const node = tree.get(id);
      if (node?.kind === 'file' || node?.kind === 'folder') tree.set(id, { ...node, mode });
    }
  }

  /** Makes the content of a file, or the names of a folder, durable. */
  sync(id: number): void {
    const [mine, others] = split(this.#pending, (effect) => concerns(effect, id));
    for (const effect of mine) apply(this.#durable, effect);
    this.#pending = others;
  }

  /** What a failed fsync leaves: the pages count as clean, and will never be written. */
  drop(id: number): void {
    this.#pending = this.#pending.filter((effect) => !concerns(effect, id));
  }

  /** The disk after a power cut that left, of each pending change, what `survivors` makes of it. */
  powerCut(survivors: (effect: Effect, index: number) => readonly Effect[]): FaultyDisk {
    const image = new Map(this.#durable);
    this.#pending.forEach((effect, index) => {
      for (const part of survivors(effect, index)) apply(image, part);
    });
    return new FaultyDisk(image);
  }

  /** The disk after the process was killed: the page cache stays. */
  kill(): FaultyDisk {
    return new FaultyDisk(this.#cached);
  }
}

/** The part of a change that reached the disk, with each sector kept as `keep` says. */
export function tear(effect: Effect, sector: Sector, keep: () => boolean): Effect[] {
  if (effect.kind !== 'write') return keep() ? [effect] : [];
  const parts: Effect[] = [];
  const end = effect.offset + effect.bytes.length;
  for (let at = effect.offset; at < end;) {
    const next = Math.min(end, (Math.floor(at / sector) + 1) * sector);
    const bytes = effect.bytes.subarray(at - effect.offset, next - effect.offset);
    if (keep()) parts.push({ ...effect, offset: at, bytes });
    at = next;
  }
  return parts;
}

export function folderNode(mode = 0o700): DiskNode {
  return { kind: 'folder', entries: new Map(), mode };
}

function concerns(effect: Effect, id: number): boolean {
  switch (effect.kind) {
    case 'write':
    case 'truncate':
      return effect.id === id;
    case 'name':
      return effect.folder === id;
    case 'rename':
      return effect.from === id || effect.to === id;
  }
}

function apply(tree: Map<number, DiskNode>, effect: Effect): void {
  switch (effect.kind) {
    case 'write':
      return changeFile(tree, effect.id, (old) => {
        const bytes = Buffer.alloc(Math.max(old.length, effect.offset + effect.bytes.length));
        old.copy(bytes);
        effect.bytes.copy(bytes, effect.offset);
        return bytes;
      });
    case 'truncate':
      return changeFile(tree, effect.id, (old) => {
        if (effect.size <= old.length) return old.subarray(0, effect.size);
        if (old.length === 0 && effect.size <= zeros.length) return zeros.subarray(0, effect.size);
        const bytes = Buffer.alloc(effect.size);
        old.copy(bytes);
        return bytes;
      });
    case 'name':
      return setName(tree, effect.folder, effect.name, effect.id);
    case 'rename':
      setName(tree, effect.from, effect.oldName, undefined);
      return setName(tree, effect.to, effect.newName, effect.id);
  }
}

function changeFile(tree: Map<number, DiskNode>, id: number, change: (old: Buffer) => Buffer): void {
  const node = tree.get(id);
  if (node?.kind === 'file') tree.set(id, { ...node, bytes: change(node.bytes) });
}

function setName(tree: Map<number, DiskNode>, folder: number, name: string, id: number | undefined): void {
  const node = tree.get(folder);
  if (node?.kind !== 'folder') return;
  const entries = new Map(node.entries);
  if (id === undefined) entries.delete(name);
  else entries.set(name, id);
  tree.set(folder, { ...node, entries });
}

function split<T>(items: readonly T[], matches: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const item of items) (matches(item) ? yes : no).push(item);
  return [yes, no];
}
