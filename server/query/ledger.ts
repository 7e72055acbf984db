// The way of one file into the index, step by step: how far it came, what each step made of it, and why it stopped where
// it did. Told from its facts, from when it took the steps, and from what the explanation of the file has found.

import type { RowRef } from '../facts/merge';
import { explainReason, limitReasons, type LimitReason, type SkipReason } from '../model/skipReason';
import { ledgerSteps, type LedgerEntry } from '../model/stageAudit';
import type { FileTimes } from '../store/ledgerFile';
import { counted } from '../util/counted';

type Step = LedgerEntry['step'];

/** When a file was looked at. */
export interface FileMoments {
  /** When its bytes were last compared with its facts, ms since the epoch. */
  readonly checkedMs: number;
  /** When its facts were made and stored; undefined where that is not known. */
  readonly times: FileTimes | undefined;
}

/** What is known of a file besides its facts. */
export interface FileStanding extends FileMoments {
  /** Whether the search index has committed its newest facts. */
  readonly isSearchable: boolean;
  /** Whether its bytes are no longer those of the facts. */
  readonly hasChanged: boolean;
}

/** The ledger of a file that was stopped by its path, before it was read: `why` is a phrase. */
export function ledgerOfUnread(why: string): readonly LedgerEntry[] {
  return stoppedAt('discovered', [], 'skipped', why);
}

/** The ledger of a file that nothing keeps out, and that was not looked at yet. */
export function ledgerOfNew(): readonly LedgerEntry[] {
  return stoppedAt('discovered', [], 'waiting', 'a scan has still to reach it');
}

/** The ledger of a file that was read and then left out; `detail` says more of the reason. */
export function ledgerOfSkipped(
  { segment, file }: RowRef,
  reason: SkipReason,
  detail: string,
  moments: FileMoments,
): readonly LedgerEntry[] {
  const at = readTime(moments);
  const discovered = discoveredEntry({ segment, file }, moments);
  const bytes = segment.hot.sizes[file] as number;
  const why = detail === '' ? explainReason(reason) : `${explainReason(reason)} (${detail})`;
  if (!stopsParsing.includes(reason)) return stoppedAt('hashed', [discovered], 'skipped', why, at);
  const hashed: LedgerEntry = { step: 'hashed', status: 'done', ...at, bytes, detail: hashOf({ segment, file }) };
  return stoppedAt('parsed', [discovered, hashed], 'skipped', why);
}

/** The ledger of a file that is in the index. */
export function ledgerOfIndexed(row: RowRef, standing: FileStanding): readonly LedgerEntry[] {
  const { segment, file } = row;
  const bytes = segment.hot.sizes[file] as number;
  const limit = limitReasons[segment.byte(file, 'limit')] ?? 'none';
  const discovered = discoveredEntry(row, standing);
  if (standing.hasChanged) {
    return stoppedAt('hashed', [discovered], 'waiting', 'it changed since, and is read again shortly');
  }
  const { times } = standing;
  const took = times === undefined ? {} : { ms: times.micros / 1000 };
  const rows = ['symbols', 'imports', 'callSites', 'typeRefs', 'chunks'] as const;
  const extracted = rows.map((table) => counted(segment.rowCount(file, table), rowNames[table]));
  const extractedPhrase = `${extracted.join(', ')}${limit === 'rowLimit' ? `; ${explainReason(limit)}` : ''}`;
  return [
    discovered,
    { step: 'hashed', status: 'done', ...readTime(standing), bytes, detail: hashOf(row) },
    { step: 'parsed', ...parsing(row, limit) },
    { step: 'extracted', status: limit === 'rowLimit' ? 'limited' : 'done', ...took, detail: extractedPhrase },
    {
      step: 'journaled',
      status: 'done',
      ...timeOf(times?.journaledMs),
      bytes: segment.block(file).bytes.length,
      detail: 'its facts are on the disk',
    },
    standing.isSearchable
      ? {
          step: 'searchable',
          status: 'done',
          ...timeOf(times?.searchableMs),
          detail: 'its text is in the search index',
        }
      : {
          step: 'searchable',
          status: 'waiting',
          detail: 'it is fed to the search index shortly; its symbols are found',
        },
  ];
}

const rowNames = {
  symbols: 'symbol',
  imports: 'import',
  callSites: 'call site',
  typeRefs: 'type reference',
  chunks: 'chunk',
} as const;

/** Reasons that only the content of a file gives; for the others it is not read to its end. */
const stopsParsing: readonly SkipReason[] = ['binary', 'crashed'];

function parsing({ segment, file }: RowRef, limit: LimitReason | 'none'): Omit<LedgerEntry, 'step'> {
  const language = segment.hot.languages[segment.byte(file, 'language')]?.[0] ?? 'unknown';
  if (limit === 'none' || limit === 'rowLimit') return { status: 'done', detail: language };
  const errors = segment.hot.errors[file] as number;
  const places = limit === 'syntaxErrors' ? ` (${errors.toLocaleString('en')})` : '';
  return { status: 'limited', detail: `${language}: ${explainReason(limit)}${places}` };
}

/** The steps that were done, the one that was not, and those behind it. */
function stoppedAt(
  step: Step,
  done: readonly LedgerEntry[],
  status: 'skipped' | 'waiting',
  detail: string,
  at: Pick<LedgerEntry, 'at'> = {},
): readonly LedgerEntry[] {
  const behind = ledgerSteps.slice(ledgerSteps.indexOf(step) + 1);
  return [
    ...done,
    { step, status, ...at, detail },
    ...behind.map((each): LedgerEntry => ({ step: each, status: 'notReached', detail: '' })),
  ];
}

function discoveredEntry({ segment, file }: RowRef, { times }: FileMoments): LedgerEntry {
  const bytes = segment.hot.sizes[file] as number;
  return { step: 'discovered', status: 'done', ...timeOf(times?.foundMs), bytes, detail: 'listed by a scan' };
}

/** When it was read for its facts or, where that is not known, last looked at. */
function readTime({ checkedMs, times }: FileMoments): Pick<LedgerEntry, 'at'> {
  return timeOf(times?.readMs ?? checkedMs);
}

function timeOf(ms: number | undefined): Pick<LedgerEntry, 'at'> {
  return ms === undefined || ms === 0 ? {} : { at: new Date(ms).toISOString() };
}

function hashOf({ segment, file }: RowRef): string {
  return `BLAKE3 ${segment.hash(file).toString('hex').slice(0, 12)}…`;
}
