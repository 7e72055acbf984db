// Settings become budgets, or errors that name the key; and package.json describes exactly what the code understands.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import {
  artifactNames,
  ByteBudgetSettingError,
  warningOf,
  maxJsonBytes,
  overflows,
  overflowOfTotal,
  resolveByteBudget,
  resolveByteBudgets,
  storeBudgetNames,
} from '../../../server/model/byteBudget';

describe('byte budgets', () => {
  it('have the defaults of the published table', () => {
    assert.equal(maxJsonBytes, 33_554_432);
    const table = Object.fromEntries(artifactNames.map((name) => [name, resolveByteBudget(name)]));
    for (const [name, budget] of Object.entries(table)) {
      const overflow = { vfs_manifest: 'fail', graph_relations: 'drop' }[name] ?? 'shard';
      assert.deepEqual(budget, { artifact: name, maxBytes: maxJsonBytes, overflow, strict: false });
    }
  });

  it('take a number, a word or an object', () => {
    const resolve = (value: unknown) => resolveByteBudget('symbol_edges', { byteBudgets: { symbol_edges: value } });
    const base = { artifact: 'symbol_edges', maxBytes: maxJsonBytes, overflow: 'shard', strict: false };
    assert.deepEqual(resolve(1 << 20), { ...base, maxBytes: 1 << 20 });
    assert.deepEqual(resolve('auto'), base);
    assert.deepEqual(resolve('maxJsonBytes'), base);
    assert.deepEqual(resolve({ maxBytes: 'auto', overflow: 'abort', strict: true }), {
      ...base,
      overflow: 'fail',
      strict: true,
    });
    assert.deepEqual(resolve({ overflow: 'trim' }), { ...base, overflow: 'trim' });
  });

  const key = 'almagest.indexing.artifacts.byteBudgets';
  for (const [what, config, named] of [
    ['a negative number', { byteBudgets: { call_sites: -1 } }, `${key}.call_sites`],
    ['a fraction', { byteBudgets: { call_sites: 1.5 } }, `${key}.call_sites`],
    ['a switch', { byteBudgets: { call_sites: true } }, `${key}.call_sites`],
    ['a list', { byteBudgets: { call_sites: [5] } }, `${key}.call_sites`],
    ['null', { byteBudgets: { call_sites: null } }, `${key}.call_sites`],
    ['a number in quotes', { byteBudgets: { call_sites: '500' } }, `${key}.call_sites`],
    ['a misspelt word', { byteBudgets: { call_sites: { maxBytes: 'Auto' } } }, `${key}.call_sites.maxBytes`],
    ['an unknown overflow', { byteBudgets: { call_sites: { overflow: 'explode' } } }, `${key}.call_sites.overflow`],
    ['a strictness that is none', { byteBudgets: { call_sites: { strict: 1 } } }, `${key}.call_sites.strict`],
    ['an unknown field', { byteBudgets: { call_sites: { limit: 1 } } }, `${key}.call_sites.limit`],
    ['an unknown artifact', { byteBudgets: { callsites: 1 } }, `${key}.callsites`],
    ['a list of budgets', { byteBudgets: [1] }, key],
    ['what a journal cannot do', { byteBudgets: { journal: { overflow: 'drop' } } }, `${key}.journal.overflow`],
    ['strict that is none', { strict: 'yes' }, 'almagest.indexing.artifacts.byteBudgetPolicy.strict'],
  ] as const) {
    it(`refuse ${what}, naming ${named}`, () => {
      assert.throws(
        () => resolveByteBudgets(config),
        (error: unknown) => error instanceof ByteBudgetSettingError && error.message.startsWith(named),
      );
    });
  }

  it('are strict together: a single one cannot relax it', () => {
    const config = { strict: true, byteBudgets: { repo_map: { strict: false, overflow: 'warn' } } };
    const budgets = resolveByteBudgets(config);
    assert.equal(budgets.repo_map.strict, true);
    assert.equal(overflowOfTotal(budgets.repo_map), 'fail');
    assert.equal(overflowOfTotal(budgets.call_sites), 'shard');
    assert.equal(overflowOfTotal(budgets.symbol_edges), 'fail');
    assert.equal(overflowOfTotal(budgets.vfs_manifest), 'shard');
    assert.equal(overflowOfTotal(budgets.build_artifacts), 'fail');
    // What a store holds was acknowledged: it is not refused afterwards.
    assert.ok(!budgets.snapshot.strict && !budgets.journal.strict && !budgets.quarantine.strict);
  });

  it('are described in package.json name by name and word by word', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: { configuration: { properties: Record<string, Record<string, unknown>> } };
    };
    const { properties } = manifest.contributes.configuration;
    const setting = properties[key] as {
      additionalProperties: unknown;
      patternProperties: Record<string, { anyOf: { properties?: { overflow: { enum: string[] } } }[] }>;
    };
    assert.equal(setting.additionalProperties, false);
    const [[pattern, schema] = ['', undefined]] = Object.entries(setting.patternProperties);
    const names = [...artifactNames, ...storeBudgetNames];
    assert.deepEqual(pattern.replace(/^\^\(|\)\$$/g, '').split('|'), names);
    const words = schema?.anyOf.find((each) => each.properties)?.properties?.overflow.enum;
    assert.deepEqual(words, [...overflows, 'abort']);
    assert.equal(properties['almagest.indexing.artifacts.byteBudgetPolicy.strict']?.['default'], false);
  });

  it('tell what was lost, and nothing where nothing was', () => {
    const use = {
      artifact: 'symbol_edges',
      usedBytes: 9,
      limitBytes: 1000,
      rows: 1,
      removedRows: 2000,
      parts: 1,
    } as const;
    assert.equal(
      warningOf({ ...use, action: 'dropped' }),
      'symbol_edges exceeds its budget of 1,000 bytes: 2,000 rows are left out, each that had no room.',
    );
    assert.equal(
      warningOf({ ...use, action: 'warned', removedRows: 0 }),
      'symbol_edges exceeds its budget of 1,000 bytes: it is written all the same.',
    );
    for (const action of ['none', 'failed', 'discarded'] as const) {
      assert.equal(warningOf({ ...use, action }), undefined);
    }
    // Of these two, parts are a warning, which strictness makes a failure.
    const split = { ...use, action: 'sharded', parts: 3 } as const;
    assert.equal(warningOf(split), 'symbol_edges exceeds its budget of 1,000 bytes: split into 3 parts.');
    assert.equal(warningOf({ ...split, artifact: 'call_sites' }), undefined);
    assert.equal(warningOf({ ...split, action: 'none' }), undefined);
  });
});
