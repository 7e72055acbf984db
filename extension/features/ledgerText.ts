// The way of a file into the index, as "Explain Missing File" lists it. A pure function; explainFile.ts draws it.

import { byteText, type FileExplanation } from '../../server/protocol';
import { formatDuration, formatMoment } from '../format';
import type { Translate } from '../serverState';

export interface LedgerLine {
  readonly label: string;
  readonly description: string;
}

type Entry = FileExplanation['ledger'][number];

/** A line a step, in their order; what is not reached says only that. */
export function ledgerLines(ledger: readonly Entry[], t: Translate): readonly LedgerLine[] {
  const steps: Readonly<Record<Entry['step'], string>> = {
    discovered: t('Discovered'),
    hashed: t('Hashed'),
    parsed: t('Parsed'),
    extracted: t('Extracted'),
    journaled: t('On the disk'),
    searchable: t('Searchable'),
  };
  return ledger.map(({ step, status, at, ms, bytes, detail }) => {
    const size = bytes === undefined ? '' : byteText(bytes);
    const took = ms === undefined ? '' : formatDuration(ms);
    const time = at === undefined ? '' : formatMoment(Date.parse(at));
    const said = status === 'notReached' ? t('not reached') : detail;
    return {
      label: `$(${icons[status]}) ${steps[step]}`,
      description: [said, size, took, time].filter((part) => part !== '').join(', '),
    };
  });
}

const icons: Readonly<Record<Entry['status'], string>> = {
  done: 'check',
  limited: 'warning',
  waiting: 'clock',
  skipped: 'circle-slash',
  notReached: 'dash',
};
