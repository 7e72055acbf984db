// The status of a root for tests, and messages formatted as VS Code formats them in English.

import type { RootStatus } from '../../../server/protocol';

export function rootStatus(changes: Partial<RootStatus> = {}): RootStatus {
  return {
    root: 'file:///w/app',
    name: 'app',
    state: 'ready',
    since: 0,
    cause: 'the folder was opened',
    suggestions: [],
    paused: false,
    generation: 3,
    seq: 17,
    counts: {
      files: 8330,
      textOnly: 2,
      partial: 1,
      bytes: 2048,
      symbols: 20_000,
      imports: 1,
      callSites: 2,
      typeRefs: 3,
      chunks: 4,
      skipped: {},
      limited: {},
      languages: {},
    },
    sizes: { journal: 1024, snapshot: 1024, search: 1024 },
    indexFolder: '/cache/almagest/1',
    unsaved: { files: 0 },
    quarantine: { items: 0, bytes: 0 },
    ...changes,
  };
}

export function format(message: string, ...args: (string | number)[]): string {
  return message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)]));
}
