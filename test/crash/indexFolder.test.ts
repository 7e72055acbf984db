// Rows F9 to F12 on the folder of a real index, search index included: each of its files flipped, cut, zeroed, missing,
// replaced by something else or by what it was before. A verification names it, whoever opens the index next sets it right,
// and nothing wrong is ever answered.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { dumpOf, withIndex } from '../support/indexes';
import { missingMountRight, must } from './support/loopMounts';
import { checkStoresAgree, contentsOf, photograph } from './support/oracles';
import { Place } from './support/processes';
import { matrixRow, type Random, type Run } from './support/rows';

/** `none`: there was nothing to do it to. `hidden`: nobody has to notice, since it changes no meaning. */
type Blow = 'none' | 'hidden' | 'plain';

interface Damage {
  readonly row: 'F9' | 'F10' | 'F11' | 'F12';
  readonly method: string;
  readonly inflict: (path: string, random: Random, stage: Stage) => Blow;
}

/** An index with all kinds of files, and what it was some saves ago. */
interface Stage {
  readonly place: Place;
  /** Copies of the index: as it is, and as it was. */
  readonly sound: string;
  readonly older: string;
  /** Relative paths of its files, those of the stores first. */
  readonly files: readonly string[];
  readonly fresh: string;
  readonly workspace: string;
}

const damages: readonly Damage[] = [
  { row: 'F9', method: 'bits of any file of an index', inflict: flip },
  { row: 'F10', method: 'any file of an index is cut, extended or zeroed', inflict: cut },
  { row: 'F11', method: 'any file of an index is missing or replaced', inflict: replace },
  { row: 'F12', method: 'any file of an index is that of before', inflict: bringBack },
  { row: 'F12', method: 'files of a search index are swapped', inflict: swap },
];
/** Files whose damage can change an answer, or what a next start finds. */
const trusted = /^(manifest-\d+\.json|snapshot-\d+\.seg|journal-\d+\.log|search-\w+\/(meta\.json|\w{32}\.[\w.]+))$/;
const files = 12;
/** At the end of a file of Tantivy's. */
const footerBytes = 120;

describe('the folder of an index', () => {
  let stage: Stage | undefined;
  after(() => stage?.place.dispose());

  for (const { row, method, inflict } of damages) {
    const total = async (): Promise<number> => {
      stage ??= await makeStage();
      return stage.files.length * 200;
    };
    matrixRow({ row, method, quick: 12, soak: Infinity, share: 0.02, total }, async (run) => {
      const { files } = stage as Stage;
      // A prime far from the number of files spreads a short run over all of them.
      await damageAndMend(stage as Stage, files[(run.number * 7919) % files.length] as string, inflict, run);
    });
  }

  matrixRow(
    { row: 'F11', method: 'read-only file system', quick: 1, soak: 10, share: 0.01, missing: missingMountRight },
    readOnlyDisk,
  );
});

async function damageAndMend(stage: Stage, name: string, inflict: Damage['inflict'], run: Run): Promise<void> {
  const { place, sound, fresh, workspace } = stage;
  const where = `${run.where}: ${name}`;
  const folder = place.indexFolder;
  rmSync(place.indexDir, { recursive: true });
  cpSync(sound, place.indexDir, { recursive: true });
  const blow = inflict(join(folder, name), run.random, stage);
  if (blow === 'none') return;
  const before = contentsOf(folder);
  const options = { mode: 'reader' } as const;
  const found = await withIndex(place.root, place.indexDir, (index) => findings(index, fresh, where), options);
  // A journal without its end is one that ends before, and its files are found by the scan.
  if (
    blow === 'plain' &&
    trusted.test(name) &&
    isInForce(stage, name) &&
    !(run.where.startsWith('F10') && name.startsWith('journal'))
  ) {
    assert.notDeepEqual(found, [], `${where}: O4: nobody noticed`);
  }
  assert.deepEqual(contentsOf(folder), before, `${where}: who only reads has changed it`);
  await withIndex(place.root, place.indexDir, async (index) => {
    assert.notEqual(index.status.state, 'corrupted', `${where}: ${index.status.cause}`);
    const { ok, message } = await index.repair();
    assert.ok(ok, `${where}: ${message}`);
    assert.deepEqual((await index.verify()).findings, [], where);
    assert.equal(dumpOf(index), fresh, `${where}: O3: the index is not that of the files`);
    assert.equal(await hits(index), files, `${where}: O3: the search index is not that of the files`);
    await index.save();
  });
  await checkStoresAgree(fresh, folder, where);
  assert.equal(photograph(place.root), workspace, `${where}: O7: the workspace was written to`);
}

/** What a reader finds wrong, at its opening and by verifying. All that it shows of a file is true of the file. */
async function findings(index: RootIndex, fresh: string, where: string): Promise<readonly string[]> {
  const { state, cause, opening } = index.status;
  if (state === 'corrupted') return [cause];
  const right = new Set(fresh.split(/^(?=file )/m));
  const wrong = dumpOf(index)
    .split(/^(?=file )/m)
    .filter((file) => file !== '' && !right.has(file) && !isEarlier(file));
  assert.deepEqual(wrong, [], `${where}: O3: a reader shows what never was`);
  return [...(opening?.repaired ?? []), ...(await index.verify()).findings];
}

/** Of the versions that were indexed before, which the loss of what came after brings to light. */
function isEarlier(file: string): boolean {
  return /^file "f\d+\.ts"/.test(file) && /"version\d+of\d+"/.test(file);
}

async function hits(index: RootIndex): Promise<number> {
  const found = await index.search?.search({ query: 'needle', limit: 100, offset: 0 });
  return found?.hits.length ?? 0;
}

/** Two generations, a journal behind them, a search index of several parts with deleted documents, and what is derived. */
async function makeStage(): Promise<Stage> {
  const place = new Place();
  const older = join(place.folder, 'older');
  const write = (i: number, version: number): void =>
    place.write(`f${i}.ts`, `/** The needle. */\nexport function version${version}of${i}(): void { other(); }\n`);
  for (let i = 0; i < files; i++) write(i, 0);
  for (const [version, step] of [1, 2, 3, 4].map((each) => [each, 7 - each] as const)) {
    await withIndex(place.root, place.indexDir, (index) => index.save());
    if (version === 3) cpSync(place.indexDir, older, { recursive: true, filter });
    for (let i = version; i < files; i += step) write(i, version);
  }
  await place.ask('sql', 'SELECT 1', 'the damaged folder');
  write(0, 5);
  await withIndex(place.root, place.indexDir, () => Promise.resolve());
  const sound = join(place.folder, 'sound');
  cpSync(place.indexDir, sound, { recursive: true, filter });
  const folder = place.indexFolder;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const status = lstatSync(join(folder, name));
    return status.isFile() && !/^(LOCK|ballast)$|\.lock$/.test(name);
  });
  names.sort((a, b) => Number(trusted.test(b)) - Number(trusted.test(a)) || (a < b ? -1 : 1));
  return { place, sound, older, files: names, fresh: await place.freshDump(), workspace: photograph(place.root) };
}

/** All but sockets, which cannot be copied. */
function filter(path: string): boolean {
  return !lstatSync(path).isSocket();
}

/** Whether the generation in force needs a file; what only the former one needs is looked at when it is in force. */
function isInForce({ place, sound }: Stage, name: string): boolean {
  const folder = place.indexFolder.replace(place.indexDir, sound);
  const kind = /^(manifest|snapshot|journal)-/.exec(name)?.[1];
  if (kind === undefined) return true;
  const numbers = readdirSync(folder).flatMap((each) => Number(new RegExp(`^${kind}-(\\d+)\\.`).exec(each)?.[1] ?? []));
  return Number(/\d+/.exec(name)?.[0]) === Math.max(...numbers);
}

// region: what can be done to a file

function flip(path: string, random: Random): Blow {
  const bytes = readFileSync(path);
  if (bytes.length === 0) return 'none';
  const at = random.below(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
  writeFileSync(path, bytes);
  // Tantivy's version in the footer of a file, and its own counter in its list, say nothing that is used.
  const isFooter = /\.\w+$/.test(path) && !/\.(json|log|seg)$/.test(path) && at >= bytes.length - footerBytes;
  const isCounter = path.endsWith('meta.json') && /"opstamp": \d*$/.test(bytes.toString('latin1', 0, at));
  return isFooter || isCounter ? 'hidden' : 'plain';
}

function cut(path: string, random: Random): Blow {
  const bytes = readFileSync(path);
  if (bytes.length === 0) return 'none';
  const page = random.below(Math.ceil(bytes.length / 512)) * 512;
  const ways: readonly (() => void)[] = [
    () => truncateSync(path, random.below(bytes.length)),
    () => truncateSync(path, Math.max(0, page - 1)),
    () => appendFileSync(path, Buffer.alloc(4096)),
    () => appendFileSync(path, bytes),
    () => writeFileSync(path, Buffer.from(bytes).fill(0, page, Math.min(page + 512, bytes.length))),
    () =>
      writeFileSync(
        path,
        Buffer.concat([bytes.subarray(0, page), bytes.subarray(page, page + 512), bytes.subarray(page)]),
      ),
  ];
  random.pick(ways)();
  return readFileSync(path).equals(bytes) ? 'none' : 'plain';
}

function replace(path: string, random: Random): Blow {
  const ways: readonly (() => void)[] = [
    () => undefined,
    () => writeFileSync(path, ''),
    () => mkdirSync(path),
    () => symlinkSync(join(path.slice(0, path.indexOf('/indexes/')), 'away'), path),
    () => symlinkSync('/dev/zero', path),
    () => symlinkSync(path, path),
    () => void must('mkfifo', path),
  ];
  renameSync(path, join(path.slice(0, path.indexOf('/indexes/')), 'away'));
  random.pick(ways)();
  return 'plain';
}

function bringBack(path: string, _: Random, { place, older }: Stage): Blow {
  const before = path.replace(place.indexDir, older);
  if (!existsSync(before) || readFileSync(before).equals(readFileSync(path))) return 'none';
  cpSync(before, path);
  return 'plain';
}

/**
 * Both have their checksums, as they had. Where the manifest names them it tells that they are others; where they are newer
 * only what they hold does.
 */
function swap(path: string, random: Random): Blow {
  const [folder, name] = [dirname(path), basename(path)];
  const kind = /^\w{32}\.(?:\d+\.)?(\w+)$/.exec(name)?.[1];
  const others = readdirSync(folder).filter((each) => each !== name && each.endsWith(`.${kind}`));
  if (kind === undefined || others.length === 0) return 'none';
  const other = join(folder, random.pick(others.sort()));
  const [bytes, swapped] = [readFileSync(path), readFileSync(other)];
  writeFileSync(path, swapped);
  writeFileSync(other, bytes);
  return bytes.equals(swapped) ? 'none' : 'plain';
}

// endregion

/** Everything can be read and nothing written: answers come, whoever wants to write says why not, and later all is well. */
async function readOnlyDisk({ where }: Run): Promise<void> {
  const mount = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-readonly-')));
  must('mount', '-t', 'tmpfs', '-o', 'size=256m', 'almagest', mount);
  const place = new Place(join(mount, 'indexes'));
  try {
    for (let i = 0; i < files; i++) place.write(`f${i}.ts`, `export function version0of${i}(): void {}\n`);
    await place.succeed('index', where);
    const dump = await place.dump(where);
    must('mount', '-o', 'remount,ro', mount);
    place.write('f0.ts', 'export function later(): void {}\n');
    for (const command of ['index', 'rebuild', 'repair', 'clear --yes']) {
      const { code, err } = await place.almagest(command);
      assert.ok(code !== 0 && code !== null, `${where}: "${command}" ended with ${code}`);
      assert.match(err, /read-only|EROFS/i, `${where}: "${command}"`);
    }
    assert.equal(await place.dump(where), dump, `${where}: what was indexed is not answered`);
    for (const command of ['search', 'symbols'] as const) await place.ask(command, 'version0of1', where);
    must('mount', '-o', 'remount,rw', mount);
    await place.checkWhole(where);
  } finally {
    place.dispose();
    must('umount', '-l', mount);
    rmSync(mount, { recursive: true });
  }
}
