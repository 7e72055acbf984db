// The manifest: the root of trust, which names everything an index consists of. Written whole and durable, read with
// every field checked. Which files to delete or to fall back to is not its business.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { blake3 } from '../../native';
import { readSmallFile, writeDurableFile, type FileStamp } from './durableFile';
import { StoreError } from './errors';
import type { RootIdentity } from './indexFolder';
import { maxListLength, type SearchSeal } from './searchSeal';

/** Format 2 pins the files of the search index; format 1 is read as one that pins none. */
export const manifestFormat = 2;
/** The oldest format that can read and write what we write. */
export const compatibleFormat = 1;

export interface SnapshotEntry extends FileStamp {
  /** Indexed files in it. */
  readonly files: number;
}

/** A committed search index. */
export interface SearchEntry {
  readonly folder: string;
  readonly seq: number;
  /** Its files as they were then; later commits may have replaced some. Undefined in format 1. */
  readonly seal?: SearchSeal;
}

export interface Manifest {
  readonly format: number;
  /** Formats below this cannot read, or cannot write, what the manifest names. */
  readonly minReader: number;
  readonly minWriter: number;
  readonly generation: number;
  /** Uuid. */
  readonly indexId: string;
  readonly root: RootIdentity;
  /** Every batch up to this seq is in the snapshot; later ones are in the journals. */
  readonly seq: number;
  readonly snapshot: SnapshotEntry | undefined;
  /** The live search folder, and up to which seq it held batches when this was written. */
  readonly search: SearchEntry | undefined;
  /** Number of the first journal that holds a batch after `seq`. */
  readonly firstJournal: number;
  /** Languages in the snapshot with the versions of their extractors. */
  readonly languages: readonly (readonly [string, number])[];
}

export function manifestName(generation: number): string {
  return `manifest-${generation}.json`;
}

export function snapshotName(generation: number): string {
  return `snapshot-${generation}.seg`;
}

/** The generation in the name of a manifest or snapshot; undefined for other names. */
export function parseGeneration(name: string, kind: 'manifest' | 'snapshot'): number | undefined {
  const digits = /^(manifest|snapshot)-(0|[1-9]\d{0,14})\.(json|seg)$/.exec(name);
  return digits?.[1] === kind && digits[3] === (kind === 'manifest' ? 'json' : 'seg') ? Number(digits[2]) : undefined;
}

/**
 * Writes a manifest and reads it back. This is the switch to a new generation: a crash before the rename leaves the
 * former one in force, after it the new one.
 */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const name = manifestName(manifest.generation);
  const body = Buffer.from(JSON.stringify(manifest));
  await writeDurableFile(folder, name, async (sink) => {
    await sink.write(Buffer.from(prefix + blake3(body).toString('hex') + middle));
    await sink.write(body);
    await sink.write(Buffer.from(suffix));
  });
  if ((await readManifest(folder, name)) === undefined)
    throw new StoreError('ERR_IO', `${join(folder, name)} vanished.`);
}

/**
 * Reads and checks one manifest; undefined when there is none. Throws ERR_DAMAGED, saying which field is wrong, or
 * ERR_NEWER_FORMAT when only a newer Almagest can read it.
 */
export async function readManifest(folder: string, name: string): Promise<Manifest | undefined> {
  const path = join(folder, name);
  const bytes = await readSmallFile(path, maxBytes);
  if (bytes === undefined) return undefined;
  const damaged = (what: string) => new StoreError('ERR_DAMAGED', `The manifest ${path} is damaged: ${what}.`);
  const start = prefix.length + hashDigits + middle.length;
  const text = bytes.toString('latin1');
  const body = bytes.subarray(start, Math.max(start, bytes.length - suffix.length));
  if (text !== prefix + blake3(body).toString('hex') + middle + body.toString('latin1') + suffix) {
    throw damaged('its checksum does not match');
  }
  try {
    return parseManifest(JSON.parse(body.toString('utf8')), parseGeneration(name, 'manifest'));
  } catch (error) {
    if (error instanceof FieldError || error instanceof SyntaxError) throw damaged(error.message);
    throw error;
  }
}

export interface FoundManifests {
  /** That can be used, newest first. */
  readonly valid: readonly Manifest[];
  readonly damaged: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * All manifests of a folder. Throws ERR_FOREIGN_INDEX when the newest one belongs to another root, and ERR_NEWER_FORMAT
 * when a newer Almagest wrote one that we cannot read.
 */
export async function loadManifests(folder: string, root: RootIdentity): Promise<FoundManifests> {
  const names = await readdir(folder);
  const generations = names.flatMap((name) => parseGeneration(name, 'manifest') ?? []).sort((a, b) => b - a);
  const valid: Manifest[] = [];
  const damaged: { name: string; reason: string }[] = [];
  for (const name of generations.map(manifestName)) {
    try {
      const manifest = await readManifest(folder, name);
      if (manifest === undefined) continue; // removed by the writer since we listed the folder
      refuseForeign(folder, manifest, root);
      valid.push(manifest);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'ERR_DAMAGED') throw error;
      damaged.push({ name, reason: error.message });
    }
  }
  return { valid, damaged };
}

const prefix = '{"blake3":"';
const middle = '",\n"manifest":';
const suffix = '}\n';
const hashDigits = 64;
const maxBytes = 1 << 20;
const maxLanguages = 10_000;
const maxSearchFiles = 10_000;

function refuseForeign(folder: string, { root }: Manifest, expected: RootIdentity): void {
  if (root.id === expected.id && root.path === expected.path) return;
  throw new StoreError(
    'ERR_FOREIGN_INDEX',
    `The index in ${folder} belongs to ${root.path}, not to ${expected.path}. Move it away, or choose another index ` +
      'folder (almagest.index.location, --index-dir).',
  );
}

class FieldError extends Error {}

function parseManifest(value: unknown, generation: number | undefined): Manifest {
  const fields = objectOf(value, 'the manifest');
  const minReader = integer(fields, 'minReader');
  // A newer format may differ in everything below, so this comes first.
  if (minReader > manifestFormat) {
    throw new StoreError(
      'ERR_NEWER_FORMAT',
      `The index needs format ${minReader}; this Almagest reads up to ${manifestFormat}. Update Almagest.`,
    );
  }
  const root = objectOf(fields.get('root'), 'root');
  const manifest: Manifest = {
    format: integer(fields, 'format'),
    minReader,
    minWriter: integer(fields, 'minWriter'),
    generation: integer(fields, 'generation'),
    indexId: matching(fields, 'indexId', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    root: { path: matching(root, 'path', /^.{1,4096}$/s), id: matching(root, 'id', /^[0-9a-f]{32}$/) },
    seq: integer(fields, 'seq'),
    snapshot: parseSnapshot(fields.get('snapshot')),
    search: parseSearch(fields.get('search')),
    firstJournal: integer(fields, 'firstJournal'),
    languages: parseLanguages(fields.get('languages')),
  };
  if (manifest.generation !== generation) throw new FieldError('its generation is not the one in its name');
  if (manifest.snapshot === undefined && manifest.seq !== 0) throw new FieldError('it names no snapshot, but a seq');
  return manifest;
}

function parseSnapshot(value: unknown): SnapshotEntry | undefined {
  if (value === undefined) return undefined;
  const fields = objectOf(value, 'snapshot');
  return {
    file: matching(fields, 'file', /^snapshot-\d{1,15}\.seg$/),
    length: integer(fields, 'length'),
    hash: matching(fields, 'hash', /^[0-9a-f]{64}$/),
    files: integer(fields, 'files'),
  };
}

function parseSearch(value: unknown): SearchEntry | undefined {
  if (value === undefined) return undefined;
  const fields = objectOf(value, 'search');
  const seal = parseSeal(fields.get('seal'));
  const entry = { folder: matching(fields, 'folder', /^search-[0-9a-z]{1,64}$/), seq: integer(fields, 'seq') };
  return seal === undefined ? entry : { ...entry, seal };
}

function parseSeal(value: unknown): SearchSeal | undefined {
  if (value === undefined) return undefined;
  const fields = objectOf(value, 'seal');
  const files = fields.get('files');
  if (!Array.isArray(files) || files.length > maxSearchFiles) throw new FieldError('files is not a list');
  const list = fields.get('list');
  if (list !== undefined && !(typeof list === 'string' && list.length <= maxListLength))
    throw new FieldError('list is not a text, or a long one');
  return {
    meta: matching(fields, 'meta', /^[0-9a-f]{64}$/),
    ...(list === undefined ? {} : { list }),
    files: files.map((entry: unknown) => {
      const file = objectOf(entry, 'a file of the search index');
      const name = matching(file, 'name', /^[0-9a-f]{32}(\.[0-9]{1,20})?\.[a-z]{1,16}$/);
      return { name, length: integer(file, 'length'), tail: integer(file, 'tail') };
    }),
  };
}

function parseLanguages(value: unknown): [string, number][] {
  if (!Array.isArray(value) || value.length > maxLanguages) throw new FieldError('languages is not a list');
  return value.map((entry: unknown) => {
    const [name, version] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof name !== 'string' || name.length > 100 || !isCount(version))
      throw new FieldError('languages has a wrong entry');
    return [name, version];
  });
}

/** The own fields of a JSON object as a map, so that no name can mean anything to JavaScript. */
function objectOf(value: unknown, what: string): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FieldError(`${what} is not an object`);
  return new Map(Object.entries(value));
}

function integer(fields: ReadonlyMap<string, unknown>, name: string): number {
  const value = fields.get(name);
  if (!isCount(value)) throw new FieldError(`${name} is not a count`);
  return value;
}

function matching(fields: ReadonlyMap<string, unknown>, name: string, pattern: RegExp): string {
  const value = fields.get(name);
  if (typeof value !== 'string' || !pattern.test(value)) throw new FieldError(`${name} is not what it should be`);
  return value;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
