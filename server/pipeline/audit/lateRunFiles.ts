// The files of late runs in the metrics folder of a build: their names, what they say, and the closing of those whose
// process is gone. Writing them is lateRuns.ts.

import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LateRun, LateRunKind } from '../../model/stageAudit';
import { systemErrorCode } from '../../store/errors';
import { isRunning } from '../../util/processes';
import { closeInterrupted, readAuditFile } from './auditFile';

const interruption = 'the process that did it ended before';

export interface LateRunFile {
  readonly name: string;
  readonly kind: LateRunKind;
  /** Sorts as the runs began. */
  readonly time: string;
  /** Of the process that writes it. */
  readonly pid: number;
}

/** A name for the file of a run that this process begins. */
export function lateRunName(kind: LateRunKind, now: Date): string {
  const time = now.toISOString().replace(/[-:.]/g, '');
  return `${kind}-${time}-${randomBytes(3).toString('hex')}-${process.pid}.json`;
}

/** The files of runs, newest first. */
export async function lateRunFiles(folder: string): Promise<readonly LateRunFile[]> {
  const runs = (await namesIn(folder)).flatMap((name): readonly LateRunFile[] => {
    const [, kind, time = '', pid] = /^(artifacts|sqlite)-(\d{8}T\d{9}Z-[0-9a-f]{6})-(\d+)\.json$/.exec(name) ?? [];
    return kind === undefined ? [] : [{ name, kind: kind as LateRunKind, time, pid: Number(pid) }];
  });
  return runs.sort((a, b) => (a.time < b.time ? 1 : -1));
}

/** The runs, newest first. One that does not read is left out. */
export async function readLateRuns(folder: string): Promise<readonly LateRun[]> {
  const runs: LateRun[] = [];
  for (const { name, kind, pid } of await lateRunFiles(folder)) {
    const found = await readAuditFile(join(folder, name));
    if (found === undefined) continue;
    const { audit, isClosed } = found;
    const last = audit.checkpoints[audit.checkpoints.length - 1]?.step;
    const ended = last === 'failed' || last === 'interrupted' ? last : 'done';
    runs.push({ kind, status: isClosed ? ended : isRunning(pid) ? 'running' : 'interrupted', audit });
  }
  return runs;
}

/** Closes the accounts of runs whose process is gone. Only the owner of the index may call it. */
export async function closeInterruptedRuns(folder: string): Promise<void> {
  for (const { name, pid } of await lateRunFiles(folder)) {
    if (!isRunning(pid)) await closeInterrupted(join(folder, name), interruption);
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
