// The file `stage-audit-<mode>.json`: one JSON object, written only at its end. Each checkpoint is a line that is
// flushed when it happens, so a crash leaves a prefix that reads; closing appends the summaries. Never rewritten.

import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Mode } from '../../model/mode';
import type { Checkpoint, StageAudit } from '../../model/stageAudit';
import { openRegular, readSmallFile } from '../../store/durableFile';
import { noMemory, summarize, type AuditRecord } from './summary';

/** Name of the audit of a mode. */
export function auditFileName(mode: Mode): string {
  return `stage-audit-${mode}.json`;
}

/**
 * Of the budget of the file, so much is for the checkpoints: the summaries repeat at most their counters, twice, and
 * what else they hold is less than `frameBytes`.
 */
const checkpointShare = 1 / 3;
const frameBytes = 16 << 10;
/** Of the checkpoints' share, so much is kept for the last ones, which say how it ended and what had no room. */
const lastBytes = 4 << 10;
/** No audit that we wrote is larger, whatever its budget was. */
const readBytes = 64 << 20;

export class AuditFile {
  readonly #handle: FileHandle;
  readonly #record: AuditRecord;
  readonly #checkpoints: Checkpoint[] = [];
  readonly #maxBytes: number;
  #bytes = 0;
  #omitted = 0;
  #last: Promise<void>;

  private constructor(handle: FileHandle, record: AuditRecord, maxBytes: number) {
    this.#handle = handle;
    this.#record = record;
    this.#maxBytes = (maxBytes - frameBytes) * checkpointShare;
    this.#last = this.#write(headerOf(record));
  }

  /** Creates the file; `maxBytes` bounds all that will ever be in it. */
  static async create(path: string, record: Omit<AuditRecord, 'checkpoints'>, maxBytes: number): Promise<AuditFile> {
    const handle = await open(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND,
      0o600,
    );
    return new AuditFile(handle, { ...record, checkpoints: [] }, maxBytes);
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#checkpoints;
  }

  /** Of the checkpoints that were appended. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Checkpoints that the budget had no room for. */
  get omitted(): number {
    return this.#omitted;
  }

  /** Appends a checkpoint. It is written behind the caller's back, in order; `close` tells of a failure. */
  append(checkpoint: Checkpoint): void {
    this.#appendWithin(this.#maxBytes - lastBytes, checkpoint);
  }

  /** Appends one of the last few, for which there is room when there is none for others. */
  appendLast(checkpoint: Checkpoint): void {
    this.#appendWithin(this.#maxBytes, checkpoint);
  }

  /** Appends the summaries. Resolves when all is on disk. */
  async close(): Promise<void> {
    this.#queue(closingOf(summarize({ ...this.#record, checkpoints: this.#checkpoints })));
    try {
      await this.#last;
    } finally {
      await this.#handle.close();
    }
  }

  #appendWithin(maxBytes: number, checkpoint: Checkpoint): void {
    const line = `${this.#checkpoints.length === 0 ? '' : ','}\n${JSON.stringify(checkpoint)}`;
    const bytes = Buffer.byteLength(line);
    if (this.#bytes + bytes > maxBytes) {
      this.#omitted++;
      return;
    }
    this.#checkpoints.push(checkpoint);
    this.#bytes += bytes;
    this.#queue(line);
  }

  #queue(text: string): void {
    this.#last = this.#last.then(() => this.#write(text));
    this.#last.catch(() => undefined); // reported by close
  }

  async #write(text: string): Promise<void> {
    await this.#handle.appendFile(text);
    await this.#handle.datasync();
  }
}

/** The audit in a file, whole or as far as it was written; undefined when there is none that reads. */
export async function readAudit(path: string): Promise<StageAudit | undefined> {
  return (await readAuditFile(path))?.audit;
}

/** The same, and whether its account was closed. */
export async function readAuditFile(
  path: string,
): Promise<{ readonly audit: StageAudit; readonly isClosed: boolean } | undefined> {
  const bytes = await readSmallFile(path, readBytes);
  const parsed = bytes && parsePrefix(bytes.toString());
  return parsed && { audit: summarize(parsed.record), isClosed: parsed.isClosed };
}

/**
 * Closes the audit of a build that ended without doing so: what is torn goes, and a last checkpoint says what happened. It
 * ran until `lastSign` at least, if that is known.
 */
export async function closeInterrupted(path: string, detail: string, lastSign?: string): Promise<void> {
  const bytes = await readSmallFile(path, readBytes);
  const parsed = bytes && parsePrefix(bytes.toString());
  if (bytes === undefined || parsed === undefined || parsed.isClosed) return;
  const { record, length } = parsed;
  const last = record.checkpoints[record.checkpoints.length - 1];
  // Nobody knows when it ended, or with how much memory: the last that is known stands.
  const ranMs = lastSign === undefined ? 0 : Date.parse(lastSign) - Date.parse(record.generatedAt);
  const interrupted: Checkpoint = {
    at: new Date().toISOString(),
    elapsedMs: Math.max(last?.elapsedMs ?? 0, ranMs),
    stage: last?.stage ?? 'stage1',
    step: 'interrupted',
    memory: last?.memory ?? noMemory,
    extra: { counts: {}, detail },
  };
  const whole = summarize({ ...record, checkpoints: [...record.checkpoints, interrupted] });
  const handle = await openRegular(path, 'r+');
  try {
    await handle.truncate(length);
    const comma = last === undefined ? '' : ',';
    await handle.write(`${comma}\n${JSON.stringify(interrupted)}${closingOf(whole)}`, length);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

const opening = ',"checkpoints":[';

function headerOf({ version, generatedAt, buildId, mode }: AuditRecord): string {
  return `${JSON.stringify({ version, generatedAt, buildId, mode }).slice(0, -1)}${opening}`;
}

function closingOf({ stages, highWater }: StageAudit): string {
  return `\n],${JSON.stringify({ stages, highWater }).slice(1)}\n`;
}

/** What of a file reads: its record, how many bytes that is, and whether the file was closed. */
function parsePrefix(
  text: string,
): { readonly record: AuditRecord; readonly length: number; readonly isClosed: boolean } | undefined {
  const whole = tryParse(text) as StageAudit | undefined;
  if (whole !== undefined) return { record: whole, length: Buffer.byteLength(text), isClosed: true };
  const [header = '', ...lines] = text.split('\n');
  const head = header.endsWith(opening) ? tryParse(`${header}]}`) : undefined;
  if (head === undefined) return undefined;
  const checkpoints: Checkpoint[] = [];
  let length = Buffer.byteLength(header);
  for (const line of lines) {
    const point = tryParse(line.replace(/,$/, '')) as Checkpoint | undefined;
    if (point === undefined) break;
    // The comma behind the one before belongs to the prefix now.
    length += Buffer.byteLength(line.replace(/,$/, '')) + (checkpoints.length === 0 ? 1 : 2);
    checkpoints.push(point);
  }
  return { record: { ...(head as AuditRecord), checkpoints }, length, isClosed: false };
}

function tryParse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
