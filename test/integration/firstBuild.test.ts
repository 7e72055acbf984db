// What a query gets while an index is built for the first time: a part that says so, of what the facts show at that moment,
// and never an answer that lacks something in silence.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, it } from 'mocha';
import { WorkspaceIndexes } from '../../server/pipeline/workspaceIndexes';
import type { SearchResult } from '../../server/protocol';
import { searchRoot } from '../../server/query/search';
import { findSymbols } from '../../server/query/symbols';
import { openRoot } from '../../server/workspace/roots';
import { createFileTree } from '../support/fileTree';

/** Enough facts for more than one group commit, whatever the machine. */
const total = 1500;
const functions = 100;

describe('a query during the first build', function () {
  this.timeout(120_000);

  it('is answered from a part that says how large it is, until all is there', async () => {
    const source = (i: number): string => {
      const body = (k: number): string => `export function planet${i}_${k}(a: number) {\n  return orbit(a, ${k});\n}\n`;
      return `// epicycle\n${Array.from({ length: functions }, (_, k) => body(k)).join('')}`;
    };
    const files = Object.fromEntries(Array.from({ length: total }, (_, i) => [`m${i}.ts`, source(i)]));
    const tree = createFileTree(files);
    const place = createFileTree();
    const indexes = new WorkspaceIndexes({
      programs: join(process.cwd(), 'dist'),
      version: 'test',
      watch: false,
      log: (level, line) => void (level === 'error' && console.error(line)),
      onDidChange: () => undefined,
    });
    indexes.settings = { indexDir: place.root, exclude: [], threads: 1, outline: 'never' };
    try {
      const index = indexes.create(await openRoot(pathToFileURL(tree.root).href));
      const ask = (kind: 'text' | 'ranked', query = 'epicycle'): Promise<SearchResult> => {
        const { root, facts, search, status } = index;
        const params = { query, kind, limit: 10_000 };
        return searchRoot({ root, facts, search, status }, params, { get: () => undefined, paths: () => [] }, 1 << 20);
      };
      // Asked at the moment when the first files are visible, and at every turn besides.
      let early: Promise<SearchResult> | undefined;
      let visible = 0;
      index.onDidApply = (paths) => {
        if (early === undefined) visible = paths.length;
        early ??= ask('text');
      };
      const opened = indexes.open(index);
      let isBuilt = false;
      const built = opened.then(() => index.indexed()).finally(() => (isBuilt = true));
      const labelled = { text: 0, ranked: 0 };
      for (let turn = 0; !isBuilt; turn++) {
        for (const kind of ['text', 'ranked'] as const) {
          const before = index.facts.size;
          const { hits, notice } = await ask(kind);
          const after = index.facts.size;
          assert.ok(hits.length <= after, `${kind}: ${hits.length} hits of ${after} files`);
          if (kind === 'text')
            assert.ok(hits.length >= before, `${hits.length} hits, but the facts had ${before} files`);
          if (hits.length === total) continue;
          assert.ok(notice !== undefined, `${kind}: ${hits.length} of ${total} hits, and nothing says so`);
          const [, done, all] = / is building: ([\d,]+) of ([\d,]+) files/.exec(notice) ?? [];
          if (done === undefined || all === undefined) {
            assert.match(notice, /is (loading|building)\.$/);
            continue;
          }
          assert.ok(number(done) <= number(all) && number(all) <= total, notice);
          labelled[kind]++;
        }
        if (turn > 0) continue;
        // What changes meanwhile is shown as it is, not as it was when it was first read.
        await writeFile(join(tree.root, 'm0.ts'), '// epicycle\nexport function moon() {}\n');
        index.hint(['m0.ts']);
      }
      await built;
      assert.ok(labelled.text > 0 && labelled.ranked > 0, 'no query met a part');
      assert.ok(visible > 0 && visible < total, `${visible} files at once`);
      const first = (await early) ?? assert.fail('nothing was asked');
      assert.ok(first.hits.length >= visible, `${first.hits.length} hits of ${visible} files`);
      assert.match(first.notice ?? '', / is building: [\d,]+ of 1,500 files\./);
      for (const kind of ['text', 'ranked'] as const) {
        const { hits, notice } = await ask(kind);
        assert.deepEqual([hits.length, notice], [total, undefined], kind);
      }
      assert.deepEqual((await ask('text', 'planet0_1(')).hits, []);
      assert.equal(findSymbols(index.facts, 'moon', { limit: 5 })[0]?.name, 'moon');
    } finally {
      await indexes.close();
      tree.dispose();
      place.dispose();
    }
  });
});

function number(text: string): number {
  return Number(text.replaceAll(',', ''));
}
