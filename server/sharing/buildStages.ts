// Which stages follow stage1 of a build, and the artifacts among them: a full build writes them where they are small enough
// to be written unasked.

import { basename } from 'node:path';
import { writeArtifacts } from '../export/artifacts/writeArtifacts';
import { artifactNames, ByteBudgetError, lossOf, splitOf } from '../model/byteBudget';
import { artifactsFolder, keepArtifactsOf } from '../pipeline/audit/builds';
import { embeddingsStage, type LaterStage, type StageContext } from '../pipeline/laterStages';
import { relationsStage, unwaitedRelations, type ArtifactsStep } from '../pipeline/relations';
import { StagePool } from '../store/budgetedRows';
import { byteText } from '../model/byteText';

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
  const { root, facts, budgets, report, task, measure, warn, token, indexFolder, buildId } = context;
  if (!context.isFull) {
    report.checkpoint('artifacts', {}, { detail: `only full builds write artifacts; ${exportHint}` });
    return;
  }
  const budget = budgets.build_artifacts;
  // Strictness fails for what is really written, not for what it was taken to be.
  const expected = budget.strict ? 0 : expectedBytes(context);
  if (expected > budget.maxBytes) {
    const detail = `they would have about ${byteText(expected)}, more than the ${byteText(budget.maxBytes)} that are written unasked; ${exportHint}`;
    warn(`Artifacts are left out of the build: ${detail}`);
    report.budget({ ...new StagePool(budget).use, action: 'skipped' });
    report.checkpoint('artifacts', {}, { detail });
    return;
  }
  const meter = measure('artifacts', made.rows.length * artifactNames.length, 'passes');
  try {
    const written = await writeArtifacts({
      facts,
      root,
      rootName: basename(root),
      out: artifactsFolder(indexFolder, buildId),
      artifacts: [],
      budgets: { ...budgets, stage2: budget },
      onProgress: ({ step, done }) => meter.reach(done, step),
      report,
      made,
      task,
      token,
    });
    await keepArtifactsOf(indexFolder, buildId);
    for (const use of written.budgets) {
      const warning = lossOf(use) ?? splitOf(use);
      if (warning !== undefined) warn(warning);
    }
  } catch (error) {
    if (!(error instanceof ByteBudgetError) || error.budget !== budget || budget.strict) throw error;
    warn(error.message);
    report.checkpoint('artifacts', {}, { detail: `${error.message} ${exportHint}` });
  }
}

const exportHint = '"almagest export" writes them.';

/** Bytes of all artifacts of the facts, roughly. */
function expectedBytes({ facts }: StageContext): number {
  const { symbols, imports, callSites, typeRefs, chunks } = facts.counts;
  return (symbols + imports + callSites + typeRefs + chunks) * bytesPerRow;
}
