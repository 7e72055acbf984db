// Row F13: an index that another version of Almagest wrote. A newer one may be read when its manifest says so, is never
// written when it says not, and nothing of it is deleted or moved, whatever command runs. An older one answers as it is,
// and is brought up to date by the next run, also when that is killed.

import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { blake3 } from '../../native';
import { contentsOf, manifestsIn, quarantinedNames } from './support/oracles';
import { killGroup, Place } from './support/processes';
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
/**
 * Written by the last version before manifest format 2, in two runs over `olderTree`: extractors of version 1, a search
 * index with another schema, two generations. What names its place is written anew for each test.
 */
const olderIndex = join(process.cwd(), 'test/fixtures/olderIndex');
const olderTree: Readonly<Record<string, string>> = {
  'src/shapes.ts': `import { area } from './area';

/** A shape. */
export class Shape {
  size(): number {
    return area(this);
  }
}
`,
  'src/area.ts': 'export function area(shape: object): number {\n  return Object.keys(shape).length;\n}\n',
  'src/later.ts': 'export const later = 1;\n',
  'parse.py': `class Parser:
    """Reads."""

    def parse_all(self, text):
        return tokens(text)


def tokens(text):
    return text.split()
`,
  'main.go': `package main

import "fmt"

type Point struct{ X, Y int }

func (p Point) Show() { fmt.Println(p.X, p.Y) }

func main() { Point{1, 2}.Show() }
`,
  'notes.md': '# Notes\n\nWhere the needle lies.\n# more\n',
};
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
        const before = contentsOf(place.indexFolder);
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
          assert.deepEqual(contentsOf(place.indexFolder), before, `${where}: "${command}" changed it`);
        }
      } finally {
        place.dispose();
      }
    },
  );
});

describe('an index of an older version', () => {
  matrixRow(
    { row: 'F13', method: 'index of an older version', quick: 6, soak: 30, share: 0.02 },
    async ({ number, where }) => {
      const place = new Place();
      try {
        for (const [path, text] of Object.entries(olderTree)) place.write(path, text);
        cpSync(olderIndex, place.indexFolder, { recursive: true });
        // A kill before its last manifest leaves the journal that the snapshot was made of.
        if (number % 2 === 1)
          for (const name of ['manifest-4.json', 'snapshot-4.seg']) rmSync(join(place.indexFolder, name));
        for (const { generation } of manifestsIn(place.indexFolder)) {
          rewriteManifest(
            place.indexFolder,
            { root: { path: place.root, id: basename(place.indexFolder) } },
            generation,
          );
        }
        const before = contentsOf(place.indexFolder);
        const dump = await place.dump(where);
        assert.match(dump, /^file "main.go" \w+ Go\/1 .*$/m, where);
        for (const name of ['class "Parser"', 'class "Shape"', 'constant "later"', 'method "Show"']) {
          assert.ok(dump.includes(`symbol ${name}`), `${where}: ${name} is not in\n${dump}`);
        }
        assert.doesNotMatch(await place.succeed('status', where), /damaged/, where);
        assert.deepEqual(contentsOf(place.indexFolder), before, `${where}: reading changed it`);
        if (number >= 2) await place.almagest('index', { strike: { afterMs: 150 * (number - 1), blow: killGroup } });
        await place.succeed('index', where);
        assert.equal(await place.read(where, true), await place.freshDump(), where);
        if (number % 2 === 0) {
          assert.deepEqual(quarantinedNames(place.indexFolder), [], `${where}: what is old was set aside as damaged`);
        }
      } finally {
        place.dispose();
      }
    },
  );
});

/** Writes a manifest, the newest if not told otherwise, as a version with these numbers would have. */
function rewriteManifest(indexFolder: string, change: object, generation?: number): void {
  const manifests = manifestsIn(indexFolder);
  const wanted = manifests.find((each) => each.generation === generation) ?? manifests[0];
  const body = JSON.stringify({ ...wanted, ...change });
  const hash = blake3(Buffer.from(body)).toString('hex');
  const path = join(indexFolder, `manifest-${wanted?.generation}.json`);
  writeFileSync(path, `{"blake3":"${hash}",\n"manifest":${body}}\n`);
}
