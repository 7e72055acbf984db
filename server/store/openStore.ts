// Opens the store of one index: takes the lock, or reads without it, lets the ladder of recovery find what can be
// trusted, and gives the writer a journal to append to. What happens from then on is indexStore.ts's business.

import { syncFolder } from '../../native';
import { resolveByteBudget } from '../model/byteBudget';
import { AuditLog } from './auditLog';
import { DiskSpace } from './diskSpace';
import { isDiskFull, StoreError, toStoreError } from './errors';
import { defaultIndexDir, identifyRoot, prepareIndexFolder, type RootIdentity } from './indexFolder';
import { IndexStore } from './indexStore';
import { Journal } from './journal';
import { Journals } from './journals';
import { takeWriterLock, type WriterLock } from './lock';
import { compatibleFormat, loadManifests, manifestFormat, writeManifest, type Manifest } from './manifest';
import { Quarantine } from './quarantine';
import { recover, type Recovered } from './recovery';
import { Rungs } from './rungs';
import { messageOf } from '../util/messageOf';

export interface OpenStoreOptions {
  /** The workspace root. */
  readonly root: string;
  /** Folder of all indexes; the user's cache folder when absent. */
  readonly indexDir?: string;
  /** `reader` never asks for the lock. A writer that does not get it becomes a reader, and `readOnly` says why. */
  readonly mode?: 'writer' | 'reader';
  /** The writer lock, when the caller has it already. */
  readonly lock?: WriterLock;
  /** What may lie in quarantine; the default of its budget if absent. */
  readonly quarantineBytes?: number;
}

/**
 * Opens, or makes, the index of a root. Throws a StoreError when the place cannot be trusted, or holds the index of
 * another root or of a newer Almagest; damage is no error, but told by `state` and `findings`.
 */
export async function openStore({
  root,
  indexDir,
  mode = 'writer',
  lock: held,
  quarantineBytes = resolveByteBudget('quarantine').maxBytes,
}: OpenStoreOptions): Promise<IndexStore> {
  const identity = await identifyRoot(root);
  const folder = await prepareIndexFolder(identity, indexDir ?? defaultIndexDir(process.platform, process.env));
  const lock = held ?? (mode === 'writer' ? await takeWriterLock(folder) : undefined);
  if (lock === undefined) return openReader(folder, identity, 'opened for reading');
  if (lock instanceof StoreError) return openReader(folder, identity, lock.message);
  const open = (): Promise<IndexStore> => openWriter(folder, identity, lock, quarantineBytes);
  try {
    return await open().catch(async (error: unknown) => {
      // What is kept to be given back is enough to open it.
      if (!isDiskFull(error) || (await new DiskSpace(folder).free()).length === 0) throw error;
      return open();
    });
  } catch (error) {
    lock.release();
    throw toStoreError(error, `Opening the index in ${folder}`);
  }
}

async function openReader(folder: string, root: RootIdentity, readOnly: string): Promise<IndexStore> {
  const rungs = new Rungs(undefined);
  rungs.note('lock', folder, readOnly, 0);
  const found = await recover(folder, root, undefined, rungs);
  const quarantine = await Quarantine.open(folder);
  return new IndexStore({ folder, root, found, rungs, quarantine, readOnly });
}

async function openWriter(
  folder: string,
  root: RootIdentity,
  lock: WriterLock,
  quarantineBytes: number,
): Promise<IndexStore> {
  const minWriter = Math.max(0, ...(await loadManifests(folder, root)).valid.map((manifest) => manifest.minWriter));
  if (minWriter > manifestFormat) {
    lock.release();
    return openReader(folder, root, `a newer Almagest writes this index (format ${minWriter}); update Almagest`);
  }
  const audit = new AuditLog(folder);
  await new DiskSpace(folder).keepBallast().catch((error: unknown) => {
    // It helps on a full disk; the index is whole without it.
    audit.note({ event: 'no ballast', detail: messageOf(error) });
  });
  const rungs = new Rungs(audit);
  rungs.note('lock', folder, 'taken', 0);
  // Names that a process made which then failed may be in the system's cache only; from here on they are built upon.
  await syncFolder(folder);
  const recovered = await recover(folder, root, audit, rungs);
  const { manifest, indexId, lastSeq } = recovered;
  const last = recovered.journals.at(-1);
  // Nothing is appended behind damage, nor to a journal that ends elsewhere than the index does.
  const reusable = last?.end.damage.length === 0 && last.end.position.seq === lastSeq && recovered.state === 'ok';
  const journal = reusable
    ? await Journal.open(last.path, last.end)
    : await Journal.create(folder, recovered.nextJournal, lastSeq, indexId);
  const inForce = manifest ?? firstManifest(root, recovered, journal.k);
  try {
    if (manifest === undefined) await writeManifest(folder, inForce);
    const quarantine = await Quarantine.open(folder, quarantineBytes);
    const found = { ...recovered, manifest: inForce };
    const writer = { lock, audit, journals: new Journals(folder, recovered, journal) };
    return new IndexStore({ folder, root, found, rungs, quarantine, writer });
  } catch (error) {
    await journal.close();
    throw error;
  }
}

function firstManifest(root: RootIdentity, { indexId, nextGeneration }: Recovered, firstJournal: number): Manifest {
  const [format, minReader, minWriter] = [manifestFormat, compatibleFormat, compatibleFormat];
  const nothing = { seq: 0, snapshot: undefined, search: undefined, languages: [] };
  return { format, minReader, minWriter, generation: nextGeneration, indexId, root, firstJournal, ...nothing };
}
