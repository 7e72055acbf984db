// Checks everything that the manifests name, that in force and the one before it, without changing anything.

import { join } from 'node:path';
import { StoreError } from './errors';
import type { RootIdentity } from './indexFolder';
import { journalName } from './journal';
import { loadManifests } from './manifest';
import { readJournal } from './readJournal';
import { listJournals, missingBatches } from './recovery';
import { verifySnapshot } from './snapshotFile';

/** What is wrong with the stored index, a sentence each; batches up to `lastSeq` should be there. */
export async function verifyStore(folder: string, root: RootIdentity, lastSeq: number): Promise<string[]> {
  const { valid, damaged } = await loadManifests(folder, root);
  const findings = damaged.map(({ reason }) => reason);
  const manifest = valid[0];
  if (manifest === undefined) return [...findings, `No valid manifest in ${folder}.`];
  for (const { snapshot } of valid) {
    const failure = snapshot && (await verifySnapshot(folder, snapshot));
    if (failure) findings.push(failure.message);
  }
  let seq = manifest.seq;
  for (const k of (await listJournals(folder)).filter((number) => number >= manifest.firstJournal)) {
    try {
      const { header, damage, position } = await readJournal(join(folder, journalName(k)));
      findings.push(
        ...damage.map(({ offset, reason }) => `${journalName(k)} is damaged at byte ${offset}: ${reason}.`),
      );
      if (header.baseSeq > seq) findings.push(missingBatches(seq + 1, header.baseSeq, journalName(k)));
      seq = Math.max(seq, position.seq);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      findings.push(error.message);
    }
  }
  if (seq < lastSeq) findings.push(missingBatches(seq + 1, lastSeq));
  return findings;
}
