import assert from 'node:assert/strict';
import fc from 'fast-check';
import { blame, type Job } from '../../../server/extraction/blame';
import type { LastWords } from '../../../server/extraction/messages';

const job = (...paths: string[]): Job => ({ work: { root: '/r', paths }, urgent: false, suspect: false, strikes: 0 });
const words = (cause: LastWords['cause'], path?: string): LastWords => ({
  kind: 'dying',
  cause,
  detail: 'why',
  rss: 0,
  ...(path === undefined ? {} : { path }),
});

describe('blame', () => {
  it('isolates a file that was named', () => {
    assert.deepEqual(blame(job('a', 'b', 'c'), words('stuck', 'b'), 'why', false), [
      job('a', 'c'),
      { ...job('b'), suspect: true, strikes: 1 },
    ]);
  });

  it('runs a job again that is not to blame', () => {
    assert.deepEqual(blame(job('a'), words('stuck', 'b'), 'why', false), [job('a')]);
  });

  it('suspects all that ran when nothing was said', () => {
    assert.deepEqual(blame(job('a', 'b'), undefined, 'why', false), [{ ...job('a', 'b'), suspect: true }]);
  });

  it('halves a job that died alone', () => {
    assert.deepEqual(blame(job('a', 'b', 'c'), undefined, 'why', true), [
      { ...job('a', 'b'), suspect: true },
      { ...job('c'), suspect: true },
    ]);
  });

  it('keeps the text of a file that hangs or swallows memory twice', () => {
    const once = { ...job('a'), suspect: true, strikes: 1 };
    const verdicts = (['stuck', 'memory', 'failed'] as const).map((cause) => {
      const [next] = blame(once, words(cause, 'a'), 'why', true) as Job[];
      return next?.work.verdict;
    });
    assert.deepEqual(verdicts, [
      { kind: 'textOnly', limit: 'deadline' },
      { kind: 'textOnly', limit: 'memoryLimit' },
      { kind: 'crashed', detail: 'why' },
    ]);
  });

  it('finds any set of deadly files, gives up no other, and ends', () => {
    const paths = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map(String), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(paths, fc.func(fc.boolean()), (all, isDeadly) => {
        const queue: Job[] = [job(...all)];
        const crashed: string[] = [];
        const done: string[] = [];
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
          const { work } = next;
          if (work.verdict?.kind === 'crashed') crashed.push(...work.paths);
          else if (work.paths.some((path) => isDeadly(path))) {
            const again = blame(next, undefined, 'why', true);
            assert.ok(!(again instanceof Error));
            queue.push(...again);
          } else done.push(...work.paths);
        }
        assert.deepEqual(crashed.sort(), all.filter((path) => isDeadly(path)).sort());
        assert.deepEqual(done.sort(), all.filter((path) => !isDeadly(path)).sort());
      }),
    );
  });

  it('fails when an extractor dies even without reading the file', () => {
    const givenUp = {
      ...job('a'),
      work: { root: '/r', paths: ['a'], verdict: { kind: 'crashed', detail: '' } as const },
    };
    const outcome = blame(givenUp, undefined, 'why', true);
    assert.ok(outcome instanceof Error);
    assert.match(outcome.message, /even without reading a: why/);
  });
});
