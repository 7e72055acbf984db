// Which stages follow stage1 of a build, and the artifacts among them: a full build writes them where they are small enough
// to be written unasked.

import { basename } from 'node:path';
import { writeArtifacts } from '../export/artifacts/writeArtifacts';
import { ByteBudgetError, lossOf } from '../model/byteBudget';
import { artifactsFolder, keepArtifactsOf } from '../pipeline/audit/builds';
import { embeddingsStage, type LaterStage, type StageContext } from '../pipeline/laterStages';
import { relationsStage, unwaitedRelations, type ArtifactsStep } from '../pipeline/relations';

/** What follows stage1 of a build, in this order. stage4 is made by the first query of the SQLite form. */
export const buildStages: readonly LaterStage[] = [relationsStage({ artifacts: buildArtifacts }), embeddingsStage];
/** The same in a process that ends when its command is done. */
export const commandStages: readonly LaterStage[] = [unwaitedRelations, embeddingsStage];

/**
 * Bytes of all artifacts for each row of facts: 953 in django, 917 in Go. Where so many would exceed the budget, nothing is
 * begun; what is really written decides all the same.
 */
const bytesPerRow = 950;

/** Writes `artifacts` in the folder of a full build, an artifact a task; those of older builds go when they are whole. */
async function buildArtifacts(...[context, made]: Parameters<ArtifactsStep>): ReturnType<ArtifactsStep> {
  const { root, facts, budgets, report, task, warn, token, indexFolder, buildId } = context;
  const reason = whyNot(context);
  if (reason !== undefined) {
    report.checkpoint('artifacts', {}, { detail: reason });
    return;
  }
  const budget = budgets.build_artifacts;
  try {
    const written = await writeArtifacts({
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
    for (const use of written.budgets) {
      const loss = lossOf(use);
      if (loss !== undefined) warn(loss);
    }
  } catch (error) {
    if (!(error instanceof ByteBudgetError) || error.budget !== budget) throw error;
    report.checkpoint('artifacts', {}, { detail: `${error.message} ${exportHint}` });
  }
}

const exportHint = '"almagest export" writes them.';

/** Why a build writes no artifacts; undefined when it does. */
function whyNot({ isFull, facts, budgets }: StageContext): string | undefined {
  if (!isFull) return `only full builds write artifacts; ${exportHint}`;
  const { symbols, imports, callSites, typeRefs, chunks } = facts.counts;
  const rows = symbols + imports + callSites + typeRefs + chunks;
  const { maxBytes } = budgets.build_artifacts;
  if (rows * bytesPerRow <= maxBytes) return undefined;
  const [would, limit] = [rows * bytesPerRow, maxBytes].map((bytes) => Math.ceil(bytes / 2 ** 20).toLocaleString('en'));
  return `they would have about ${would} MiB, more than the ${limit} that are written unasked; ${exportHint}`;
}
