// Answers `almagest/export`: which roots, where to, within which budgets, and one sentence about what was written.

import { basename, join } from 'node:path';
import { artifactNames, resolveByteBudgets, warningOf } from './model/byteBudget';
import type { CommandResult, ExportParams } from './protocol';
import type { SharedRoots } from './sharing/sharedRoots';
import { CancellationError, type CancellationToken } from './util/cancellation';
import { messageOf } from './util/messageOf';
import { counted } from './util/counted';

/** Writes the artifacts of one root after the other. */
export async function exportArtifacts(
  { all, settings }: SharedRoots,
  { root, out, artifacts: names = [] }: ExportParams,
  token: CancellationToken,
): Promise<CommandResult> {
  const targets = all.filter((shared) => root === undefined || shared.root.uri === root);
  const unknown = names.find((name) => !artifactNames.some((each) => each === name));
  if (targets.length === 0) return { ok: false, message: 'No folder with an index is open.', findings: [] };
  if (unknown !== undefined) {
    const message = `There is no artifact "${unknown}". There are ${artifactNames.join(', ')}.`;
    return { ok: false, message, findings: [] };
  }
  const artifacts = artifactNames.filter((name) => names.includes(name));
  const findings: string[] = [];
  try {
    const budgets = resolveByteBudgets({ byteBudgets: settings.byteBudgets, strict: settings.byteBudgetStrict });
    for (const shared of targets) {
      const folder = targets.length === 1 || out === undefined ? out : join(out, basename(shared.root.path));
      const where = folder === undefined ? {} : { out: folder };
      const written = await shared.ask('export', { ...where, artifacts, budgets }, token);
      if ('refusal' in written) return { ok: false, message: written.refusal, findings };
      const rows = written.artifacts.reduce((sum, each) => sum + each.rows, 0);
      findings.push(`${counted(written.artifacts.length, 'artifact')} with ${counted(rows, 'row')} in ${written.out}`);
      findings.push(...written.budgets.flatMap((use) => warningOf(use) ?? []));
    }
  } catch (error) {
    const isCancelled = error instanceof CancellationError;
    const message = isCancelled ? 'The export was cancelled; what was there stays.' : messageOf(error);
    return { ok: false, message, findings };
  }
  const message = `Artifacts of ${targets.map((shared) => shared.root.name).join(', ')} are written.`;
  return { ok: true, message, findings };
}
