// The folder `builds/` of an index: which builds are kept, and what each of them left behind. Reads while another process
// may be writing; closes what a process that is gone left open.

import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { modes, type Mode } from '../../model/mode';
import type { BuildState, FileCosts, StageAudit } from '../../model/stageAudit';
import type { BuildAudit, BuildInfo } from '../../protocol';
import { readSmallFile } from '../../store/durableFile';
import { systemErrorCode } from '../../store/errors';
import { makePrivateFolder } from '../../store/indexFolder';
import { auditFileName, closeInterrupted, readAudit } from './auditFile';
import { endedState } from './buildState';
import { readBuildState, writeBuildState } from './buildStateFile';
import { closeInterruptedRuns, readLateRuns } from './lateRunFiles';
import { Summary } from './summary';

/** So many builds are kept. */
export const keptBuilds = 10;

export const costsName = 'files.json';
const costsBytes = 4 << 20;
const interruption = 'the process that made it ended before the build did';

/** Names sort as the builds began. */
export function newBuildId(now: Date): string {
  const time = now.toISOString().replace(/[-:.]/g, '');
  return `${time}-${randomBytes(3).toString('hex')}`;
}

export function isBuildId(name: string): boolean {
  return /^\d{8}T\d{9}Z-[0-9a-f]{6}$/.test(name);
}

export function buildFolder(indexFolder: string, buildId: string): string {
  return join(indexFolder, 'builds', buildId);
}

export function metricsFolder(indexFolder: string, buildId: string): string {
  return join(buildFolder(indexFolder, buildId), 'metrics');
}

/** Makes the folders of a build, and removes builds beyond those that are kept. */
export async function makeBuildFolders(indexFolder: string, buildId: string): Promise<void> {
  await makePrivateFolder(join(indexFolder, 'builds'));
  await makePrivateFolder(buildFolder(indexFolder, buildId));
  await makePrivateFolder(metricsFolder(indexFolder, buildId));
  await removeOldBuilds(indexFolder);
}

async function removeOldBuilds(indexFolder: string): Promise<void> {
  for (const old of (await buildIds(indexFolder)).slice(keptBuilds)) {
    await rm(buildFolder(indexFolder, old), { recursive: true, force: true });
  }
}

/** The folder of the artifacts of a build, where it wrote any. */
export function artifactsFolder(indexFolder: string, buildId: string): string {
  return join(buildFolder(indexFolder, buildId), 'artifacts');
}

/** Removes the artifacts of every build but one: they are of older facts, and larger than all else that a build keeps. */
export async function keepArtifactsOf(indexFolder: string, buildId: string): Promise<void> {
  for (const id of await buildIds(indexFolder)) {
    if (id !== buildId) await removeArtifacts(buildFolder(indexFolder, id), 'artifacts');
  }
}

/** Removes what of a build begins so; `.artifacts.` is what an interrupted writing leaves. */
async function removeArtifacts(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Ids of the builds that are kept, newest first. */
export async function buildIds(indexFolder: string): Promise<string[]> {
  try {
    const names = await readdir(join(indexFolder, 'builds'));
    return names.filter(isBuildId).sort().reverse();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Closes builds that were running when their process ended. Only the owner of the index may call it. */
export async function closeInterruptedBuilds(indexFolder: string): Promise<readonly string[]> {
  await removeOldBuilds(indexFolder);
  const closed: string[] = [];
  for (const buildId of await buildIds(indexFolder)) {
    const folder = buildFolder(indexFolder, buildId);
    await removeArtifacts(folder, '.artifacts.');
    await closeInterruptedRuns(metricsFolder(indexFolder, buildId));
    const state = await readBuildState(folder);
    if (state?.status !== 'running') continue;
    const lastSign = state.updatedAt;
    for (const mode of modes) {
      await closeInterrupted(join(folder, 'metrics', auditFileName(mode)), interruption, lastSign);
    }
    await writeBuildState(folder, endedState(state, 'interrupted', lastSign, interruption));
    closed.push(buildId);
  }
  return closed;
}

/** The builds that are kept, newest first. One whose state does not read is left out. */
export async function listBuilds(indexFolder: string): Promise<readonly BuildInfo[]> {
  const states = await Promise.all(
    (await buildIds(indexFolder)).map((id) => readBuildState(buildFolder(indexFolder, id))),
  );
  return states.flatMap((state) => (state === undefined ? [] : [infoOf(state)]));
}

/** All that is known of one build, the newest without `buildId`; undefined when there is none. */
export async function readBuild(indexFolder: string, buildId?: string): Promise<BuildAudit | undefined> {
  const ids = await buildIds(indexFolder);
  const id = buildId ?? ids[0];
  const place = ids.findIndex((each) => each === id);
  if (id === undefined || place < 0) return undefined;
  const state = await readBuildState(buildFolder(indexFolder, id));
  if (state === undefined) return undefined;
  const audits = await Promise.all(modes.map((mode) => readModeAudit(indexFolder, id, mode)));
  const previousBuildId = ids[place + 1];
  return {
    state,
    audits: audits.filter((audit) => audit !== undefined),
    costs: await readCosts(indexFolder, id),
    lateRuns: await readLateRuns(metricsFolder(indexFolder, id)),
    ...(previousBuildId === undefined ? {} : { previousBuildId }),
  };
}

function readModeAudit(indexFolder: string, buildId: string, mode: Mode): Promise<StageAudit | undefined> {
  return readAudit(join(metricsFolder(indexFolder, buildId), auditFileName(mode)));
}

async function readCosts(indexFolder: string, buildId: string): Promise<FileCosts> {
  const bytes = await readSmallFile(join(metricsFolder(indexFolder, buildId), costsName), costsBytes);
  return bytes === undefined ? { slowest: [], heaviest: [] } : (JSON.parse(bytes.toString()) as FileCosts);
}

function infoOf(state: BuildState): BuildInfo {
  const checkpoints = Object.values(state.stageCheckpoints).flat();
  const counts = Object.values(state.counts);
  const skipped = counts.flatMap((each) => Object.values(each.skipped)).reduce((sum, count) => sum + count, 0);
  // A file's comments count in a mode of their own.
  const files = modes.filter((mode) => mode !== 'extracted-prose').map((mode) => state.counts[mode]?.files ?? 0);
  const { buildId, status, cause, createdAt, finishedAt } = state;
  const steps = checkpoints.map(({ elapsedMs }) => elapsedMs);
  // What was interrupted ran on after the last step that it completed.
  const interruptedMs =
    status === 'interrupted' && finishedAt !== null ? Date.parse(finishedAt) - Date.parse(createdAt) : 0;
  return {
    buildId,
    status,
    cause,
    createdAt,
    finishedAt,
    elapsedMs: Math.max(0, ...steps, interruptedMs),
    files: files.reduce((sum, count) => sum + count, 0),
    skipped,
    peakRss: new Summary(createdAt, checkpoints).highWater.memory.rss,
  };
}
