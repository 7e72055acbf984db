// Answers `almagest/export`: which roots, where to, within which budgets, and one sentence about what was written.

import { basename, isAbsolute, join } from 'node:path';
import { writeArtifacts } from './export/artifacts/writeArtifacts';
import { artifactNames, resolveByteBudgets } from './model/byteBudget';
import type { RootIndex } from './pipeline/rootIndex';
import type { WorkspaceIndexes } from './pipeline/workspaceIndexes';
import type { CommandResult, ExportParams, RootStatus } from './protocol';
import { CancellationError, type CancellationToken } from './util/cancellation';

/** Writes the artifacts of one root after the other; `onProgress` hears the status of the one in work. */
export async function exportArtifacts(
  indexes: WorkspaceIndexes,
  { root, out, artifacts = [] }: ExportParams,
  onProgress: (status: RootStatus) => void,
  token: CancellationToken,
): Promise<CommandResult> {
  const targets = indexes.indexes.filter((index) => root === undefined || index.root.uri === root);
  const unknown = artifacts.find((name) => !artifactNames.some((each) => each === name));
  const refusal =
    targets.length === 0
      ? 'No folder with an index is open.'
      : unknown !== undefined
        ? `There is no artifact "${unknown}". There are ${artifactNames.join(', ')}.`
        : out !== undefined && !isAbsolute(out)
          ? `${out} is no absolute path.`
          : undefined;
  if (refusal !== undefined) return { ok: false, message: refusal, findings: [] };
  const findings: string[] = [];
  try {
    for (const index of targets) {
      const folder = targets.length === 1 || out === undefined ? out : join(out, basename(index.root.path));
      findings.push(await exportRoot(indexes, index, folder, artifacts, onProgress, token));
    }
    return {
      ok: true,
      message: `Artifacts of ${targets.map(({ root: { name } }) => name).join(', ')} are written.`,
      findings,
    };
  } catch (error) {
    if (error instanceof CancellationError)
      return { ok: false, message: 'The export was cancelled; what was there stays.', findings };
    return { ok: false, message: error instanceof Error ? error.message : String(error), findings };
  }
}

async function exportRoot(
  { settings }: WorkspaceIndexes,
  index: RootIndex,
  out: string | undefined,
  artifacts: readonly string[],
  onProgress: (status: RootStatus) => void,
  token: CancellationToken,
): Promise<string> {
  const { path } = index.root;
  const result = await writeArtifacts({
    facts: index.facts,
    root: path,
    rootName: basename(path),
    out: out ?? join(index.status.indexFolder, 'artifacts'),
    artifacts: artifactNames.filter((name) => artifacts.includes(name)),
    budgets: resolveByteBudgets({ byteBudgets: settings.byteBudgets, strict: settings.byteBudgetStrict }),
    onProgress: ({ step, done, total }) =>
      onProgress({ ...index.status, progress: { stage: 'artifacts', current: step, done, total } }),
    token,
  });
  const rows = result.artifacts.reduce((sum, each) => sum + each.rows, 0);
  return `${result.artifacts.length} artifacts with ${rows.toLocaleString('en')} rows in ${result.out}`;
}
