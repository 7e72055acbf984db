// The account of builds: what a build leaves behind, that it is equal for equal trees, and what a killed build says.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { artifactNames } from '../../server/model/byteBudget';
import { modes } from '../../server/model/mode';
import schema from '../../server/pipeline/audit/builds.schema.json';
import { stableProjection } from '../../server/pipeline/audit/summary';
import type { LaterStage } from '../../server/pipeline/laterStages';
import type { RootIndex } from '../../server/pipeline/rootIndex';
import type { BuildAudit } from '../../server/protocol';
import { buildStages } from '../../server/sharing/buildStages';
import { withIndex } from '../support/indexes';
import { definitionOf, schemaFaults } from '../support/jsonSchema';
import { withTemporaryFolder } from '../support/temporaryFolder';

/** A tree with all modes, a skipped file and a hundred files, so that a change of all is a large one. */
async function makeTree(root: string, edition = 'first'): Promise<void> {
  await mkdir(join(root, 'src'), { recursive: true });
  for (let i = 0; i < 100; i++) {
    const comment = '// A comment of some lines,\n// that says what follows,\n// and why it is here.\n';
    const body = `export function f${i}(a: number): number {\n  return g${i}(a); // ${edition}\n}\n`;
    await writeFile(join(root, 'src', `m${i}.ts`), `import { g${i} } from './other';\n${comment}${body}`);
  }
  await writeFile(join(root, 'README.md'), `# Title\n\n${edition}\n\n## Part\n\nMore.\n`);
  await writeFile(join(root, 'data.json'), JSON.stringify({ edition, list: [1, 2, 3] }));
  await writeFile(join(root, 'picture.bin'), Buffer.from([0, 1, 2, 3]));
}

async function newestAudit(index: RootIndex): Promise<BuildAudit> {
  const audit = await index.audit();
  assert.ok(audit);
  return audit;
}

function stableText(audit: BuildAudit): string {
  return JSON.stringify(audit.audits.map(stableProjection), undefined, 1);
}

describe('the account of a build', function () {
  this.timeout(300_000);

  it('has an audit per mode with every step of stage1, and a state that says done', async () => {
    await withTemporaryFolder(async (folder) => {
      const root = join(folder, 'tree');
      await makeTree(root);
      await withIndex(root, join(folder, 'index'), async (index) => {
        const { state, audits, costs } = await newestAudit(index);
        assert.equal(state.status, 'done');
        assert.equal(state.cause, 'first build');
        assert.deepEqual(
          Object.entries(state.phases).map(([name, { status }]) => `${name} ${status}`),
          ['stage1 done', 'stage2 done', 'stage3 unavailable', 'stage4 unavailable'],
        );
        assert.deepEqual(
          audits.map(({ mode }) => mode),
          modes,
        );
        for (const { checkpoints } of audits) {
          assert.deepEqual(
            checkpoints.filter(({ stage }) => stage !== 'artifacts').map(({ stage, step }) => `${stage}/${step}`),
            [
              'stage1/discovery',
              'stage1/imports',
              'stage1/processing',
              'stage1/postings',
              'stage1/vocabulary',
              'stage1/write',
              'stage2/relations',
              'stage2/analyze/fan',
              'stage2/analyze/import-cycles',
              'stage2/enrich/dead-candidates',
              'stage2/validate/budgets',
              'stage3/chunks',
            ],
          );
          assert.ok(checkpoints.every((point, i) => point.elapsedMs >= (checkpoints[i - 1]?.elapsedMs ?? 0)));
          assert.ok(checkpoints.every(({ memory }) => memory.rss > 0));
        }
        const [code, prose, comments, records] = audits.map(
          ({ checkpoints }) => checkpoints.find(({ step }) => step === 'processing')?.extra.counts ?? {},
        );
        assert.deepEqual([code?.['files'], code?.['imports'], code?.['skipped.binary']], [100, 100, 1]);
        assert.deepEqual([prose?.['files'], records?.['files']], [1, 1]);
        const words = audits.map(
          ({ checkpoints }) => checkpoints.find(({ step }) => step === 'vocabulary')?.extra.counts,
        );
        assert.deepEqual(words.slice(1), [
          { tokens: 4, postings: 4, vocabulary: 4 },
          { tokens: 1400, postings: 1400, vocabulary: 14 },
          { tokens: 6, postings: 6, vocabulary: 6 },
        ]);
        const edges = audits[0]?.checkpoints.find(({ step }) => step === 'relations')?.extra.counts ?? {};
        assert.deepEqual([edges['files'], edges['edges.import'], edges['edges.call']], [100, 100, 100]);
        const statuses = ['resolved', 'ambiguous', 'external', 'unresolved'].map((status) => edges[status] ?? 0);
        const kinds = ['call', 'import', 'export', 'extends', 'implements', 'typeRef'];
        const total = kinds.reduce((sum, kind) => sum + (edges[`edges.${kind}`] ?? 0), 0);
        assert.equal(
          statuses.reduce((sum, count) => sum + count, 0),
          total,
        );
        assert.deepEqual([comments?.['files'], comments?.['chunks']], [100, 100]);
        assert.deepEqual(state.counts.code?.skipped, { binary: 1 });
        assert.deepEqual(state.progress.code, { processedFiles: 100, totalFiles: 100 });
        assert.deepEqual(await faultsOf(index), []);
        assert.equal(costs.slowest.length, 50);
        assert.ok(costs.slowest.every(({ micros }, i) => micros <= (costs.slowest[i - 1]?.micros ?? Infinity)));
      });
    });
  });

  it('is equal, but for times and memory, for two builds of one tree', async () => {
    await withTemporaryFolder(async (folder) => {
      const root = join(folder, 'tree');
      await makeTree(root);
      const texts: string[] = [];
      for (const [place, threads] of [
        ['one', 1],
        ['two', 3],
      ] as const) {
        await withIndex(root, join(folder, place), async (index) => texts.push(stableText(await newestAudit(index))), {
          threads,
        });
      }
      assert.equal(texts[0], texts[1]);
      assert.ok((texts[0] ?? '').includes('"symbols"'));
    });
  });

  it('has the artifacts of full builds, of the newest one only, and says why a change has none', async () => {
    await withTemporaryFolder(async (folder) => {
      const root = join(folder, 'tree');
      await makeTree(root);
      const withArtifacts = async (index: RootIndex): Promise<string[]> => {
        const builds = join(index.status.indexFolder, 'builds');
        const names = await readdir(builds, { recursive: true });
        return names.filter((name) => name.endsWith('manifest.json')).map((name) => name.split('/')[0] ?? '');
      };
      const stepsOf = ({ audits }: BuildAudit): string[] =>
        (audits[0]?.checkpoints ?? [])
          .filter(({ stage, step }) => stage === 'stage2' || step === 'byte-budget')
          .map(({ step, extra: { artifact = '', detail = '' } }) => `${step} ${artifact}${detail}`.trim());
      const texts: string[] = [];
      for (const place of ['one', 'two']) {
        await withIndex(
          root,
          join(folder, place),
          async (index) => {
            const first = await newestAudit(index);
            texts.push(stableText(first));
            const steps = stepsOf(first);
            assert.equal(steps[0], 'relations');
            // Each artifact, and the pool that they share.
            assert.equal(steps.filter((step) => step.startsWith('byte-budget ')).length, artifactNames.length + 1);
            assert.deepEqual(steps.slice(-3), ['artifacts', 'write', 'validate/budgets']);
            assert.deepEqual(await withArtifacts(index), [first.state.buildId]);
            await makeTree(root, `third ${place}`);
            index.requestScan('test');
            await index.settled();
            const change = await newestAudit(index);
            assert.match(stepsOf(change).join('\n'), /^artifacts only full builds write artifacts/m);
            assert.deepEqual(await withArtifacts(index), [first.state.buildId]);
            await index.rebuild();
            await index.settled();
            assert.deepEqual(await withArtifacts(index), [(await newestAudit(index)).state.buildId]);
            assert.deepEqual(await faultsOf(index), []);
            await makeTree(root);
          },
          { laterStages: buildStages },
        );
      }
      assert.equal(texts[0], texts[1]);
      // What a writing that was killed left goes at the next start; what is whole stays.
      const killed = join(folder, 'two');
      const manifest =
        (await readdir(killed, { recursive: true })).find((name) => name.endsWith('manifest.json')) ?? '';
      const left = join(killed, manifest, '..', '..', '.artifacts.new-4194304-abcdef');
      await mkdir(left);
      await withIndex(root, killed, async () => {
        assert.ok(!(await readdir(join(left, '..'))).includes('.artifacts.new-4194304-abcdef'));
        assert.ok((await readdir(join(left, '..'))).includes('artifacts'));
      });
      const tooLarge = { build_artifacts: 1000 };
      await withIndex(
        root,
        join(folder, 'three'),
        async (index) => {
          const audit = await newestAudit(index);
          assert.equal(audit.state.status, 'done');
          assert.match(
            stepsOf(audit).join('\n'),
            /^artifacts build_artifacts needs at least [\d,]+ bytes, more than its budget of 1,000 .*"almagest export"/m,
          );
          assert.equal(audit.state.byteBudgets.used?.['build_artifacts']?.action, 'skipped');
          assert.deepEqual(await withArtifacts(index), []);
        },
        { laterStages: buildStages, byteBudgets: tooLarge },
      );
      // Words make few rows of facts, but many of postings.
      const words = Array.from({ length: 60_000 }, (_, i) => `word${i}`);
      await writeFile(join(root, 'words.txt'), words.join('\n'));
      const exceeded = { build_artifacts: 2_500_000 };
      await withIndex(
        root,
        join(folder, 'four'),
        async (index, indexes) => {
          const audit = await newestAudit(index);
          assert.equal(audit.state.status, 'done');
          assert.match(
            stepsOf(audit).join('\n'),
            /^artifacts build_artifacts needs .* more than its budget of 2,500,000/m,
          );
          const uses = audit.audits[0]?.checkpoints.filter(({ extra }) => extra.artifact === 'build_artifacts');
          assert.deepEqual(
            uses?.map(({ extra }) => extra.budget?.action),
            ['skipped'],
          );
          // Strictness makes of it a failure, of its stage and of the build.
          indexes.settings = { ...indexes.settings, byteBudgetStrict: true };
          assert.ok((await index.rebuild()).ok);
          await index.settled();
          const strict = await newestAudit(index);
          assert.deepEqual([strict.state.status, strict.state.phases.stage2.status], ['failed', 'failed']);
          assert.match(strict.state.phases.stage2.detail, /build_artifacts needs .*2,500,000 \(skip, strict\)/);
          assert.equal(strict.state.byteBudgets.used?.['build_artifacts']?.action, 'failed');
          // Nothing that was written before stands as if it were there.
          const { used = {} } = audit.state.byteBudgets;
          const artifacts = artifactNames.flatMap((name) => used[name] ?? []);
          assert.ok(artifacts.length > 1);
          for (const { action, rows } of artifacts) assert.deepEqual([action, rows], ['discarded', 0]);
          assert.ok((used['file_meta']?.usedBytes ?? 0) > 0);
          assert.deepEqual(await withArtifacts(index), []);
          const left = await readdir(join(index.status.indexFolder, 'builds', audit.state.buildId));
          assert.deepEqual(left.sort(), ['build_state.json', 'metrics']);
        },
        { laterStages: buildStages, byteBudgets: exceeded },
      );
    });
  });

  it('has the artifacts of a build that goes on where another was interrupted', async () => {
    await withTemporaryFolder(async (folder) => {
      const [root, indexDir] = [join(folder, 'tree'), join(folder, 'index')];
      await makeTree(root);
      const stateFile = await withIndex(root, indexDir, async (index) => {
        const { state } = await newestAudit(index);
        return join(index.status.indexFolder, 'builds', state.buildId, 'build_state.json');
      });
      // As a kill leaves it: the files of the second edition were not reached.
      const state = JSON.parse(await readFile(stateFile, 'utf8')) as Record<string, unknown>;
      await writeFile(stateFile, JSON.stringify({ ...state, status: 'running' }));
      await makeTree(root, 'second');
      await withIndex(
        root,
        indexDir,
        async (index) => {
          const { state: next } = await newestAudit(index);
          assert.equal(next.cause, 'start, going on after an interruption');
          const names = await readdir(join(index.status.indexFolder, 'builds', next.buildId, 'artifacts'));
          assert.ok(names.includes('manifest.json'));
        },
        { laterStages: buildStages },
      );
    });
  });

  it('tells what the stores use of their budgets, by the settings, and what was done beyond them', async () => {
    await withTemporaryFolder(async (folder) => {
      const [root, place] = [join(folder, 'tree'), join(folder, 'index')];
      await makeTree(root);
      const usesOf = (audit: BuildAudit): string[] => {
        const used = Object.values(audit.state.byteBudgets.used ?? {});
        const points = audit.audits.flatMap(({ checkpoints }) => checkpoints);
        for (const { artifact, usedBytes, limitBytes, action } of used) {
          const told = points.find(({ step, extra }) => step === 'store-budget' && extra.artifact === artifact);
          assert.deepEqual(told?.extra.budget, { usedBytes, limitBytes, action });
          assert.equal(usedBytes > limitBytes, action === 'sharded' || action === 'warned', artifact);
        }
        return used.map(({ artifact, limitBytes, action }) => `${artifact} ${limitBytes} ${action}`);
      };
      let quarantine = '';
      await withIndex(root, place, async (index) => {
        quarantine = join(index.status.indexFolder, 'quarantine');
        const audit = await newestAudit(index);
        assert.deepEqual(usesOf(audit), [
          `journal ${64 << 20} none`,
          `snapshot ${1 << 30} none`,
          `quarantine ${64 << 20} none`,
          `stage_audit ${256 << 10} none`,
        ]);
        assert.ok((audit.state.byteBudgets.used?.['journal']?.usedBytes ?? 0) > 10_000);
      });
      await mkdir(quarantine);
      for (const name of ['1-old', '2-new']) await writeFile(join(quarantine, name), 'x'.repeat(100));
      const byteBudgets = { journal: 1000, snapshot: 2000, quarantine: 150 };
      await withIndex(
        root,
        place,
        async (index) => {
          assert.deepEqual(await readdir(quarantine), ['2-new']);
          assert.ok((await index.rebuild()).ok);
          await index.settled();
          const told = ['journal 1000 sharded', 'snapshot 2000 warned', 'quarantine 150 dropped'];
          assert.deepEqual(usesOf(await newestAudit(index)).slice(0, 3), told);
        },
        { byteBudgets },
      );
    });
  });

  it('is kept for the last ten builds, and none is made for a few files', async () => {
    await withTemporaryFolder(async (folder) => {
      const root = join(folder, 'tree');
      await makeTree(root);
      await withIndex(root, join(folder, 'index'), async (index) => {
        await writeFile(join(root, 'README.md'), '# Other\n');
        index.hint(['README.md']);
        await index.settled();
        assert.equal((await index.builds()).length, 1);
        await makeTree(root, 'second');
        index.requestScan('test');
        await index.settled();
        const [large] = await index.builds();
        assert.deepEqual([large?.cause, large?.status, large?.files], ['test', 'done', 102]);
        for (let i = 0; i < 10; i++) assert.ok((await index.rebuild()).ok);
        await index.settled();
        const builds = await index.builds();
        assert.equal(builds.length, 10);
        assert.ok(builds.every(({ status, cause }) => status === 'done' && cause === 'rebuild'));
        const folders = await readdir(join(index.status.indexFolder, 'builds'));
        assert.deepEqual(
          folders.sort().reverse(),
          builds.map(({ buildId }) => buildId),
        );
      });
    });
  });

  it('stays below its budget whatever its stages tell, closes well, and says what it left out', async () => {
    await withTemporaryFolder(async (folder) => {
      const root = join(folder, 'tree');
      await makeTree(root);
      const steps = 2000;
      // Counters are what the summaries repeat; a letter may take three bytes.
      const counts = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`counter ${i} 漢字`, 2 ** 52 + i]));
      const talkative: LaterStage = {
        name: 'stage2',
        run({ report }) {
          for (let i = 0; i < steps; i++)
            report.checkpoint(`step ${i} 漢字漢字漢字`, { code: counts }, { detail: '漢' });
          return Promise.resolve(undefined);
        },
      };
      await withIndex(
        root,
        join(folder, 'index'),
        async (index) => {
          const { state, audits } = await newestAudit(index);
          assert.equal(state.status, 'done');
          const metrics = join(index.status.indexFolder, 'builds', state.buildId, 'metrics');
          const { size } = await stat(join(metrics, 'stage-audit-code.json'));
          assert.ok(size > 80_000 && size <= 256 << 10, `${size} bytes`);
          const { checkpoints = [], stages } = audits[0] ?? {};
          const kept = checkpoints.filter(({ stage }) => stage === 'stage2').length;
          assert.ok(kept > 20 && kept < steps);
          assert.equal(stages?.stage2?.checkpointCount, kept);
          const use = state.byteBudgets.used?.['stage_audit'];
          assert.equal(use?.action, 'trimmed');
          assert.ok(use.removedRows >= steps - kept);
          // Where the account ends is told by the account itself.
          const last = checkpoints.at(-1);
          assert.deepEqual([last?.step, last?.extra.budget?.action], ['store-budget', 'trimmed']);
          assert.deepEqual(await faultsOf(index), []);
        },
        { laterStages: [talkative] },
      );
    });
  });

  it('says interrupted after a kill in its middle, and the next build is whole', async () => {
    await withTemporaryFolder(async (folder) => {
      const [root, indexDir] = [join(folder, 'tree'), join(folder, 'index')];
      await makeTree(root);
      for (let i = 0; i < 1500; i++) {
        await writeFile(join(root, `more${i}.py`), `def f${i}(a):\n    return g(a)\n`.repeat(200));
      }
      const args = [join(process.cwd(), 'dist', 'cli.js'), 'index', root, '--index-dir', indexDir];
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      const ended = once(child, 'exit');
      await untilCheckpoint(indexDir, () => child.exitCode !== null);
      child.kill('SIGKILL');
      const [, signal] = (await ended) as [number | null, string | null];
      assert.equal(signal, 'SIGKILL');
      const died = Date.now();
      await withIndex(root, indexDir, async (index) => {
        const [next, former] = await index.builds();
        assert.deepEqual([former?.status, next?.status], ['interrupted', 'done']);
        // It lasted until its last sign of life, not until somebody found it.
        const [began, lastSign] = [Date.parse(former?.createdAt ?? ''), Date.parse(former?.finishedAt ?? '')];
        assert.ok(began <= lastSign && lastSign <= died && (former?.elapsedMs ?? 0) >= lastSign - began);
        const audit = await index.audit(former?.buildId);
        for (const { checkpoints } of audit?.audits ?? []) {
          assert.deepEqual(
            [checkpoints[0]?.step, checkpoints[checkpoints.length - 1]?.step],
            ['discovery', 'interrupted'],
          );
        }
        assert.deepEqual(await faultsOf(index), []);
        assert.equal(audit?.audits.length, 4);
        assert.equal(audit.state.phases.stage1.status, 'interrupted');
        assert.ok((await index.verify()).ok);
      });
    });
  });
});

/** What is wrong with the files that builds left, by their schema. */
async function faultsOf(index: RootIndex): Promise<readonly string[]> {
  const folder = join(index.status.indexFolder, 'builds');
  const names = await readdir(folder, { recursive: true });
  const faults: string[] = [];
  let checked = 0;
  for (const name of names) {
    const definition = /build_state\.json$/.test(name) ? 'build_state' : /stage-audit-/.test(name) ? 'stage_audit' : '';
    if (definition === '') continue;
    checked++;
    const value: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
    faults.push(...schemaFaults(value, definitionOf(schema, definition)).map((fault) => `${name} ${fault}`));
  }
  assert.ok(checked > modes.length);
  return faults;
}

/** Resolves when a build has written its first checkpoint. */
async function untilCheckpoint(indexDir: string, hasEnded: () => boolean): Promise<void> {
  while (!hasEnded()) {
    const names = await readdir(indexDir, { recursive: true }).catch(() => []);
    const audit = names.find((name) => name.endsWith('stage-audit-records.json'));
    if (audit !== undefined && (await readFile(join(indexDir, audit), 'utf8')).includes('discovery')) return;
    await new Promise(setImmediate);
  }
}
