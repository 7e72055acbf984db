// What must hold of an index after whatever was done to it. The oracles know the promises, not the means: they keep
// their own record of what was acknowledged, their own table of states, and read files as they lie on the disk. Each
// throws an AssertionError that begins with `where`: the method, the seed and the step that replay it.

import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { blake3, SearchIndex } from '../../../native';
import { dumpFile } from '../../../server/export/dump';
import { segmentOfStored } from '../../../server/facts/storedFile';
import type { Manifest } from '../../../server/store/manifest';

// region: O1, what was acknowledged is there, in order and whole, and nothing else is

/** Batches as their writer saw them: what was issued under which seq, and how far it was acknowledged. */
export class BatchLedger {
  /** By seq - 1. */
  readonly #issued: string[][] = [];
  #acknowledged = 0;

  /** A batch about to be appended. A seq that was never acknowledged may be issued again with other content. */
  issue(seq: number, fingerprint: string): void {
    assert.ok(seq >= 1 && seq <= this.#issued.length + 1, `batch ${seq} issued after ${this.#issued.length}`);
    (this.#issued[seq - 1] ??= []).push(fingerprint);
  }

  acknowledge(seq: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, seq);
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** `recovered`: fingerprints of batches `afterSeq + 1`, `afterSeq + 2`, … of which a snapshot holds those before. */
  check(recovered: readonly string[], afterSeq: number, where: string): void {
    const last = afterSeq + recovered.length;
    assert.ok(last >= this.#acknowledged, `${where}: O1: ${this.#acknowledged} acknowledged, ${last} recovered`);
    assert.ok(last <= this.#issued.length, `${where}: O1: ${this.#issued.length} issued, ${last} recovered`);
    recovered.forEach((fingerprint, i) => {
      const seq = afterSeq + i + 1;
      assert.ok(this.#issued[seq - 1]?.includes(fingerprint), `${where}: O1: batch ${seq} is not what was written`);
    });
    // What was recovered is kept from now on: the next writer continues after it.
    this.#issued.length = last;
    this.#acknowledged = last;
  }
}

/** Contents of files as their editor wrote them; the index may hold any version from the acknowledged one on. */
export class FileLedger {
  /** Hash of each version that may still be indexed, oldest first; '' for a file that is not there. */
  readonly #versions = new Map<string, string[]>();

  /** The file was given this text, or removed. */
  write(path: string, text: string | undefined): void {
    const versions = this.#versions.get(path) ?? [''];
    versions.push(text === undefined ? '' : blake3(Buffer.from(text)).toString('hex'));
    this.#versions.set(path, versions);
  }

  /** The index reported the newest version of these files, or of all, as indexed. */
  acknowledge(paths: Iterable<string> = this.#versions.keys()): void {
    for (const path of paths) {
      const versions = this.#versions.get(path);
      versions?.splice(0, versions.length - 1);
    }
  }

  /** `dump`: what the index holds now, by "almagest dump". */
  check(dump: string, where: string): void {
    const indexed = hashesOf(dump);
    for (const [path, versions] of this.#versions) {
      const found = indexed.get(path) ?? '';
      assert.ok(
        versions.includes(found),
        `${where}: O1: ${path} has ${found || 'no facts'}, not one of ${versions.map((hash) => hash || 'none').join(', ')}`,
      );
    }
    for (const path of indexed.keys()) assert.ok(this.#versions.has(path), `${where}: O1: ${path} was never written`);
  }
}

/** Path → content hash of the files in a dump. */
export function hashesOf(dump: string): Map<string, string> {
  const files = dump.matchAll(/^file ("(?:[^"\\]|\\.)*") (\w+)/gm);
  return new Map([...files].map(([, path, hash]) => [JSON.parse(path as string) as string, hash as string]));
}

// endregion
// region: O2, O3, what the two stores hold, and what they should hold

/** The facts that Tantivy stores, in the words of "almagest dump", read beside its writer. */
export async function dumpOfSearch(indexFolder: string): Promise<string> {
  const folder = join(indexFolder, liveSearchFolder(indexFolder));
  const index = await SearchIndex.open(folder, { create: false, writable: false, memoryBytes: 1 << 25, secret: '' });
  try {
    const files: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await index.storedFacts(after, 512);
      for (const { facts } of page) files.push(dumpFile({ segment: segmentOfStored(facts), file: 0 }));
      after = page.at(-1)?.path;
      if (page.length < 512) return files.join('');
    }
  } finally {
    await index.close();
  }
}

/** O2: the search index holds the very facts that the fact store holds. Files without facts have no documents. */
export async function checkStoresAgree(dump: string, indexFolder: string, where: string): Promise<void> {
  const facts = dump.replace(/^file .* skipped \w+\n/gm, '');
  assert.equal(await dumpOfSearch(indexFolder), facts, `${where}: O2: the search index and the facts differ`);
}

/** O3: the index equals a fresh one of the same tree. */
export function checkEqualsFresh(dump: string, fresh: string, where: string): void {
  assert.equal(dump, fresh, `${where}: O3: the index differs from a fresh one`);
}

// endregion
// region: O4, O5, O6, what lies in the index folder

/** O4: each damaged file was moved to quarantine with a reason, and the audit log tells of it. */
export function checkQuarantined(indexFolder: string, damaged: readonly string[], where: string): void {
  const quarantined = quarantinedNames(indexFolder);
  for (const name of damaged) {
    assert.ok(quarantined.includes(name), `${where}: O4: ${name} is damaged and not in quarantine`);
  }
  const audit = existsSync(join(indexFolder, 'audit.log')) ? readFileSync(join(indexFolder, 'audit.log'), 'utf8') : '';
  for (const name of damaged) assert.ok(audit.includes(name), `${where}: O4: the audit log is silent about ${name}`);
}

/** Names of what was set aside, as they were before. Each has to have its note. */
export function quarantinedNames(indexFolder: string): string[] {
  return quarantined(indexFolder).map(({ name }) => name);
}

/** What was set aside, by the name that it had, and why. Each has to have its note. */
export function quarantined(indexFolder: string): { readonly name: string; readonly note: string }[] {
  const quarantine = join(indexFolder, 'quarantine');
  if (!existsSync(quarantine)) return [];
  const moved = readdirSync(quarantine).filter((name) => !name.endsWith('.reason.txt'));
  return moved.map((name) => {
    const note = join(quarantine, `${name}.reason.txt`);
    assert.ok(existsSync(note), `O4: ${name} lies in quarantine for no reason`);
    return { name: name.replace(/^\d+-/, ''), note: readFileSync(note, 'utf8') };
  });
}

const mib = 1 << 20;
const quarantineBytes = 64 * mib;
const auditBytes = 3 * mib;
const ledgerBytes = 1 * mib;
const keptBuilds = 10;
const known =
  /^(LOCK|audit(\.\d+)?\.log|ledger\.log|quarantine|ballast|builds|artifacts|sqlite|verify\.json|manifest-\d+\.json)$/;

/** O5: an index that is closed in order holds nothing that its manifests do not name, and keeps within its budgets. */
export function checkNoOrphans(indexFolder: string, where: string): void {
  const manifests = manifestsIn(indexFolder);
  const oldestJournal = Math.min(...manifests.map(({ firstJournal }) => firstJournal));
  const search = liveSearchFolder(indexFolder);
  const orphans = readdirSync(indexFolder).filter((name) => {
    const journal = /^journal-(\d+)\.log$/.exec(name)?.[1];
    if (journal !== undefined) return Number(journal) < oldestJournal;
    if (name.startsWith('snapshot-')) return !manifests.some(({ snapshot }) => snapshot?.file === name);
    if (name.startsWith('search-')) return name !== search;
    return !known.test(name);
  });
  assert.deepEqual(orphans, [], `${where}: O5: orphans in ${indexFolder}`);
  assert.ok(manifests.length <= 2, `${where}: O5: ${manifests.length} generations are kept`);
  const builds = existsSync(join(indexFolder, 'builds')) ? readdirSync(join(indexFolder, 'builds')) : [];
  assert.ok(builds.length <= keptBuilds, `${where}: O5: the accounts of ${builds.length} builds are kept`);
  const quarantined = readdirSync(indexFolder).includes('quarantine') ? join(indexFolder, 'quarantine') : undefined;
  const newest =
    quarantined === undefined
      ? 0
      : Math.max(0, ...readdirSync(quarantined).map((name) => bytesBelow(join(quarantined, name))));
  const inQuarantine = quarantined === undefined ? 0 : bytesBelow(quarantined);
  assert.ok(inQuarantine <= quarantineBytes + newest, `${where}: O5: ${inQuarantine} bytes lie in quarantine`);
  const inAudit = bytesBelow(join(indexFolder, 'audit.log'));
  assert.ok(inAudit <= auditBytes, `${where}: O5: the audit log has ${inAudit} bytes`);
  const inLedger = bytesBelow(join(indexFolder, 'ledger.log'));
  assert.ok(inLedger <= ledgerBytes, `${where}: O5: the times of files have ${inLedger} bytes`);
}

/** Legal steps between states, as the specification draws them. */
const steps: Readonly<Record<string, readonly string[]>> = {
  empty: ['loading'],
  loading: ['ready', 'indexing', 'corrupted', 'empty'],
  ready: ['indexing', 'saving', 'corrupted', 'loading', 'empty'],
  indexing: ['saving', 'ready', 'corrupted', 'loading', 'empty'],
  saving: ['ready', 'indexing', 'corrupted', 'loading'],
  corrupted: ['loading', 'empty'],
};

/** O6: each process went from state to state as the specification allows; `ready`: the last one ended in Ready. */
export function checkTransitions(indexFolder: string, where: string, { ready = true } = {}): void {
  const last = new Map<number, string>();
  let lastPid = 0;
  for (const { pid, event, detail } of auditEvents(indexFolder)) {
    // The system gives the number of a process that has ended to another one.
    if (event === 'lock') last.delete(pid);
    if (event !== 'state') continue;
    const [, from, to] = /^(\w+) -> (\w+): /.exec(detail) ?? [];
    assert.ok(from !== undefined && to !== undefined, `${where}: O6: ${detail}`);
    assert.equal(from, last.get(pid) ?? from, `${where}: O6: a step of process ${pid} is missing before "${detail}"`);
    assert.ok(from === to || steps[from]?.includes(to), `${where}: O6: illegal: ${detail}`);
    last.set(pid, to);
    lastPid = pid;
  }
  if (ready) assert.equal(last.get(lastPid), 'ready', `${where}: O6: the last process did not end in Ready`);
}

export interface AuditLine {
  readonly pid: number;
  readonly event: string;
  readonly detail: string;
}

/** The audit log, oldest line first. A power cut or a kill may have torn a line, which is left out. */
export function auditEvents(indexFolder: string): AuditLine[] {
  return ['audit.1.log', 'audit.log'].flatMap((name) => {
    const path = join(indexFolder, name);
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as AuditLine);
  });
}

// endregion
// region: O7, the workspace is left alone

/** Every entry below a folder with its kind, mode, times and content: equal photographs, equal folders. */
export function photograph(folder: string): string {
  const lines: string[] = [];
  const look = (path: Buffer): void => {
    for (const name of readdirSync(path, 'buffer')) {
      const entry = Buffer.concat([path, Buffer.from('/'), name]);
      const status = lstatSync(entry);
      const { mode, mtimeMs, ctimeMs } = status;
      const content = status.isFile()
        ? blake3(readFileSync(entry)).toString('hex')
        : status.isSymbolicLink()
          ? readlinkSync(entry)
          : '';
      lines.push(`${JSON.stringify(entry.toString('latin1'))} ${mode.toString(8)} ${mtimeMs} ${ctimeMs} ${content}`);
      if (status.isDirectory()) look(entry);
    }
  };
  look(Buffer.from(folder));
  return lines.sort().join('\n');
}

/** O7: the folder is what it was on the photograph. */
export function checkUntouched(folder: string, before: string, where: string): void {
  assert.equal(photograph(folder), before, `${where}: O7: ${folder} was changed`);
}

// endregion

/** Names and bytes of what an index consists of; the lock, the log and what a verification notes are not part of it. */
export function contentsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^(LOCK|audit.*\.log|verify\.json|\.tantivy.*\.lock)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((path) => [path, blake3(readFileSync(path)).toString('hex')]));
}

/** The manifests of an index folder that parse, newest first; their checksums are not the oracles' business. */
export function manifestsIn(indexFolder: string): Manifest[] {
  return readdirSync(indexFolder)
    .filter((name) => /^manifest-\d+\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(indexFolder, name), 'utf8')) as { readonly manifest: Manifest })
    .map(({ manifest }) => manifest)
    .sort((a, b) => b.generation - a.generation);
}

/** The search folder that the newest manifest names. One that was set aside since has exactly one successor. */
function liveSearchFolder(indexFolder: string): string {
  const named = manifestsIn(indexFolder)[0]?.search?.folder;
  const names = readdirSync(indexFolder).filter((name) => name.startsWith('search-'));
  if (named !== undefined && names.includes(named)) return named;
  assert.equal(names.length, 1, `O2: ${basename(indexFolder)} has ${names.length} search folders`);
  return names[0] as string;
}

function bytesBelow(path: string): number {
  if (!existsSync(path)) return 0;
  const status = lstatSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}
