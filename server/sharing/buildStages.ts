// Which stages follow stage1 of a build, and the artifacts among them: a full build writes them where they are small enough
// to be written unasked.

import { basename } from 'node:path';
import { writeArtifacts } from '../export/artifacts/writeArtifacts';
import { ByteBudgetError } from '../model/byteBudget';
import { artifactsFolder, keepArtifactsOf } from '../pipeline/audit/builds';
import { embeddingsStage, type LaterStage, type StageContext } from '../pipeline/laterStages';
import { relationsStage, unwaitedRelations, type ArtifactsStep } from '../pipeline/relations';

/** What follows stage1 of a build, in this order. stage4 is made by the first query of the SQLite form. */
export const buildStages: readonly LaterStage[] = [relationsStage({ artifacts: buildArtifacts }), embeddingsStage];
/** The same in a process that ends when its command is done. */
export const commandStages: readonly LaterStage[] = [unwaitedRelations, embeddingsStage];

/**
 * Artifacts have more bytes than their sources: 5.5 times as many of django, 13 times of Go. Where so many times would
 * exceed the budget, they are not begun.
 */
const bytesPerSourceByte = 8;

/** Writes `artifacts` in the folder of a full build, an artifact a task; those of older builds go when they are whole. */
async function buildArtifacts(...[context, made]: Parameters<ArtifactsStep>): ReturnType<ArtifactsStep> {
  const { root, facts, budgets, report, task, token, indexFolder, buildId } = context;
  const reason = whyNot(context);
  if (reason !== undefined) {
    report.checkpoint('artifacts', {}, { detail: reason });
    return;
  }
  const budget = budgets.build_artifacts;
  try {
    await writeArtifacts({
      facts,
      root,
      rootName: basename(root),
      out: artifactsFolder(indexFolder, buildId),
      artifacts: [],
      budgets: { ...budgets, stage2: budget },
      onProgress: () => undefined,
      report,
      made,
      task,
      token,
    });
    await keepArtifactsOf(indexFolder, buildId);
  } catch (error) {
    if (!(error instanceof ByteBudgetError) || error.budget !== budget) throw error;
    const { artifact, maxBytes: limitBytes } = budget;
    const nothing = { rows: 0, removedRows: 0, parts: 0 };
    report.budget({ artifact, usedBytes: error.usedBytes, limitBytes, action: 'skipped', ...nothing });
    report.checkpoint('artifacts', {}, { detail: `${error.message} ${exportHint}` });
  }
}

const exportHint = '"almagest export" writes them.';

/** Why a build writes no artifacts; undefined when it does. */
function whyNot({ isFull, facts, budgets }: StageContext): string | undefined {
  if (!isFull) return `only full builds write artifacts; ${exportHint}`;
  const most = Math.floor(budgets.build_artifacts.maxBytes / bytesPerSourceByte);
  if (facts.counts.bytes <= most) return undefined;
  const [have, limit] = [facts.counts.bytes, most].map((bytes) => (bytes / 2 ** 20).toFixed(0));
  return `${have} MiB of sources are more than the ${limit} whose artifacts are written unasked; ${exportHint}`;
}
