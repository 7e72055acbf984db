// The first promise of the design: after any sequence of edits, renames, deletes, snapshots and restarts, the index holds
// what a fresh index of the same tree holds, byte for byte.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import { fileEdits, perform } from '../support/fileEdits';
import { dumpOf, withIndex } from '../support/indexes';
import { withTemporaryFolder } from '../support/temporaryFolder';

const paths = ['a.ts', 'b.py', 'deep/c.ts', 'deep/d/e.py', 'deep/d/f.md', 'g.json', 'ünï.ts'] as const;
const contents = [
  'export function one(a: number): number {\n  return two(a);\n}\n',
  'def three(x):\n    """Third."""\n    return four(x)\n\nclass Five(Base):\n    def six(self): pass\n',
  '# Title\n\nText.\n\n## Part\n\nMore.\n',
  '{ "key": [1, 2], "other": { "x": null } }\n',
  'const s = "ä𝄞"; export class Seven extends Eight { nine = () => ten(); }\n',
  '',
  'function ( {{{ broken',
] as const;

const step = fc.oneof(...fileEdits(paths, contents), {
  weight: 3,
  arbitrary: fc.record({
    kind: fc.constantFrom('hint' as const, 'scan' as const, 'snapshot' as const, 'restart' as const),
  }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('incremental equals full', function () {
  this.timeout(120_000);

  it('after random edits, renames, deletes, snapshots and restarts', async () => {
    await holds(12);
  });

  it('also where there are more files than an index takes', async () => {
    await holds(12, 4);
  });
});

async function holds(numRuns: number, maxFiles?: number): Promise<void> {
  const limit = maxFiles === undefined ? {} : { maxFiles };
  const steps = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), (each) => check(each, limit));
  await fc.assert(steps, { numRuns, seed: 20261121 });
}

async function check(steps: readonly Step[], limit: { readonly maxFiles?: number }): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const root = join(folder, 'tree');
    await mkdir(root);
    let rest = steps;
    while (rest.length > 0) {
      const end = rest.findIndex(({ kind }) => kind === 'restart');
      const life = end < 0 ? rest : rest.slice(0, end);
      rest = end < 0 ? [] : rest.slice(end + 1);
      const live = async (index: RootIndex): Promise<void> => {
        for (const each of life) {
          await perform(root, each);
          if (each.kind === 'hint') index.hint(paths);
          if (each.kind === 'scan') index.requestScan('test');
          if (each.kind === 'snapshot') await index.save();
          if (each.kind === 'hint' || each.kind === 'scan') await index.settled();
          // What is seen by events alone is as bounded as what a scan finds.
          assert.ok(index.facts.size <= (limit.maxFiles ?? Infinity), `${index.facts.size} files`);
        }
      };
      await withIndex(root, join(folder, 'index'), live, limit);
    }
    const dump = async (index: RootIndex): Promise<string> => {
      const { ok, findings } = await index.verify();
      assert.deepEqual(findings, []);
      assert.ok(ok);
      return dumpOf(index);
    };
    const incremental = await withIndex(root, join(folder, 'index'), dump, limit);
    const fresh = await withIndex(root, join(folder, 'fresh'), dump, { ...limit, threads: 1 });
    assert.equal(incremental, fresh);
  });
}
