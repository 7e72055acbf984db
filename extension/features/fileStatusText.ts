// What the language status item says of the open file. A pure function; languageStatus.ts draws it.

import type { FileExplanation } from '../../server/protocol';
import type { Translate } from '../serverState';

export interface FileStatusText {
  readonly text: string;
  readonly detail: string;
  readonly severity: 'information' | 'warning';
  /** Whether indexing the file again could change anything. */
  readonly canReindex: boolean;
}

/** The text for a verdict; the server's sentence about the file is the detail. */
export function fileStatusText({ verdict, summary }: FileExplanation, t: Translate): FileStatusText {
  const information = (text: string, canReindex: boolean): FileStatusText => ({
    text,
    detail: summary,
    severity: 'information',
    canReindex,
  });
  switch (verdict) {
    case 'indexed':
      return information(t('Indexed'), true);
    case 'textOnly':
      return information(t('Indexed as text only'), true);
    case 'partial':
      return information(t('Indexed in part'), true);
    case 'stale':
      return information(t('Index is behind this file'), true);
    case 'skipped':
      return { ...information(t('Not indexed'), true), severity: 'warning' };
    case 'ignored':
      return information(t('Excluded from the index'), false);
    case 'missing':
      return information(t('Not on the disk'), false);
    case 'outside':
      return information(t('Outside of the indexed folders'), false);
  }
}
