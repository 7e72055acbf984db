// Finds who answers for the index that a command works on: the process that owns it, or this one. Says what a user has to
// know before trusting the answer: no index yet, an owner that does not answer, files that changed since.

import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { availableParallelism } from 'node:os';
import { URI } from 'vscode-uri';
import type { RootStatus } from '../protocol';
import { pipeAddress } from '../sharing/address';
import type { RootAnswers } from '../sharing/questions';
import { RemoteRoot, type Connected } from '../sharing/remoteRoot';
import { openedForReading } from '../sharing/sharedRoot';
import { buildStages, commandStages } from '../sharing/buildStages';
import { SharedRoots } from '../sharing/sharedRoots';
import { defaultIndexDir, identifyRoot } from '../store/indexFolder';
import { CancellationError, untilCancelled } from '../util/cancellation';
import { messageOf } from '../util/messageOf';
import { isRunning } from '../util/processes';
import { systemReason } from '../util/systemReason';
import { openRoot, type Root } from '../workspace/roots';
import { counted } from '../util/counted';
import type { CommandContext } from './command';
import { CommandError, ExitCode } from './exitCode';
import { ProgressBar } from './progressBar';

export interface OpenedIndex {
  readonly answers: RootAnswers;
  /** Most resident memory of the extractors of this process, in bytes. */
  readonly peakRss: () => number;
}

/** The place of a folder's index. */
export interface IndexPlace {
  readonly root: Root;
  readonly indexDir: string;
  readonly indexFolder: string;
  readonly exists: boolean;
  /** Where there is none: the nearest folder around it that has one. */
  readonly above?: string;
}

const indexedFolderAdvice = 'Name the folder that is (to be) indexed.';
/** More threads than this only fight for the disk. */
const maxThreads = 4;

/** Finds the folder that a command means and where its index lies; makes nothing. Throws a usage error. */
export async function placeOf(context: CommandContext, folder = '.'): Promise<IndexPlace> {
  const path = resolve(context.workingFolder, folder);
  const status = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (status instanceof Error) {
    if (status.code === 'ENOENT')
      throw new CommandError(ExitCode.usage, `${path} cannot be opened: there is no such folder.`);
    const why = systemReason(status) ?? status.message;
    throw new CommandError(ExitCode.usage, `${path} cannot be opened: ${why}.`, indexedFolderAdvice);
  }
  if (!status.isDirectory()) {
    throw new CommandError(ExitCode.usage, `${path} is not a folder.`, indexedFolderAdvice);
  }
  const root = await openRoot(URI.file(path).toString());
  const given = context.args.text('index-dir');
  const indexDir =
    given === undefined ? defaultIndexDir(process.platform, process.env) : resolve(context.workingFolder, given);
  const indexFolder = await indexFolderOf(root.path, indexDir);
  const exists = await holdsIndex(indexFolder);
  const above = exists ? undefined : await indexedAbove(root.path, indexDir);
  return { root, indexDir, indexFolder, exists, ...(above === undefined ? {} : { above }) };
}

/** Runs `use` on the index with whoever may write to it, this process or the owner, while a progress line shows the work. */
export async function withWritableIndex<T>(
  context: CommandContext,
  place: IndexPlace,
  use: (opened: OpenedIndex) => Promise<T>,
): Promise<T> {
  return withIndex(context, place, 'writer', async (opened) => {
    const { readOnly } = opened.answers.status;
    if (readOnly !== undefined) {
      const advice = 'Wait for it or end it. Queries (search, symbols, status …) work meanwhile.';
      throw new CommandError(ExitCode.inUse, `The index of ${place.root.path} cannot be written: ${readOnly}`, advice);
    }
    return withProgress(context, opened, use);
  });
}

/**
 * Runs `use` on the index with its owner or, without one, as it lies on disk, changing nothing, while a progress line
 * shows what is done.
 */
export async function withIndexAtRest<T>(
  context: CommandContext,
  place: IndexPlace,
  use: (opened: OpenedIndex) => Promise<T>,
): Promise<T> {
  return withIndex(context, place, 'reader', async (opened) => {
    const { owner, readOnly } = opened.answers.status;
    const isFound = owner?.answers === true;
    const writer = isFound ? undefined : await runningWriter(place);
    if (writer !== undefined || (!isFound && readOnly !== openedForReading)) {
      const why = writer === undefined ? `cannot be checked: ${readOnly}` : `is in use by ${writer}`;
      throw new CommandError(ExitCode.inUse, `The index of ${place.root.path} ${why}`, 'Wait for it or end it.');
    }
    return withProgress(context, opened, use);
  });
}

/**
 * Runs `use` on the index as its owner has it or, without one, as it is on disk. Says on standard error when files
 * changed since, and when there is an owner that does not answer. Throws when there is no index.
 * @param use gets the number of files that changed since they were indexed, undefined where nobody can say
 */
export async function withReadableIndex<T>(
  context: CommandContext,
  place: IndexPlace,
  use: (answers: RootAnswers, changed: Promise<number | undefined>) => Promise<T>,
): Promise<T> {
  requireIndex(place);
  return withIndex(context, place, 'reader', async ({ answers }) => {
    const { readOnly = openedForReading } = answers.status;
    if (readOnly !== openedForReading) await context.output.note(`almagest: read from the disk: ${readOnly}.`);
    if (isDamaged(answers.status)) {
      const remedy = `"almagest repair ${quoted(place.root.givenPath)}" mends it`;
      await context.output.note(`almagest: answers come from what is left of the index; ${remedy}.`);
    }
    // The look at the disk runs beside the answer, in native's threads.
    const looked = changedFiles(context, answers);
    const answered = untilCancelled(context.token, use(answers, looked));
    const [answer, changed = 0] = await Promise.all([answered, looked]);
    if (changed > 0) {
      const files = `${counted(changed, 'file')} changed since ${changed === 1 ? 'it was' : 'they were'} indexed`;
      const writer = await runningWriter(place);
      const remedy =
        writer === undefined ? '"almagest index" brings the index up to date' : `${writer} keeps the index, or kept it`;
      await context.output.note(`almagest: ${files}; ${remedy}.`);
    }
    return answer;
  });
}

/** Looks for the process that owns the index, as a client of it. */
export async function findOwner({ root, indexFolder }: IndexPlace): Promise<Connected> {
  const address = await pipeAddress(await realpath(indexFolder));
  return RemoteRoot.connect({ address, root, onDidChange: () => undefined });
}

/** Whether an index that nobody owns was found to be damaged: whoever owns one mends it. */
export function isDamaged({ owner, opening }: RootStatus): boolean {
  return owner === undefined && opening !== undefined && opening.repaired.length > 0;
}

/** Who gave an answer, and how far behind the disk it may be; part of the JSON of every query. */
export interface Provenance {
  /** The process that owns the index, or what it last wrote to the disk. */
  readonly answeredBy: 'owner' | 'stores';
  /** Files on disk that differ from what is indexed; null where nobody can say. */
  readonly changedFiles: number | null;
}

export const provenanceJson = `answeredBy owner, or stores: read from the disk
changedFiles  files on disk that differ from what is indexed; null where that cannot be told`;

export async function provenanceOf({ status }: RootAnswers, changed: Promise<number | undefined>): Promise<Provenance> {
  return { answeredBy: status.owner?.answers === true ? 'owner' : 'stores', changedFiles: (await changed) ?? null };
}

/** Throws, with what to do, when there is no index. */
export function requireIndex({ exists, root, indexDir, above }: IndexPlace): void {
  if (exists) return;
  const other = above === undefined ? '' : `, or name ${quoted(above)}, which has one and contains it`;
  const advice = `Make one: almagest index ${quoted(root.givenPath)}${other}`;
  throw new CommandError(ExitCode.noIndex, `There is no index of ${root.path} in ${indexDir}.`, advice);
}

/** What the lock file says of the process that wrote to the index last, while that process is running. */
export async function runningWriter({ indexFolder }: IndexPlace): Promise<string | undefined> {
  const note = await readFile(join(indexFolder, 'LOCK'), 'utf8').catch(() => ''); // informative only
  const pid = Number(/^process (\d+)/.exec(note)?.[1]);
  return pid > 0 && isRunning(pid) ? note.trim() : undefined;
}

/** A path as it can be pasted into a shell. */
export function quoted(path: string): string {
  return /^[\w./~+@%:=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** Counts the files that changed since they were indexed; says why where the folder cannot be looked at. */
async function changedFiles({ output, token }: CommandContext, answers: RootAnswers): Promise<number | undefined> {
  try {
    return await answers.ask('stale', {}, token);
  } catch (error) {
    if (error instanceof CancellationError || token.isCancellationRequested) throw error;
    await output.note(`almagest: what changed since cannot be told: ${messageOf(error)}`);
    return undefined;
  }
}

async function withProgress<T>(
  { output, token }: CommandContext,
  opened: OpenedIndex,
  use: (opened: OpenedIndex) => Promise<T>,
): Promise<T> {
  const bar = new ProgressBar(output, () => opened.answers.status.progress);
  try {
    return await untilCancelled(token, use(opened));
  } finally {
    await bar.dispose();
  }
}

async function withIndex<T>(
  context: CommandContext,
  { root, indexDir }: IndexPlace,
  mode: 'writer' | 'reader',
  use: (opened: OpenedIndex) => Promise<T>,
): Promise<T> {
  const { output, args, programs, version, maxFiles, token } = context;
  const verbose = args.has('verbose');
  const log = (level: 'info' | 'warn' | 'error', line: string): void => {
    // Errors end in the state of the index, which the command reports.
    if (verbose || level === 'warn') void output.note(`almagest: ${line}`);
  };
  const laterStages = args.has('resolve') ? buildStages : commandStages;
  const roots = new SharedRoots({
    programs,
    version,
    watch: false,
    laterStages,
    ...(maxFiles === undefined ? {} : { maxFiles }),
    log,
    onDidChange: () => undefined,
  });
  const threads = args.number('threads', 1, 64) ?? Math.min(maxThreads, availableParallelism());
  roots.settings = { indexDir, exclude: [], threads, outline: 'never' };
  try {
    const answers = roots.add(root, { mode, scan: false });
    await untilCancelled(token, answers.ready());
    refuseIfDamaged(answers.status, root);
    const result = await use({ answers, peakRss: () => roots.peakRss });
    refuseIfDamaged(answers.status, root);
    return result;
  } finally {
    await roots.close();
  }
}

/** Throws when the index could not be opened, or when its work failed. */
function refuseIfDamaged({ state, cause, suggestions }: RootStatus, root: Root): void {
  if (state !== 'corrupted') return;
  const folder = quoted(root.givenPath);
  const mend = `Try "almagest repair ${folder}"; if that does not help, "almagest rebuild ${folder}".`;
  // Where neither helps, the cause says what does.
  const advice = suggestions.some((suggestion) => suggestion.startsWith('Run "Almagest: Repair"')) ? mend : '';
  throw new CommandError(ExitCode.failed, `${root.path}: ${cause}`, advice);
}

async function indexFolderOf(path: string, indexDir: string): Promise<string> {
  return join(indexDir, (await identifyRoot(path)).id);
}

async function indexedAbove(path: string, indexDir: string): Promise<string | undefined> {
  for (let [folder, parent] = [path, dirname(path)]; parent !== folder; [folder, parent] = [parent, dirname(parent)]) {
    if (await holdsIndex(await indexFolderOf(parent, indexDir))) return parent;
  }
  return undefined;
}

async function holdsIndex(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).some((name) => /^(manifest|journal|snapshot)-/.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    const reason = systemReason(error);
    const message = `The index folder ${folder} cannot be read: ${reason ?? messageOf(error)}.`;
    const mayBeAllowed = reason === undefined || /\((EACCES|EPERM)\)$/.test(reason);
    const advice = mayBeAllowed ? 'Allow this user to read it, or name' : 'Name';
    throw new CommandError(ExitCode.failed, message, `${advice} another place: --index-dir.`);
  }
}
