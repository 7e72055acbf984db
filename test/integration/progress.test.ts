// How far work is, as the status of an index tells it: every stage of a build, and what is made from the facts when asked
// for, with counts that never go backwards and a whole that is reached.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { artifactNames } from '../../server/model/byteBudget';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import type { StageProgress } from '../../server/protocol';
import { buildStages } from '../../server/sharing/buildStages';
import { SqlForm } from '../../server/sharing/sqlForm';
import { createFileTree } from '../support/fileTree';
import { withIndex } from '../support/indexes';

const files = 150;
const sources = Object.fromEntries(
  Array.from({ length: files }, (_, i) => [
    `m${i}.ts`,
    `import { f${i + 1} } from './m${i + 1}';\nexport function f${i}() {\n  return f${i + 1}();\n}\n`,
  ]),
);

describe('progress', function () {
  this.timeout(120_000);

  it('is told of every stage of a build, with what waits and runs', async () => {
    const tree = createFileTree(sources);
    const indexes = createFileTree();
    const seen = new Seen();
    let index: RootIndex | undefined;
    try {
      await withIndex(
        tree.root,
        indexes.root,
        async ({ status }) => {
          assert.equal(status.progress, undefined);
          assert.deepEqual(seen.last('snapshot'), [status.sizes.snapshot, status.sizes.snapshot, 'bytes']);
        },
        {
          laterStages: buildStages,
          onDidCreate: (created) => (index = created),
          onDidChange: () => seen.add(index?.status.progress),
        },
      );
    } finally {
      tree.dispose();
      indexes.dispose();
    }
    assert.deepEqual(seen.stages, [
      'scanning',
      'extracting',
      'searchIndex',
      'snapshot',
      'relations',
      'analyzers',
      'artifacts',
    ]);
    assert.deepEqual(seen.last('extracting'), [files, files, 'files']);
    assert.deepEqual(seen.last('relations'), [2 * files, 2 * files, 'passes']);
    assert.deepEqual(seen.last('analyzers'), [3, 3, 'steps']);
    assert.deepEqual(seen.last('artifacts')?.slice(1), [artifactNames.length * files, 'passes']);
    const artifacts = [...seen.currents].filter((name) => artifactNames.some((each) => each === name));
    assert.deepEqual(artifacts.sort(), [...artifactNames].sort());
    assert.ok(seen.all.every(({ scheduler }) => scheduler?.queues['stage2.relations'].maxPending === 64));
  });

  it('is told of the SQLite form, and ends with it', async () => {
    const tree = createFileTree(sources);
    const indexes = createFileTree();
    const seen = new Seen();
    try {
      await withIndex(tree.root, indexes.root, async (index) => {
        const programs = join(process.cwd(), 'dist');
        const onDidChange = (): void => seen.add(form.progress);
        const form = new SqlForm(index, { programs, log: () => undefined, onDidChange });
        const { rows } = await form.query({
          query: "SELECT count(*) FROM edges WHERE kind = 'call'",
          limit: 1,
          timeoutMs: 60_000,
        });
        assert.deepEqual(rows, [[files - 1]]);
        assert.equal(form.progress, undefined);
        form.close();
      });
    } finally {
      tree.dispose();
      indexes.dispose();
    }
    assert.deepEqual(seen.stages, ['sqlite', 'conclusions']);
    assert.deepEqual(seen.last('sqlite'), [files, files, 'files']);
    assert.deepEqual(seen.last('conclusions'), [2 * files, 2 * files, 'passes']);
  });
});

/** What was told, in its order; adding checks that counts go forwards and stay within the whole. */
class Seen {
  readonly all: StageProgress[] = [];

  add(progress: StageProgress | undefined): void {
    if (progress === undefined) return;
    const { stage, done, total } = progress;
    const before = this.all.at(-1);
    if (before?.stage === stage) assert.ok(done >= before.done, `${stage}: ${before.done}, then ${done}`);
    assert.ok(total === 0 || done <= total, `${stage}: ${done} of ${total}`);
    this.all.push(progress);
  }

  /** Each stage once, unless it comes again. */
  get stages(): readonly string[] {
    return this.all.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1]);
  }

  get currents(): ReadonlySet<string> {
    return new Set(this.all.flatMap(({ current = '' }) => current));
  }

  last(stage: string): readonly (number | string)[] | undefined {
    const found = this.all.filter((each) => each.stage === stage).at(-1);
    return found && [found.done, found.total, found.unit ?? 'files'];
  }
}
