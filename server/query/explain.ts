// Answers "why is this file (not) in the index?" in one sentence, with what is known of it.

import type { Facts } from '../facts/factStore';
import type { RowRef } from '../facts/merge';
import { encodings, FileFlag } from '../model/columns';
import { modes } from '../model/mode';
import { explainReason, limitReasons, skipReasons, type LimitReason, type SkipReason } from '../model/skipReason';
import type { FileExplanation } from '../protocol';
import type { FileTimes } from '../store/ledgerFile';
import { contentHashes } from '../workspace/contentHashes';
import { pathRule, type PathRule } from '../workspace/pathRule';
import type { Root } from '../workspace/roots';
import { count, counted } from '../util/counted';
import { ledgerOfIndexed, ledgerOfNew, ledgerOfSkipped, ledgerOfUnread } from './ledger';

/** What of a root's index an explanation needs. */
export interface ExplainedIndex {
  readonly root: Root;
  readonly facts: Facts;
  /** gitignore-style globs from settings. */
  readonly excludes: readonly string[];
  /** Whether a path that is not indexed comes after as many files as an index takes. */
  readonly isBeyondLimit: (path: string) => boolean;
  /** Whether the search index has committed the newest facts of a path. */
  readonly isSearchable: (path: string) => boolean;
  /** When the facts of a path took the steps of their way into the index; undefined where that is not known. */
  readonly times: (path: string) => Promise<FileTimes | undefined>;
}

type Details = FileExplanation['details'];

/**
 * What is known of a file; `index` is undefined when it lies in no root. Reads the file, to tell whether its content is
 * the one that was indexed.
 */
export async function explainFile(
  index: ExplainedIndex | undefined,
  path: string,
  uri: string,
  maxFileBytes: number,
): Promise<FileExplanation> {
  const explain = (
    verdict: FileExplanation['verdict'],
    summary: string,
    extra: Partial<Pick<FileExplanation, 'reason' | 'rule' | 'details' | 'ledger'>> = {},
  ): FileExplanation => ({ uri, path, verdict, summary, details: [], ledger: [], ...extra });

  if (index === undefined) {
    return explain('outside', 'It lies outside of every folder of this workspace; only these are indexed.');
  }
  const { facts, root } = index;
  const rule = await pathRule({ root: root.path, excludes: index.excludes, threads: 1 }, path);
  const row = facts.findStored(path);
  if (rule.refusal !== undefined) {
    const ledger = ledgerOfUnread(explainReason('unreadable'));
    return explain('skipped', skipSummary('unreadable', rule.refusal), { reason: 'unreadable', ledger });
  }
  if (!rule.exists) {
    const known = row === undefined ? '' : '; what the index has of it goes with the next scan';
    return explain('missing', `There is no such file on disk${known}.`);
  }
  if (rule.kind === 'folder') return explain('indexed', folderSummary(facts, path));
  if (rule.secret) {
    const ledger = ledgerOfUnread(explainReason('secret'));
    return explain('skipped', skipSummary('secret', ''), { reason: 'secret', ledger, ...ruleOf(rule) });
  }
  if (rule.ignored) {
    return explain('ignored', ignoreSummary(rule), { ledger: ledgerOfUnread(ignoredBy(rule)), ...ruleOf(rule) });
  }
  if (row === undefined) return unknownFile(rule, index.isBeyondLimit(path), explain);
  const details = detailsOf(row, facts);
  const times = await index.times(path);
  const skip = skipReasons[row.segment.byte(row.file, 'skip')] ?? 'none';
  if (skip !== 'none') {
    const detail = row.segment.block(row.file).wholeText;
    const ledger = ledgerOfSkipped(row, skip, detail, { checkedMs: checkedMsOf(row, facts), times });
    return explain('skipped', skipSummary(skip, detail), { reason: skip, details, ledger });
  }
  const [now] = await contentHashes(root.path, [path], maxFileBytes);
  const hasChanged = now === undefined || !row.segment.hash(row.file).equals(now.hash);
  const ledger = ledgerOfIndexed(row, {
    checkedMs: checkedMsOf(row, facts),
    times,
    isSearchable: index.isSearchable(path),
    hasChanged,
  });
  if (hasChanged) {
    return explain('stale', 'It is indexed, but changed since; it is read again shortly.', { details, ledger });
  }
  const limit = limitReasons[row.segment.byte(row.file, 'limit')] ?? 'none';
  if (limit === 'none') return explain('indexed', indexedSummary(row), { details, ledger });
  return explain(isPartial(limit) ? 'partial' : 'textOnly', `Indexed, but ${explainReason(limit)}.`, {
    reason: limit,
    details,
    ledger,
  });
}

/** On disk, allowed by the rules, and yet without a row. */
function unknownFile(
  rule: PathRule,
  isBeyondLimit: boolean,
  explain: (
    verdict: FileExplanation['verdict'],
    summary: string,
    extra: Pick<FileExplanation, 'reason' | 'ledger'>,
  ) => FileExplanation,
): FileExplanation {
  const skipped = (reason: SkipReason, detail = ''): FileExplanation =>
    explain('skipped', skipSummary(reason, detail), { reason, ledger: ledgerOfUnread(explainReason(reason)) });
  if (rule.kind === 'symlink') return skipped('symlink');
  if (rule.kind !== 'file') return skipped('notRegular', rule.kind);
  if (isBeyondLimit) return skipped('tooManyFiles');
  const summary = 'It is not indexed yet: it is new, or a scan has still to reach it.';
  return explain('stale', summary, { ledger: ledgerOfNew() });
}

function ruleOf({ rule, source, line }: PathRule): Pick<FileExplanation, 'rule'> {
  if (rule === undefined) return {};
  return { rule: { text: rule, source: source ?? 'built in', ...(line === undefined ? {} : { line }) } };
}

function ignoreSummary(rule: PathRule): string {
  return `It is ${ignoredBy(rule)}.`;
}

function ignoredBy({ rule, source, line }: PathRule): string {
  if (rule === undefined) return 'ignored';
  const place = line === undefined ? (source ?? 'built in') : `${source ?? 'built in'}, line ${line}`;
  return `ignored by the rule "${rule}" (${place})`;
}

function skipSummary(reason: SkipReason, detail: string): string {
  return `It is not indexed: ${explainReason(reason)}${detail === '' ? '' : ` (${detail})`}.`;
}

function indexedSummary({ segment, file }: RowRef): string {
  return `Indexed with ${counted(segment.rowCount(file, 'symbols'), 'symbol')}.`;
}

function folderSummary(facts: Facts, path: string): string {
  let files = 0;
  for (const below of facts.paths(path)) {
    const row = facts.findStored(below);
    if (row !== undefined && row.segment.byte(row.file, 'skip') === 0) files++;
  }
  return `A folder with ${counted(files, 'indexed file')}.`;
}

function isPartial(limit: LimitReason): boolean {
  return limit === 'syntaxErrors' || limit === 'rowLimit';
}

function checkedMsOf({ segment, file }: RowRef, facts: Facts): number {
  return facts.observation(segment.path(file))?.checkedMs ?? segment.hot.checkedMs[file] ?? 0;
}

function detailsOf({ segment, file }: RowRef, facts: Facts): Details {
  const { hot } = segment;
  const flags = segment.byte(file, 'flags');
  const marks = (Object.keys(FileFlag) as (keyof typeof FileFlag)[]).filter((name) => (flags & FileFlag[name]) !== 0);
  const readMs = checkedMsOf({ segment, file }, facts);
  const detail = (label: string, value: string | number) => ({
    label,
    value: typeof value === 'number' ? count(value) : value,
  });
  const size = detail('Size', counted(hot.sizes[file] as number, 'byte'));
  const read = detail('Last checked', new Date(readMs).toISOString());
  if (segment.byte(file, 'skip') !== 0) return [size, read];
  return [
    detail('Language', hot.languages[segment.byte(file, 'language')]?.[0] ?? 'unknown'),
    detail('Mode', modes[segment.byte(file, 'mode') - 1] ?? 'unknown'),
    size,
    detail('Lines', hot.lines[file] as number),
    detail('Symbols', segment.rowCount(file, 'symbols')),
    detail('Chunks', segment.rowCount(file, 'chunks')),
    detail('Encoding', encodings[segment.byte(file, 'encoding')] ?? 'unknown'),
    ...(marks.length === 0 ? [] : [detail('Marked as', marks.join(', '))]),
    ...((hot.errors[file] as number) === 0 ? [] : [detail('Syntax errors', hot.errors[file] as number)]),
    detail('BLAKE3', segment.hash(file).toString('hex')),
    read,
  ];
}
