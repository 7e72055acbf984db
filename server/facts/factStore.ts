// The facts of one root in memory: a base segment, the segments since, and which row of which segment is the live one of
// each path. An LSM tree with one table format.
// Durability is not decided here: what is applied has been acknowledged by the journal before.

import type { Counts } from '../model/counts';
import { skipReasons } from '../model/skipReason';
import { comparePaths } from '../util/pathOrder';
import { MemorySource } from './byteSource';
import { FactCounter } from './counts';
import { mergeRows, type Merged, type Observation, type RowRef } from './merge';
import { Segment } from './segment';
import { MemorySpill, type Spill } from './spill';

/** Row states in `LiveSegment.alive`. */
const dead = 0;
const live = 1;

/** A file that was gone when it was read is no file: its row only says that an older one is out of date. */
const vanished = skipReasons.indexOf('vanished');

/** A segment with the state of each of its rows; only rows with `alive[file] === 1` answer queries. */
export interface LiveSegment {
  readonly segment: Segment;
  readonly alive: Uint8Array;
}

/** Facts as queries see them: those of the files, or with the texts of somebody's open editors laid over them. */
export interface Facts {
  /** The row that answers for a path: the overlay's, else the stored one. */
  find(path: string): RowRef | undefined;
  /** The stored row of a path, whatever lies over it. */
  findStored(path: string): RowRef | undefined;
  /** What is known of the file on disk; see `Observation`. */
  observation(path: string): (Observation & { readonly size: number }) | undefined;
  /** The stored paths that are `under` or below it ('' is all), in path order. */
  paths(under?: string): Iterable<string>;
  readonly counts: Counts;
  /** Everything that answers queries, overlays last. Valid until the next turn of the event loop. */
  segments(): readonly LiveSegment[];
}

/** Keeps the segments of a moment open while something long reads them. */
export interface Lease {
  readonly rows: readonly RowRef[];
  release(): void;
}

/** So many small segments since the last fold are folded into one, to keep queries from visiting hundreds. */
const smallSegments = 32;
/** A segment with at most so many bytes is a small one: folded, it lies in memory until the next snapshot. */
const smallBytes = 256 << 10;

/** The live paths of one segment at or below a folder, in path order. */
function* pathsBelow({ segment, alive }: LiveSegment, under: string): Generator<string> {
  const inside = `${under}/`;
  const exact = under === '' ? -1 : firstAtOrAfter(segment, under);
  if (exact >= 0 && exact < segment.files && alive[exact] !== dead && segment.path(exact) === under) yield under;
  for (let file = under === '' ? 0 : firstAtOrAfter(segment, inside); file < segment.files; file++) {
    if (alive[file] === dead) continue;
    const path = segment.path(file);
    if (under !== '' && !path.startsWith(inside)) return;
    yield path;
  }
}

/** The first file of a segment whose path is not before `path`. */
export function firstAtOrAfter(segment: Segment, path: string): number {
  let low = 0;
  let high = segment.files;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comparePaths(segment.path(middle), path) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class FactStore implements Facts {
  #segments: LiveSegment[] = [];
  readonly #byPath = new Map<string, { entry: LiveSegment; file: number }>();
  readonly #observations = new Map<string, Observation>();
  readonly #counter = new FactCounter();
  #leases = 0;
  #retired: Segment[] = [];
  #folding: Promise<void> | undefined;
  #closed = false;

  /** Makes the rows of `segment` the live ones of their paths and forgets `removed`. Costs what these files cost. */
  apply(segment: Segment, removed: readonly string[] = []): void {
    for (const path of removed) this.#forget(path);
    const entry: LiveSegment = { segment, alive: new Uint8Array(segment.files) };
    this.#segments.push(entry);
    for (let file = 0; file < segment.files; file++) {
      const path = segment.path(file);
      this.#forget(path);
      if (segment.byte(file, 'skip') === vanished) continue;
      entry.alive[file] = live;
      this.#byPath.set(path, { entry, file });
      this.#counter.add(segment, file, 1);
    }
  }

  /** Forgets paths without adding rows. */
  remove(paths: readonly string[]): void {
    for (const path of paths) this.#forget(path);
  }

  find(path: string): RowRef | undefined {
    return this.findStored(path);
  }

  findStored(path: string): RowRef | undefined {
    const place = this.#byPath.get(path);
    return place === undefined ? undefined : { segment: place.entry.segment, file: place.file };
  }

  /** What is known of the file on disk; see `Observation`. */
  observation(path: string): (Observation & { readonly size: number }) | undefined {
    const place = this.#byPath.get(path);
    if (place === undefined) return undefined;
    const { hot } = place.entry.segment;
    const { file } = place;
    const size = hot.sizes[file] as number;
    const newer = this.#observations.get(path);
    if (newer !== undefined) return { ...newer, size };
    return {
      low: hot.fingerprints[file * 2] as number,
      high: hot.fingerprints[file * 2 + 1] as number,
      changedMs: hot.changedMs[file] as number,
      checkedMs: hot.checkedMs[file] as number,
      size,
    };
  }

  /** Notes that a file was looked at and has the same content; kept until the next snapshot persists it. */
  observe(path: string, observation: Observation): void {
    if (this.#byPath.has(path)) this.#observations.set(path, observation);
  }

  /** The stored paths that are `under` or below it ('' is all), in path order. Costs what lies there, not what is stored. */
  *paths(under = ''): Generator<string> {
    const largest = this.#segments.reduce<LiveSegment | undefined>(
      (most, entry) => (most === undefined || entry.segment.files > most.segment.files ? entry : most),
      undefined,
    );
    if (largest === undefined) return;
    const others = this.#segments
      .filter((entry) => entry !== largest)
      .flatMap((entry) => [...pathsBelow(entry, under)])
      .sort(comparePaths);
    let next = 0;
    for (const path of pathsBelow(largest, under)) {
      for (let other = others[next]; other !== undefined && comparePaths(other, path) < 0; other = others[++next]) {
        yield other;
      }
      yield path;
    }
    yield* others.slice(next);
  }

  /** The last of the stored paths in path order; undefined without any. Costs a look at the end of each segment. */
  lastPath(): string | undefined {
    let last: string | undefined;
    for (const { segment, alive } of this.#segments) {
      const file = alive.lastIndexOf(live);
      const path = file < 0 ? undefined : segment.path(file);
      if (path !== undefined && (last === undefined || comparePaths(path, last) > 0)) last = path;
    }
    return last;
  }

  get size(): number {
    return this.#byPath.size;
  }

  get counts(): Counts {
    return this.#counter.counts;
  }

  /** Loads the symbol indexes beside other work, so that the first query need not wait for them. */
  async warmUp(): Promise<void> {
    // A merge may close some of them meanwhile.
    for (const entry of [...this.#segments]) if (this.#segments.includes(entry)) await entry.segment.warmUp();
  }

  /** Valid until the next turn of the event loop. */
  segments(): readonly LiveSegment[] {
    return [...this.#segments];
  }

  /** The stored rows in path order, kept readable until released. */
  lease(): Lease {
    this.#leases++;
    const rows = [...this.#byPath]
      .sort((a, b) => comparePaths(a[0], b[0]))
      .map(([, { entry, file }]) => ({ segment: entry.segment, file }));
    let held = true;
    return {
      rows,
      release: () => {
        if (!held) return;
        held = false;
        this.#leases--;
        this.#closeRetired();
      },
    };
  }

  /** One segment's worth of everything stored, with the newest observations: what a snapshot holds. See `mergeRows`. */
  merge(lease: Lease, spill: Spill): Promise<Merged> {
    return mergeRows(lease.rows, spill, ({ segment, file }) => this.#observations.get(segment.path(file)));
  }

  /**
   * Puts `base`, made from the rows of `lease`, in the place of the segments that they came from. Rows that were
   * replaced meanwhile stay replaced.
   */
  replaceMerged(lease: Lease, base: Segment): void {
    const merged = new Set(lease.rows.map((row) => row.segment));
    const alive = new Uint8Array(base.files);
    const entry: LiveSegment = { segment: base, alive };
    for (let file = 0; file < base.files; file++) {
      const path = base.path(file);
      const place = this.#byPath.get(path);
      if (place === undefined || !merged.has(place.entry.segment)) continue;
      alive[file] = place.entry.alive[place.file] as number;
      this.#byPath.set(path, { entry, file });
      const seen = this.#observations.get(path);
      if (seen !== undefined && seen.checkedMs <= (base.hot.checkedMs[file] as number)) this.#observations.delete(path);
    }
    // Segments without any live row were not in the lease, but are just as done with.
    const isDone = (old: LiveSegment): boolean => merged.has(old.segment) || old.alive.every((state) => state === dead);
    this.#retired.push(...this.#segments.filter(isDone).map((old) => old.segment));
    this.#segments = [entry, ...this.#segments.filter((old) => !isDone(old))];
    this.#closeRetired();
  }

  /** Folds the small segments into one when there are many. Cheap to call after each save; at most one fold runs. */
  foldSmall(): Promise<void> {
    const small = this.#segments.filter(({ segment }) => segment.length <= smallBytes);
    if (small.length < smallSegments || this.#folding !== undefined) return this.#folding ?? Promise.resolve();
    this.#folding = this.#fold(small).finally(() => {
      this.#folding = undefined;
    });
    return this.#folding;
  }

  /** Closes every segment. Later calls are bugs. */
  close(): void {
    this.#closed = true;
    this.#retired.push(...this.#segments.map(({ segment }) => segment));
    this.#segments = [];
    this.#byPath.clear();
    this.#closeRetired();
  }

  async #fold(small: readonly LiveSegment[]): Promise<void> {
    this.#leases++;
    try {
      const rows = small
        .flatMap(({ segment, alive }) =>
          [...alive].flatMap((state, file) => (state === dead ? [] : [{ segment, file, path: segment.path(file) }])),
        )
        .sort((a, b) => comparePaths(a.path, b.path));
      const pieces: Uint8Array[] = [];
      const merged = await mergeRows(rows, new MemorySpill());
      for await (const piece of merged.pieces()) pieces.push(Uint8Array.from(piece));
      if (this.#closed) return;
      this.replaceMerged({ rows, release: () => undefined }, new Segment(new MemorySource(Buffer.concat(pieces))));
    } finally {
      this.#leases--;
      this.#closeRetired();
    }
  }

  #forget(path: string): void {
    const place = this.#byPath.get(path);
    if (place === undefined) return;
    place.entry.alive[place.file] = dead;
    this.#byPath.delete(path);
    this.#observations.delete(path);
    this.#counter.add(place.entry.segment, place.file, -1);
  }

  #closeRetired(): void {
    if (this.#leases > 0) return;
    for (const segment of this.#retired) segment.close();
    this.#retired = [];
  }
}
