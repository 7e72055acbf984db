// The way of one file into the index, step by step: how far it came, what each step made of it, and why it stopped where
// it did. Told from its facts and from what the explanation of the file has found; nothing is recorded for it.

import type { RowRef } from '../facts/merge';
import { explainReason, limitReasons, type LimitReason, type SkipReason } from '../model/skipReason';
import { ledgerSteps, type LedgerEntry } from '../model/stageAudit';
import { counted } from '../util/counted';

type Step = LedgerEntry['step'];

/** What is known of a file besides its facts. */
export interface FileStanding {
  /** When its bytes were last looked at, ms since the epoch. */
  readonly checkedMs: number;
  /** Time to read, hash, parse and extract it, ms; only of files that cost the newest build most. */
  readonly tookMs: number | undefined;
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
  checkedMs: number,
): readonly LedgerEntry[] {
  const at = timeOf(checkedMs);
  const bytes = segment.hot.sizes[file] as number;
  const discovered: LedgerEntry = { step: 'discovered', status: 'done', bytes, detail: 'listed by a scan' };
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
  const discovered: LedgerEntry = { step: 'discovered', status: 'done', bytes, detail: 'listed by a scan' };
  if (standing.hasChanged) {
    return stoppedAt('hashed', [discovered], 'waiting', 'it changed since, and is read again shortly');
  }
  const took = standing.tookMs === undefined ? {} : { ms: standing.tookMs };
  const rows = ['symbols', 'imports', 'callSites', 'typeRefs', 'chunks'] as const;
  const extracted = rows.map((table) => counted(segment.rowCount(file, table), rowNames[table]));
  const extractedPhrase = `${extracted.join(', ')}${limit === 'rowLimit' ? `; ${explainReason(limit)}` : ''}`;
  return [
    discovered,
    { step: 'hashed', status: 'done', ...timeOf(standing.checkedMs), bytes, detail: hashOf(row) },
    { step: 'parsed', ...parsing(row, limit) },
    { step: 'extracted', status: limit === 'rowLimit' ? 'limited' : 'done', ...took, detail: extractedPhrase },
    { step: 'journaled', status: 'done', bytes: segment.block(file).bytes.length, detail: 'its facts are on the disk' },
    standing.isSearchable
      ? { step: 'searchable', status: 'done', detail: 'its text is in the search index' }
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

function timeOf(ms: number): Pick<LedgerEntry, 'at'> {
  return ms === 0 ? {} : { at: new Date(ms).toISOString() };
}

function hashOf({ segment, file }: RowRef): string {
  return `BLAKE3 ${segment.hash(file).toString('hex').slice(0, 12)}…`;
}
