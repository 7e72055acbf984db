// Rows within a budget: what each overflow writes, removes and reports, over sinks in memory.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { ByteBudgetError, overflows, type BudgetUse, type ByteBudget } from '../../../server/model/byteBudget';
import { StagePool, writeRows, type PartSink } from '../../../server/store/budgetedRows';

/** Keeps parts as texts. */
class MemorySink implements PartSink {
  parts: string[] = [];
  isOpen = false;

  begin(part: number): Promise<void> {
    assert.equal(this.isOpen, false);
    assert.equal(part, this.parts.length);
    this.isOpen = true;
    this.parts.push('');
    return Promise.resolve();
  }
  write(bytes: Buffer): Promise<void> {
    assert.ok(this.isOpen);
    this.parts[this.parts.length - 1] += bytes.toString();
    return Promise.resolve();
  }
  end(): Promise<void> {
    assert.ok(this.isOpen);
    this.isOpen = false;
    return Promise.resolve();
  }
  discard(): Promise<void> {
    this.parts = [];
    this.isOpen = false;
    return Promise.resolve();
  }
}

async function write(rows: readonly string[], budget: Partial<ByteBudget>, pool?: StagePool) {
  const sink = new MemorySink();
  const reported: BudgetUse[] = [];
  const full: ByteBudget = { artifact: 'call_sites', maxBytes: 10, overflow: 'shard', strict: false, ...budget };
  let error: unknown;
  try {
    await writeRows(rows, { budget: full, sink, report: (use) => reported.push(use), ...(pool ? { pool } : {}) });
  } catch (failure) {
    error = failure;
  }
  assert.equal(reported.length, 1);
  return { parts: sink.parts, use: reported[0] as BudgetUse, error };
}

const rows = ['one', 'two', 'three', 'x', 'four'];

describe('rows within a byte budget', () => {
  for (const [overflow, parts, use] of [
    ['shard', ['one\ntwo\n', 'three\nx\n', 'four\n'], { action: 'sharded', usedBytes: 21, rows: 5, removedRows: 0 }],
    ['trim', ['one\ntwo\n'], { action: 'trimmed', usedBytes: 8, rows: 2, removedRows: 3 }],
    ['drop', ['one\ntwo\nx\n'], { action: 'dropped', usedBytes: 10, rows: 3, removedRows: 2 }],
    ['skip', [], { action: 'skipped', usedBytes: 14, rows: 0, removedRows: 0 }],
    ['warn', ['one\ntwo\nthree\nx\nfour\n'], { action: 'warned', usedBytes: 21, rows: 5, removedRows: 0 }],
  ] as const) {
    it(`with ${overflow}`, async () => {
      const written = await write(rows, { overflow });
      assert.equal(written.error, undefined);
      assert.deepEqual(written.parts, parts);
      assert.deepEqual(written.use, {
        artifact: 'call_sites',
        limitBytes: 10,
        parts: parts.length,
        ...use,
      });
    });
  }

  it('with fail', async () => {
    const { parts, use, error } = await write(rows, { overflow: 'fail' });
    assert.ok(error instanceof ByteBudgetError);
    assert.equal(error.code, 'ERR_BYTE_BUDGET');
    assert.match(error.message, /byteBudgets\.call_sites/);
    assert.deepEqual(parts, []);
    assert.deepEqual([use.action, use.usedBytes, use.parts], ['failed', 14, 0]);
  });

  it('does nothing where all fits, to the byte', async () => {
    for (const overflow of overflows) {
      const { parts, use, error } = await write(['1234', '5678'], { overflow });
      assert.equal(error, undefined);
      assert.deepEqual(parts, ['1234\n5678\n']);
      assert.deepEqual([use.action, use.usedBytes], ['none', 10]);
    }
  });

  it('fails in strict mode for all but shards', async () => {
    for (const overflow of overflows) {
      const { error } = await write(rows, { overflow, strict: true });
      assert.equal(error instanceof ByteBudgetError, overflow !== 'shard', overflow);
    }
    const { error } = await write(rows, { artifact: 'symbol_edges', strict: true });
    assert.ok(error instanceof ByteBudgetError);
  });

  it('fails for a single row that no part can hold', async () => {
    const { error, parts } = await write(['a', 'ä'.repeat(5)], {});
    assert.ok(error instanceof ByteBudgetError);
    assert.match(error.message, /^Row 2 of call_sites needs 11 bytes/);
    assert.deepEqual(parts, []);
    const manifest = await write(rows, { artifact: 'vfs_manifest', overflow: 'fail' });
    assert.deepEqual([manifest.error, manifest.parts.length], [undefined, 3]);
    const large = await write(['x'.repeat(11)], { artifact: 'vfs_manifest', overflow: 'fail' });
    assert.ok(large.error instanceof ByteBudgetError);
  });

  it('writes an empty part for no rows', async () => {
    const { parts, use } = await write([], {});
    assert.deepEqual([parts, use.action, use.parts], [[''], 'none', 1]);
  });

  it('fails when the stage has nothing left', async () => {
    const pool = new StagePool({ artifact: 'stage2', maxBytes: 12, overflow: 'fail', strict: false });
    assert.equal((await write(['12345678'], {}, pool)).error, undefined);
    const { error, use } = await write(['1234', '5678'], {}, pool);
    assert.ok(error instanceof ByteBudgetError);
    assert.match(error.message, /^stage2 needs at least 14 bytes/);
    assert.equal(error.budget.artifact, 'stage2');
    // Its own budget was not used up: it is told of as what goes with the others.
    assert.deepEqual([use.action, use.usedBytes, use.limitBytes, use.parts], ['discarded', 0, 10, 0]);
    assert.deepEqual([pool.use.artifact, pool.use.action, pool.use.usedBytes], ['stage2', 'failed', 14]);
  });

  it('fails when scratch files have what the stage has left', async () => {
    const pool = new StagePool({ artifact: 'build_artifacts', maxBytes: 12, overflow: 'skip', strict: false });
    await write(['1234'], {}, pool);
    pool.allow(7);
    pool.allow(7); // of all of them together
    assert.equal(pool.use.action, 'none');
    assert.throws(
      () => pool.allow(8),
      /^ByteBudgetError: build_artifacts, with scratch files, needs at least 13 bytes/,
    );
    assert.deepEqual([pool.use.action, pool.use.usedBytes], ['skipped', 13]);
  });

  it('shards any rows into parts within the limit that read as the rows', async () => {
    const row = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.integer({ min: 400, max: 900 }), async (some, maxBytes) => {
        const { parts, use, error } = await write(some, { maxBytes });
        assert.equal(error, undefined);
        assert.ok(parts.every((part) => Buffer.byteLength(part) <= maxBytes));
        assert.equal(parts.join(''), some.map((each) => `${each}\n`).join(''));
        assert.equal(use.usedBytes, Buffer.byteLength(parts.join('')));
        assert.equal(use.parts, parts.length);
      }),
    );
  });
});
