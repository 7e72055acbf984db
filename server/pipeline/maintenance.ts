// What "Verify" tells and what "Repair" does about it.

import type { CommandResult } from '../protocol';
import type { CancellationToken } from '../util/cancellation';
import type { OpenIndex } from './openIndex';
import type { ProgressMeter } from './progress';
import { verifyIndex, type Verification } from './verification';

export interface MaintenanceContext {
  readonly index: OpenIndex;
  /** Real path of the root. */
  readonly root: string;
  readonly maxFileBytes: number;
  readonly meter: ProgressMeter;
  readonly token: CancellationToken;
}

/** Checks every store and a sample of the sources; each finding is one sentence. Changes nothing. */
export async function findProblems(context: MaintenanceContext): Promise<string[]> {
  await context.index.feeder.flush();
  const found = await verify(context);
  return [
    ...(await context.index.store.verify()),
    ...found.damagedFacts.map((path) => `facts of ${path} are damaged`),
    ...found.searchFindings.map((finding) => `search index: ${finding}`),
    ...found.divergent.map((path) => `facts and search index disagree about ${path}`),
    ...found.stale.map((path) => `${path} changed on disk and was not indexed again`),
  ];
}

/**
 * Mends what verification finds: damaged or stale facts are extracted again by `reindex`, a damaged search index is
 * made anew from the facts, and files that the two stores disagree about are fed again.
 * @returns what was done, a phrase each; empty when there was nothing to do
 */
export async function repair(
  context: MaintenanceContext,
  reindex: (paths: readonly string[]) => Promise<unknown>,
): Promise<string[]> {
  const { index } = context;
  const found = await verify(context);
  const actions: string[] = [];
  const files = [...new Set([...found.damagedFacts, ...found.stale])];
  if (files.length > 0) {
    index.facts.remove(found.damagedFacts);
    await reindex(files);
    actions.push(`extracted ${files.length} files again`);
  }
  if (found.searchFindings.length > 0) {
    await index.remakeSearch(found.searchFindings.join('; '));
    actions.push('made the search index anew from the facts');
  } else if (found.divergent.length > 0) {
    await index.feeder.add(index.store.lastSeq, found.divergent);
    actions.push(`fed ${found.divergent.length} files to the search index again`);
  }
  return actions;
}

/** A result that says what was done. */
export function done(message: string): CommandResult {
  return { ok: true, message, findings: [] };
}

function verify({ root, index, maxFileBytes, meter, token }: MaintenanceContext): Promise<Verification> {
  return verifyIndex(root, index.facts, index.search, maxFileBytes, meter, token);
}
