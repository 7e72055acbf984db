// What the Audit shows of a build.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { countersOf } from '../../../extension/views/buildSteps';
import { parseAuditToHost, type Table } from '../../../media/auditMessages';
import { auditPage } from '../../../extension/views/auditPage';
import { summarize } from '../../../server/pipeline/audit/summary';
import { Scheduler } from '../../../server/pipeline/scheduler';
import type { BuildAudit, BuildInfo, Checkpoint, StageAudit } from '../../../server/protocol';
import { format } from './rootStatus';

const memory = (rss: number): Checkpoint['memory'] => ({
  rss,
  heapUsed: 0,
  heapTotal: 0,
  external: 0,
  arrayBuffers: 0,
});

function checkpoint(
  stage: Checkpoint['stage'],
  step: string,
  elapsedMs: number,
  rss: number,
  extra: Partial<Checkpoint['extra']> = {},
): Checkpoint {
  return { at: '', elapsedMs, stage, step, memory: memory(rss), extra: { counts: {}, ...extra } };
}

function stageAudit(mode: StageAudit['mode'], points: Checkpoint[], counts: Record<string, number>): StageAudit {
  const scan = mode === 'code' ? { discovery: { 'skipped.secret': 2, 'skipped.binary': 1 } } : {};
  const all: Readonly<Record<string, Record<string, number>>> = { ...scan, processing: counts };
  const checkpoints = points.map((point): Checkpoint => {
    const own = all[point.step];
    return own === undefined ? point : { ...point, extra: { ...point.extra, counts: own } };
  });
  const record = { version: 1, generatedAt: new Date(0).toISOString(), buildId: 'b2', mode, checkpoints } as const;
  return summarize(record);
}

const phase = { status: 'done', startedAt: null, finishedAt: null, detail: '' } as const;
const begun = new Date(2026, 0, 2, 3, 4, 5).toISOString();
const audit: BuildAudit = {
  state: {
    schemaVersion: 1,
    buildId: 'b2',
    createdAt: new Date(2026, 0, 2, 3, 4).toISOString(),
    updatedAt: '',
    finishedAt: null,
    status: 'interrupted',
    cause: 'rebuild',
    tool: { version: '1.2.3' },
    root: '/w/app',
    git: { head: '0123456789abcdef', branch: 'main', dirty: null },
    modes: ['code', 'prose'],
    phases: {
      stage1: { ...phase, startedAt: begun, finishedAt: new Date(2026, 0, 2, 3, 4, 7).toISOString() },
      stage2: { ...phase, status: 'interrupted', startedAt: begun, detail: 'it was killed' },
      stage3: { ...phase, status: 'interrupted', detail: 'it was killed' },
      stage4: { ...phase, status: 'unavailable', startedAt: begun, detail: 'nobody asked' },
    },
    progress: {},
    counts: {
      code: { files: 3, chunks: 9, skipped: { binary: 2 } },
      prose: { files: 1, chunks: 1, skipped: { binary: 1, tooLarge: 4 } },
    },
    stageCheckpoints: {},
    byteBudgets: {
      generatedAt: '',
      maxJsonBytes: 32,
      strict: false,
      policies: {
        symbol_edges: { artifact: 'symbol_edges', maxBytes: 100, overflow: 'trim', strict: false },
        repo_map: { artifact: 'repo_map', maxBytes: 50, overflow: 'shard', strict: false },
        journal: { artifact: 'journal', maxBytes: 80, overflow: 'shard', strict: false },
        call_sites: { artifact: 'call_sites', maxBytes: 60, overflow: 'shard', strict: false },
      },
    },
  },
  audits: [
    stageAudit(
      'code',
      [
        checkpoint('stage1', 'discovery', 100, 10 << 20, { startedMs: 0 }),
        checkpoint('stage1', 'processing', 900, 30 << 20, { startedMs: 100, extractors: { peakRss: 5 << 20 } }),
        checkpoint('artifacts', 'byte-budget', 950, 1, {
          artifact: 'symbol_edges',
          budget: { usedBytes: 100, limitBytes: 100, action: 'trimmed' },
        }),
        checkpoint('artifacts', 'store-budget', 950, 1, {
          artifact: 'journal',
          budget: { usedBytes: 10, limitBytes: 80, action: 'none' },
        }),
      ],
      { files: 3 },
    ),
    stageAudit('prose', [checkpoint('stage1', 'processing', 1000, 20 << 20, { startedMs: 50 })], { files: 1, rows: 0 }),
  ],
  costs: { slowest: [{ path: 'src/a.ts', bytes: 1024, micros: 1500, rows: 7 }], heaviest: [] },
  lateRuns: [
    {
      kind: 'artifacts',
      status: 'done',
      audit: stageAudit(
        'code',
        [
          checkpoint('artifacts', 'byte-budget', 10, 1, {
            artifact: 'repo_map',
            budget: { usedBytes: 70, limitBytes: 50, action: 'sharded' },
          }),
          checkpoint('stage2', 'write', 1200, 9 << 20, { outputBytes: 2048, sqlite: { peakRss: 3 << 20 } }),
        ],
        {},
      ),
    },
    { kind: 'sqlite', status: 'interrupted', audit: stageAudit('code', [], {}) },
  ],
  previousBuildId: 'b1',
};
const former = [checkpoint('stage1', 'discovery', 1, 1), checkpoint('stage1', 'processing', 2, 1)];
const before: BuildAudit = {
  ...audit,
  audits: [stageAudit('code', former, { files: 5 }), stageAudit('prose', former.slice(1), {})],
};
const info: BuildInfo = {
  buildId: 'b2',
  status: 'interrupted',
  cause: 'rebuild',
  createdAt: audit.state.createdAt,
  finishedAt: null,
  elapsedMs: 1000,
  files: 4,
  skipped: 7,
  peakRss: 0,
};

describe('the page of the Audit', () => {
  const page = auditPage('app', [info], audit, before, 0, format);
  const print = (id: string): string[] => {
    const table = page.build?.tables.find((one: Table) => one.id === id);
    return table?.rows.map((cells) => cells.map(({ text }) => text).join(' | ')) ?? [];
  };

  it('names the builds and tells the facts of the chosen one', () => {
    assert.deepEqual(page.builds, [
      {
        buildId: 'b2',
        label: '2026-01-02 03:04:00',
        description: 'interrupted, 4 files, 1.0 s, rebuild',
        tone: 'warning',
        chosen: true,
      },
    ]);
    const facts = Object.fromEntries((page.build?.facts ?? []).map(({ label, value }) => [label, value]));
    assert.equal(facts['Files skipped'], '10');
    assert.equal(facts['Git'], 'main 0123456789ab');
    assert.equal(facts['Most memory, extractor'], '5.0 MiB');
  });

  it('makes one bar of a step that works on several modes, and none of a budget', () => {
    const { bars, memory, memorySummary } = page.build?.waterfall ?? assert.fail('there is no build');
    assert.deepEqual(
      bars.map(({ label, startMs, endMs, title }) => `${label} ${startMs}-${endMs} ${title}`),
      ['stage1 discovery 0-100 100 ms, 10.0 MiB', 'stage1 processing 50-1000 950 ms, 30.0 MiB'],
    );
    assert.deepEqual(
      memory.map(({ ms }) => ms),
      [100, 900, 950, 1000],
    );
    assert.equal(memorySummary, 'The server had at most 30.0 MiB, after 900 ms.');
  });

  it('compares counters, adds up reasons and shows every budget', () => {
    assert.deepEqual(print('counters'), [
      'all | stage1/discovery | skipped.secret | 2 | 2 | ±0',
      'all | stage1/discovery | skipped.binary | 1 | 1 | ±0',
      'code | stage1/processing | files | 3 | 5 | −2',
      'prose | stage1/processing | files | 1 | 0 | +1',
    ]);
    assert.deepEqual(print('stages'), [
      'stage1 | done | 2026-01-02 03:04:05 | 2.0 s | ',
      'stage2 | interrupted | 2026-01-02 03:04:05 |  | it was killed',
      'stage3 | not reached |  |  | ',
      'stage4 | left out |  |  | nobody asked',
    ]);
    assert.deepEqual(print('skipped'), [
      'Not text | 4 | code 2, prose 1, passed over by the scan 1',
      'Larger than the limit for indexed files | 4 | prose 4',
      'Names that say "secret" | 2 | passed over by the scan 2',
    ]);
    assert.deepEqual(print('budgets'), [
      'symbol_edges | 100 B | 100 B | trim | trimmed | 50 ms',
      'journal | 10 B | 80 B | shard | none | ',
      'repo_map | 70 B | 50 B | shard | sharded | 10 ms',
      'call_sites |  | 60 B | shard | not used | ',
    ]);
    const [artifacts, sqlite] = print('lateRuns');
    assert.match(artifacts ?? '', /^Artifacts \| done \| .* \| 1\.2 s \| 9\.0 MiB \| 3\.0 MiB \| 2\.0 KiB \| $/);
    assert.match(sqlite ?? '', /^SQLite database \| interrupted \| /);
    assert.deepEqual(print('slowest'), ['src/a.ts | 2 ms | 1.0 KiB | 7']);
    assert.deepEqual(print('heaviest'), []);
  });

  it('compares what only this build has counted with nothing', () => {
    const words = checkpoint('stage1', 'vocabulary', 1, 1, { counts: { tokens: 7 } });
    const audits = [stageAudit('code', [...former, words], { files: 5 })];
    const lines = countersOf(audits, before.audits).filter(({ step }) => step === 'stage1/vocabulary');
    assert.deepEqual(lines, [
      { mode: 'code', step: 'stage1/vocabulary', counter: 'tokens', value: 7, before: undefined },
    ]);
  });

  it('shows what waits and runs while the build is in work, behind its stages', () => {
    const scheduler = new Scheduler({ tokens: { cpu: 2, io: 4, mem: 3 << 20 }, now: () => 7_000 });
    void scheduler.run('stage1.files', { cpu: 2, mem: 1 << 20, bytes: 2048 }, () => new Promise(() => undefined));
    void scheduler.run('stage1.postings', { cpu: 1, bytes: 2048 }, () => Promise.resolve());
    const running = auditPage('app', [info], { ...audit, scheduler: scheduler.stats() }, null, 0, format).build?.tables;
    assert.deepEqual(
      running?.slice(0, 2).map(({ id }) => id),
      ['stages', 'scheduler'],
    );
    const table = running[1];
    assert.ok(table);
    assert.equal(table.note, 'Tokens in use: 2 of 2 for processors, 0 of 4 for disks, 1.0 MiB of 3.0 MiB of memory.');
    assert.deepEqual(
      table.rows.map((cells) => cells.map(({ text }) => text).join(' | ')),
      [
        'stage1.files | 0 / 2 | 0 B |  | 1 | 0 | 0 | 0 | 0',
        'stage1.postings | 1 / 8 | 2.0 KiB | 0 ms | 0 | 0 | 0 | 0 | 0',
        'stage2.relations | 0 / 64 | 0 B |  | 0 | 0 | 0 | 0 | 0',
        'stage3.embeddings | 0 / 64 | 0 B |  | 0 | 0 | 0 | 0 | 0',
        'stage4.sqlite | 0 / 64 | 0 B |  | 0 | 0 | 0 | 0 | 0',
      ],
    );
    assert.ok(!page.build?.tables.some(({ id }) => id === 'scheduler'));
  });

  it('draws a build that is running until now', () => {
    const { createdAt, phases } = audit.state;
    const startedAt = createdAt;
    const stage1 = { ...phase, status: 'running', startedAt } as const;
    const running = { ...audit, state: { ...audit.state, status: 'running', phases: { ...phases, stage1 } } } as const;
    const now = Date.parse(createdAt) + 75_000;
    const { builds, build } = auditPage('app', [{ ...info, status: 'running' }], running, null, now, format);
    assert.equal(builds[0]?.description, 'running, 4 files, rebuild');
    const { facts, waterfall } = build ?? assert.fail('there is no build');
    assert.ok(!facts.some(({ label }) => label === 'Took'));
    assert.equal(facts.find(({ label }) => label === 'Running for')?.value, '1 min 15 s');
    assert.equal(
      waterfall.timeSummary,
      'Still running; the longest steps so far: processing 950 ms, discovery 100 ms.',
    );
    assert.equal(waterfall.elapsedMs, 75_000);
    const last = { label: 'stage1, running', stage: 0, startMs: 1000, endMs: 75_000, title: '1 min 14 s' };
    assert.deepEqual(waterfall.bars.at(-1), last);
  });

  it('says what to do when there is no build', () => {
    assert.match(auditPage('app', [], null, null, 0, format).empty ?? '', /"Rebuild" makes one/);
  });
});

describe('messages of the Audit', () => {
  it('pass when they are right, and are refused otherwise', () => {
    const run = { type: 'run', command: 'almagest.rebuild' };
    for (const message of [{ type: 'ready' }, { type: 'choose', buildId: 'b' }, { type: 'open', path: 'a' }, run]) {
      assert.deepEqual(parseAuditToHost(message), message);
    }
    const wrong = [null, 1, {}, { type: 'choose' }, { type: 'open', path: '' }, { ...run, command: 'workbench.quit' }];
    for (const message of wrong) assert.equal(parseAuditToHost(message), undefined);
  });
});
