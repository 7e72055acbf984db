// Which stages follow stage1 of a build, and the artifacts among them: a full build writes them where they are small enough
// to be written unasked.

import { basename } from 'node:path';
import { writeArtifacts } from '../export/artifacts/writeArtifacts';
import { artifactNames, ByteBudgetError, warningOf } from '../model/byteBudget';
import { artifactsFolder, keepArtifactsOf } from '../pipeline/audit/builds';
import { embeddingsStage, type LaterStage } from '../pipeline/laterStages';
import { relationsStage, unwaitedRelations, type ArtifactsStep } from '../pipeline/relations';

/** What follows stage1 of a build, in this order. stage4 is made by the first query of the SQLite form. */
export const buildStages: readonly LaterStage[] = [relationsStage({ artifacts: buildArtifacts }), embeddingsStage];
/** The same in a process that ends when its command is done. */
export const commandStages: readonly LaterStage[] = [unwaitedRelations, embeddingsStage];

/**
 * Writes `artifacts` in the folder of a full build, an artifact a task; those of older builds go when they are whole.
 * Whether they are small enough is told by writing them: what turns out to be too much is taken back.
 */
async function buildArtifacts(...[context, made]: Parameters<ArtifactsStep>): ReturnType<ArtifactsStep> {
  const { root, facts, budgets, report, task, measure, warn, token, indexFolder, buildId } = context;
  if (!context.isFull) {
    report.checkpoint('artifacts', {}, { detail: `only full builds write artifacts; ${exportHint}` });
    return;
  }
  const budget = budgets.build_artifacts;
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
      const warning = warningOf(use);
      if (warning !== undefined) warn(warning);
    }
  } catch (error) {
    if (!(error instanceof ByteBudgetError) || error.budget !== budget || budget.strict) throw error;
    const detail = `${error.message} ${exportHint}`;
    warn(`Artifacts are left out of the build: ${detail}`);
    report.checkpoint('artifacts', {}, { detail });
  }
}

const exportHint = '"almagest export" writes them.';
