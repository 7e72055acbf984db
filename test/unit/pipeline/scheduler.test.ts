// The scheduler with a clock and tasks in the hand of the test: order, tokens, back-pressure, starvation, cancellation.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { queueNames, type QueueName } from '../../../server/model/schedulerStats';
import { Scheduler, type TaskNeeds } from '../../../server/pipeline/scheduler';
import { CancellationError } from '../../../server/util/cancellation';
import { CancelSource } from '../../../server/util/cancelSource';

function newScheduler(options: Partial<ConstructorParameters<typeof Scheduler>[0]> = {}) {
  const clock = { now: 0 };
  const scheduler = new Scheduler({ tokens: { cpu: 2, io: 2, mem: 100 }, now: () => clock.now, ...options });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  /** Submits a task that runs until it is ended by its name. */
  const submit = async (
    queue: QueueName,
    name: string,
    needs: TaskNeeds = { cpu: 1 },
    token?: CancelSource['token'],
  ) => {
    const work = () => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    };
    const { result } = await scheduler.submit(queue, needs, work, token);
    result.catch(() => undefined);
    return result;
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settle();
  };
  return { scheduler, clock, started, submit, end };
}

/** Lets everything run that can. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('scheduler', () => {
  it('starts as many as there are tokens, by priority, and in order within a queue', async () => {
    const { scheduler, started, submit, end } = newScheduler();
    for (const [queue, name] of [
      ['stage1.files', 'a'],
      ['stage1.files', 'b'],
      ['stage4.sqlite', 'c'],
      ['stage1.files', 'd'],
      ['stage1.postings', 'e'],
    ] as const) {
      void submit(queue, name);
    }
    await settle();
    assert.deepEqual(started, ['a', 'b']);
    assert.deepEqual(scheduler.stats().tokens.cpu, { total: 2, used: 2 });
    await end('a');
    await end('b');
    await end('e');
    assert.deepEqual(started, ['a', 'b', 'e', 'd', 'c']);
    await end('c');
    await end('d');
    const { counters, tokens } = scheduler.stats();
    assert.deepEqual(counters, { scheduled: 5, started: 5, completed: 5, failed: 0, rejected: 0, starvation: 0 });
    assert.deepEqual(tokens.cpu.used, 0);
  });

  it('makes producers wait for room, by count and by bytes', async () => {
    const queues = { 'stage1.files': { priority: 0, maxPending: 2, maxPendingBytes: 100 } };
    const { scheduler, submit, end } = newScheduler({ tokens: { cpu: 1, io: 1, mem: 1 }, queues });
    const { result } = await scheduler.submit('stage1.files', { cpu: 1, bytes: 10 }, () => Promise.resolve('x'));
    assert.equal(await result, 'x');
    void submit('stage1.files', 'runs', { cpu: 1, bytes: 10 });
    void submit('stage1.files', 'large', { cpu: 1, bytes: 99 });
    void submit('stage1.files', 'no bytes left', { cpu: 1, bytes: 2 });
    void submit('stage1.files', 'behind it', { cpu: 1, bytes: 0 });
    await settle();
    const queue = () => scheduler.stats().queues['stage1.files'];
    assert.deepEqual([queue().running, queue().pending, queue().pendingBytes], [1, 1, 99]);
    await end('runs');
    assert.deepEqual([queue().running, queue().pending, queue().pendingBytes], [1, 2, 2]);
    await end('large');
    await end('no bytes left');
    await end('behind it');
    assert.deepEqual([queue().pending, queue().completed], [0, 5]);
  });

  it('runs a task that needs more than there is when it has everything', async () => {
    const { scheduler, started, submit, end } = newScheduler();
    void submit('stage1.files', 'small', { mem: 1 });
    void submit('stage1.files', 'huge', { mem: 1e9 });
    await settle();
    assert.deepEqual(started, ['small']);
    await end('small');
    assert.deepEqual(started, ['small', 'huge']);
    assert.deepEqual(scheduler.stats().tokens.mem, { total: 100, used: 100 });
    await end('huge');
    assert.equal(scheduler.stats().tokens.mem.used, 0);
  });

  it('gives its turn to what has waited too long', async () => {
    const { scheduler, clock, started, submit, end } = newScheduler({ starvationMs: 30_000 });
    void submit('stage1.files', 'a');
    void submit('stage1.files', 'b');
    void submit('stage4.sqlite', 'big', { cpu: 2 });
    void submit('stage1.files', 'c');
    void submit('stage1.files', 'd');
    await settle();
    clock.now = 30_000;
    await end('a');
    assert.deepEqual(started, ['a', 'b'], 'nothing overtakes it any more');
    await end('b');
    assert.deepEqual(started, ['a', 'b', 'big']);
    assert.equal(scheduler.stats().queues['stage4.sqlite'].starvation, 1);
    assert.equal(scheduler.stats().queues['stage1.files'].oldestWaitMs, 30_000);
    await end('big');
    assert.deepEqual(started.slice(3), ['c', 'd']);
  });

  it('forgets what is cancelled while it waits, and gives the tokens of a failure back', async () => {
    const { scheduler, submit, end } = newScheduler({ tokens: { cpu: 1, io: 1, mem: 1 } });
    void submit('stage1.files', 'runs');
    const cancel = new CancelSource();
    const waiting = submit('stage1.files', 'waits', { cpu: 1 }, cancel.token);
    await settle();
    cancel.cancel();
    await assert.rejects(waiting, CancellationError);
    await assert.rejects(submit('stage1.files', 'late', { cpu: 1 }, cancel.token), CancellationError);
    await end('runs');
    await assert.rejects(
      scheduler.run('stage1.files', { cpu: 1 }, () => Promise.reject(new Error('no'))),
      /no/,
    );
    const { counters, tokens, queues } = scheduler.stats();
    assert.deepEqual(counters, { scheduled: 4, started: 2, completed: 1, failed: 1, rejected: 2, starvation: 0 });
    assert.deepEqual([tokens.cpu.used, queues['stage1.files'].pending], [0, 0]);
  });

  it('lowers its tokens without stopping what runs, and starts what waits when they are back', async () => {
    const { scheduler, started, submit, end } = newScheduler();
    for (const name of ['a', 'b', 'c', 'd']) void submit('stage1.files', name);
    await settle();
    scheduler.tokens = { cpu: 1, io: 1, mem: 1 };
    await end('a');
    assert.deepEqual(started, ['a', 'b']);
    scheduler.tokens = { cpu: 3, io: 1, mem: 1 };
    assert.deepEqual(started, ['a', 'b', 'c', 'd']);
  });

  it('runs everything exactly once, within its tokens, whatever comes', async () => {
    const need = fc.record({ cpu: fc.nat(3), io: fc.nat(3), mem: fc.nat(200), bytes: fc.nat(50) });
    const task = fc.record({ queue: fc.constantFrom(...queueNames), need, turns: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 60 }), async (tasks) => {
        const small = { priority: 1, maxPending: 3, maxPendingBytes: 60 };
        const queues = Object.fromEntries(queueNames.map((name) => [name, small]));
        const scheduler = new Scheduler({ tokens: { cpu: 2, io: 2, mem: 100 }, queues });
        const runs = new Array<number>(tasks.length).fill(0);
        const check = (): void => {
          const { tokens, queues: now } = scheduler.stats();
          for (const { used, total } of Object.values(tokens)) assert.ok(used >= 0 && used <= total);
          for (const { pending, pendingBytes } of Object.values(now)) assert.ok(pending <= 3 && pendingBytes <= 60);
        };
        await Promise.all(
          tasks.map(({ queue, need: needs, turns }, i) =>
            scheduler.run(queue, needs, async () => {
              runs[i] = (runs[i] ?? 0) + 1;
              for (let turn = 0; turn < turns; turn++) {
                check();
                await settle();
              }
            }),
          ),
        );
        check();
        assert.ok(runs.every((count) => count === 1));
        assert.equal(scheduler.stats().counters.completed, tasks.length);
      }),
      { numRuns: 60 },
    );
  });
});
