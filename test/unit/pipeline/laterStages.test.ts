// The stages behind stage1: their order, what a stage that fails or is left out does to the build, and the limit of stage2.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { FactStore } from '../../../server/facts/factStore';
import type { BuildRecorder } from '../../../server/pipeline/audit/buildRecorder';
import { runLaterStages, type LaterStage } from '../../../server/pipeline/laterStages';
import { relationsStage } from '../../../server/pipeline/relations';
import { ProgressMeter } from '../../../server/pipeline/progress';
import { normalTokens, Scheduler } from '../../../server/pipeline/scheduler';
import { CancelSource } from '../../../server/util/cancelSource';
import { withIndex } from '../../support/indexes';
import { createFileTree } from '../../support/fileTree';

/** Runs stages; what the account of the build is told is returned, a line each. */
async function tell(
  stages: readonly LaterStage[],
  cancel = new CancelSource(),
  byteBudgets?: unknown,
  { scheduler = new Scheduler({ tokens: normalTokens }), quiet = () => Promise.resolve() } = {},
) {
  const lines: string[] = [];
  const recorder = {
    phase: (name: string, status: string, detail = '') => lines.push(`${name} ${status} ${detail}`.trim()),
    report: () => ({ checkpoint: () => undefined, budget: () => undefined }),
    end: (status: string, detail: string) => {
      lines.push(`end ${status} ${detail}`.trim());
      return Promise.resolve();
    },
  } as unknown as BuildRecorder;
  await runLaterStages(
    recorder,
    { version: '1', budgets: () => ({ byteBudgets }), laterStages: stages, quiet },
    scheduler,
    { ...nowhere, isFull: true, facts: new FactStore(), warn: () => undefined, token: cancel.token },
  );
  return lines;
}

const measure = (part: ProgressMeter['stage'], total: number): ProgressMeter => new ProgressMeter(part, total);
const nowhere = { root: '', indexFolder: '', buildFolder: '', buildId: '', measure };
const stage2: LaterStage = { name: 'stage2', run: () => Promise.resolve(undefined) };
const stage3: LaterStage = { name: 'stage3', run: () => Promise.resolve('nothing to do') };

describe('later stages', () => {
  it('run in their order, and one that is left out says why', async () => {
    assert.deepEqual(await tell([stage2, stage3]), [
      'stage2 running',
      'stage2 done',
      'stage3 running',
      'stage3 unavailable nothing to do',
      'end done',
    ]);
  });

  it('fail alone, and the build is not called complete', async () => {
    const failing: LaterStage = { name: 'stage2', run: () => Promise.reject(new Error('no room')) };
    assert.deepEqual(await tell([failing, stage3]), [
      'stage2 running',
      'stage2 failed no room',
      'stage3 running',
      'stage3 unavailable nothing to do',
      'end failed stage2: no room',
    ]);
  });

  it('end as interrupted when they are stopped', async () => {
    const cancel = new CancelSource();
    const stopping: LaterStage = {
      name: 'stage2',
      run: () => {
        cancel.cancel();
        return Promise.resolve(undefined);
      },
    };
    const lines = await tell([stopping, stage3], cancel);
    assert.deepEqual(lines, ['stage2 running', 'stage2 done', 'end interrupted stopped before its later stages ended']);
  });

  it('let the user come first between their tasks, and hold no tokens meanwhile', async () => {
    const scheduler = new Scheduler({ tokens: normalTokens });
    const lines: string[] = [];
    let isTyping = false;
    let onPause = (): void => undefined;
    const quiet = (): Promise<void> => {
      if (!isTyping) return Promise.resolve();
      lines.push(`${scheduler.stats().tokens.cpu.used} tokens while the user types`);
      return new Promise((resolve) => (onPause = resolve));
    };
    const twoTasks: LaterStage = {
      name: 'stage2',
      run: async ({ task }) => {
        await task(() => Promise.resolve(lines.push('first')));
        isTyping = true;
        const second = task(() => Promise.resolve(lines.push('second')));
        await new Promise(setImmediate);
        lines.push('the user pauses');
        onPause();
        await second;
        return undefined;
      },
    };
    await tell([twoTasks], new CancelSource(), {}, { scheduler, quiet });
    assert.deepEqual(lines, ['first', '0 tokens while the user types', 'the user pauses', 'second']);
    assert.equal(scheduler.stats().queues['stage2.relations'].completed, 2);
  });

  it('write nothing by a budget that means nothing', async () => {
    const lines = await tell([stage2], new CancelSource(), { symbol_edges: 'much' });
    assert.match(lines[1] ?? '', /^stage2 failed .*symbol_edges/);
  });

  it('leave resolution out, saying so, where it would take too much memory', async function () {
    this.timeout(60_000);
    const tree = createFileTree({ 'a.ts': 'export function f() {}\nexport function g() { f(); }\n' });
    const indexes = createFileTree();
    try {
      await withIndex(tree.root, indexes.root, async ({ facts }) => {
        const checkpoints: unknown[] = [];
        const report = {
          checkpoint: (step: string, counts: unknown) => checkpoints.push([step, counts]),
          budget: () => undefined,
        };
        const task = <T>(run: () => Promise<T>): Promise<T> => run();
        const uses = (): never[] => [];
        const context = {
          root: tree.root,
          facts,
          report,
          task,
          uses,
          measure,
          token: new CancelSource().token,
        } as unknown as Parameters<LaterStage['run']>[0];
        const leftOut = await relationsStage({ maxSymbols: 1 }).run(context);
        assert.match(leftOut ?? '', /^2 symbols are more than the 1 /);
        assert.deepEqual(checkpoints, []);
        assert.equal(await relationsStage().run(context), undefined);
        assert.equal(checkpoints.length, 5);
        assert.match(JSON.stringify(checkpoints[0]), /"edges.call":1.*"resolved":1/);
      });
    } finally {
      tree.dispose();
      indexes.dispose();
    }
  });
});
