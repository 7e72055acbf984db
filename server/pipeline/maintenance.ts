// What "Verify" tells and what "Repair" does about it.

import type { CommandResult } from '../protocol';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { counted } from '../util/counted';
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
  const { index, token } = context;
  await index.feeder.flush();
  const found = await verify(context);
  if (token.isCancellationRequested) throw new CancellationError();
  // What an opening found is the state of the files until a manifest says otherwise.
  const atOpening = index.store.readOnly !== undefined || index.mustBeSaved ? index.opening.repaired : [];
  return [
    ...new Set([
      ...atOpening,
      ...found.inFiles,
      ...found.damagedFacts.map((path) => `Facts of ${path} are damaged.`),
      ...found.searchFindings.map((finding) => `Search index: ${finding}.`),
      ...found.divergent.map((path) => `Facts and search index disagree about ${path}.`),
      ...found.stale.map((path) => `${path} changed on disk and was not indexed again.`),
    ]),
  ];
}

/**
 * Mends what verification finds: damaged or stale facts are extracted again by `reindex`, a damaged search index is
 * made anew from the facts, and files that the two stores disagree about are fed again. Answers go on meanwhile.
 * What is wrong with the files themselves is mended by the snapshot that the caller saves after it.
 * @returns what was done, a phrase each; empty when there was nothing to do
 */
export async function repair(
  context: MaintenanceContext,
  reindex: (paths: readonly string[]) => Promise<unknown>,
): Promise<string[]> {
  const { index, meter, token } = context;
  await index.feeder.flush();
  const found = await verify(context);
  const { inFiles } = found;
  if (token.isCancellationRequested) throw new CancellationError();
  const actions: string[] = [];
  const files = [...new Set([...found.damagedFacts, ...found.stale])];
  if (files.length > 0) {
    index.facts.remove(found.damagedFacts);
    await reindex(files);
    actions.push(`extracted ${counted(files.length, 'file')} again`);
  }
  if (found.searchFindings.length > 0) {
    const reason = found.searchFindings.join('; ');
    actions.push(`${await index.searchIndex.mendDamaged(reason, meter)} (${reason})`);
  } else if (found.divergent.length > 0) {
    await index.feeder.add(index.store.lastSeq, found.divergent);
    actions.push(`fed ${counted(found.divergent.length, 'file')} to the search index again`);
  }
  if (inFiles.length > 0) actions.push(`replaced what is damaged (${inFiles.map(withoutStop).join('; ')})`);
  return actions;
}

/** What the opening of an index did about damage, a phrase each. */
export function openingActions({ store }: OpenIndex): string[] {
  const { findings, generation, rungs } = store;
  const damage = findings.map(withoutStop).join('; ');
  const went = damage === '' ? [] : [`went on from generation ${generation} without what is damaged (${damage})`];
  return [...went, ...rungs.repairs.map(withoutStop)];
}

interface Found extends Verification {
  /** What is wrong with the search index; empty when nothing is. */
  readonly searchFindings: readonly string[];
  /** What is wrong with manifests, snapshots and journals, a sentence each. */
  readonly inFiles: readonly string[];
}

/** A result that says what was done. */
export function done(message: string): CommandResult {
  return { ok: true, message, findings: [] };
}

/** A sentence as part of another one, without the advice that is being followed. */
function withoutStop(sentence: string): string {
  return sentence.replace(/( Repair the index)?\.$/, '').replace(/\.$/, '');
}

async function verify({ root, index, maxFileBytes, meter, token }: MaintenanceContext): Promise<Found> {
  const inFiles = await index.store.verify();
  // Bytes that have the hash they were written with need not be looked at piece by piece.
  const factsAreSound = inFiles.length === 0 && !index.mustBeSaved;
  const searchFindings = await index.searchIndex.findings();
  // One that cannot be read cannot be compared.
  const search = searchFindings.length === 0 ? index.search : undefined;
  const subject = { root, facts: index.facts, factsAreSound, search, maxFileBytes };
  const found = { inFiles, searchFindings, ...(await verifyIndex(subject, meter, token)) };
  const { behind } = index;
  if (behind === 'everything') return { ...found, divergent: [] };
  return { ...found, divergent: found.divergent.filter((path) => !behind.has(path)) };
}
