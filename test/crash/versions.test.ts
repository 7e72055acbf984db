// Row F13: an index that another version of Almagest wrote. A newer one may be read when its manifest says so, is never
// written when it says not, and nothing of it is deleted or moved, whatever command runs.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake3 } from '../../native';
import { manifestsIn } from './support/oracles';
import { Place } from './support/processes';
import { matrixRow } from './support/rows';

interface Case {
  readonly name: string;
  readonly change: Readonly<Record<string, number>>;
  readonly readable: boolean;
}

const newer = 1000;
const cases: readonly Case[] = [
  { name: 'a newer writer, old readers may read', change: { minWriter: newer }, readable: true },
  { name: 'a newer format for writers and readers', change: { minWriter: newer, minReader: newer }, readable: false },
  { name: 'a newer format altogether', change: { format: newer, minWriter: newer, minReader: newer }, readable: false },
];
const commands = ['index', 'rebuild', 'repair', 'verify', 'dump', 'status'] as const;
const readingCommands: ReadonlySet<string> = new Set(['verify', 'dump', 'status']);

describe('an index of another version', () => {
  matrixRow(
    { row: 'F13', method: 'index of a newer version', quick: cases.length, soak: cases.length, share: 0.01 },
    async ({ number, where: run }) => {
      const { name, change, readable } = cases[number] as Case;
      const where = `${run}: ${name}`;
      const place = new Place();
      try {
        for (let i = 0; i < 5; i++) place.write(`steady${i}.ts`, `export function steady${i}(): void {}\n`);
        await place.succeed('index', where);
        rewriteManifest(place.indexFolder, change);
        const before = contents(place.indexFolder);
        place.write('later.ts', 'export function later(): void {}\n');
        for (const command of commands) {
          const { code, err } = await place.almagest(command);
          if (readable && readingCommands.has(command)) {
            assert.equal(code, 0, `${where}: "${command}" ended with ${code}: ${err}`);
          } else {
            assert.ok(
              code !== 0 && /[Uu]pdate Almagest/.test(err),
              `${where}: "${command}" ended with ${code}: ${err}`,
            );
          }
          assert.deepEqual(contents(place.indexFolder), before, `${where}: "${command}" changed it`);
        }
      } finally {
        place.dispose();
      }
    },
  );
});

/** Writes the newest manifest as a version with these numbers would have. */
function rewriteManifest(indexFolder: string, change: Readonly<Record<string, number>>): void {
  const [newest] = manifestsIn(indexFolder);
  const body = JSON.stringify({ ...newest, ...change });
  const hash = blake3(Buffer.from(body)).toString('hex');
  const path = join(indexFolder, `manifest-${newest?.generation}.json`);
  writeFileSync(path, `{"blake3":"${hash}",\n"manifest":${body}}\n`);
}

/** Names and bytes of what an index consists of; the lock and the log are not part of it. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^(LOCK|audit.*\.log|\.tantivy.*\.lock)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((path) => [path, blake3(readFileSync(path)).toString('hex')]));
}
