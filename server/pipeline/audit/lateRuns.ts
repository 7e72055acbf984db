// What somebody asks for when a build is over, accounted for beside it: artifacts (`almagest export`) and the SQLite form
// (stage4). Each run has one file in the folder of the build whose facts it worked on, appended like an audit, so a crash
// leaves a prefix that reads. Any process may add one, the owner of the index or not: no two share a file.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointExtra, Counts, LateRunKind, StageName, StageReport } from '../../model/stageAudit';
import { CancellationError } from '../../util/cancellation';
import { messageOf } from '../../util/messageOf';
import { AuditFile } from './auditFile';
import { buildFolder, buildIds, metricsFolder } from './builds';
import { readBuildState } from './buildStateFile';
import { budgetCounts, budgetExtra, budgetStep, memoryNow } from './checkpoint';
import { lateRunFiles, lateRunName } from './lateRunFiles';

/** So many runs of each kind are kept with a build. */
const keptRuns = 5;
const maxBytes = 80 << 10;
const maxDetail = 300;
const stageOf: Readonly<Record<LateRunKind, StageName>> = { artifacts: 'stage2', sqlite: 'stage4' };

/** Where a run is accounted for. */
export interface LateRunPlace {
  /** Folder of the root's index. */
  readonly indexFolder: string;
  readonly warn: (line: string) => void;
}

/** Runs `run`, with an account beside the newest build. Where that cannot be written, a warning says so, and it runs. */
export async function recordLateRun<T>(
  { indexFolder, warn }: LateRunPlace,
  kind: LateRunKind,
  run: (report: StageReport) => Promise<T>,
): Promise<T> {
  const attempt = <R>(action: Promise<R>): Promise<R | undefined> =>
    action.catch((error: unknown) => {
      warn(`a run of ${kind} is not in the audit: ${messageOf(error)}`);
      return undefined;
    });
  const startedMs = performance.now();
  const file = await attempt(create(indexFolder, kind));
  const report = reportTo(file, stageOf[kind], startedMs);
  try {
    return await run(report);
  } catch (error) {
    const step = error instanceof CancellationError ? 'interrupted' : 'failed';
    report.checkpoint(step, {}, { detail: messageOf(error).slice(0, maxDetail) });
    throw error;
  } finally {
    if (file !== undefined) await attempt(file.close());
  }
}

async function create(indexFolder: string, kind: LateRunKind): Promise<AuditFile | undefined> {
  const buildId = await buildOfFacts(indexFolder);
  if (buildId === undefined) return undefined; // an index that an older version made has none
  const folder = metricsFolder(indexFolder, buildId);
  const older = (await lateRunFiles(folder)).filter((run) => run.kind === kind);
  for (const { name } of older.slice(keptRuns - 1)) await rm(join(folder, name), { force: true });
  const now = new Date();
  const record = { version: 1, generatedAt: now.toISOString(), buildId, mode: 'code' } as const;
  return AuditFile.create(join(folder, lateRunName(kind, now)), record, maxBytes);
}

/** The newest build that came to the end of stage1: a rebuild that did not left the facts as they were. */
async function buildOfFacts(indexFolder: string): Promise<string | undefined> {
  const ids = await buildIds(indexFolder);
  for (const id of ids) {
    const state = await readBuildState(buildFolder(indexFolder, id));
    if (state?.phases.stage1.status === 'done') return id;
  }
  return ids[0];
}

function reportTo(file: AuditFile | undefined, own: StageName, startedMs: number): StageReport {
  const append = (stage: StageName, step: string, counts: Counts, extra: Omit<CheckpointExtra, 'counts'>): void => {
    file?.append({
      at: new Date().toISOString(),
      elapsedMs: Math.round((performance.now() - startedMs) * 10) / 10,
      stage,
      step,
      memory: memoryNow(),
      extra: { counts, ...extra },
    });
  };
  return {
    checkpoint: (step, { code = {} }, extra = {}) => append(own, step, code, extra),
    budget: (use) => append('artifacts', budgetStep(use), budgetCounts(use), budgetExtra(use)),
  };
}
