import assert from 'node:assert/strict';
import { nextSnapshot, snapshotPolicy, type Unsaved } from '../../../server/pipeline/snapshotPolicy';

describe('the next snapshot', () => {
  const { files, idleMs, afterMs } = snapshotPolicy;
  const little: Unsaved = { files: 1, since: 1000, last: 2000, journalBytes: 5, maxJournalBytes: 10 };
  const rows: readonly (readonly [what: string, unsaved: Partial<Unsaved>, expected: unknown])[] = [
    ['is none while nothing is unsaved', { files: 0, since: undefined }, undefined],
    ['saves a few changes when the first is old', {}, { at: 1000 + afterMs, why: 'age' }],
    ['saves more after some quiet', { files: files.whenIdle }, { at: 2000 + idleMs, why: 'quiet' }],
    [
      'does not wait for quiet when the first change is old before it',
      { files: files.whenIdle, last: afterMs },
      { at: 1000 + afterMs, why: 'age' },
    ],
    ['saves a long journal at once', { journalBytes: 11 }, { at: 2000, why: 'journal' }],
    ['saves many changes at once', { files: files.atOnce + 1 }, { at: 2000, why: 'many' }],
  ];
  for (const [what, unsaved, expected] of rows) {
    it(what, () => assert.deepEqual(nextSnapshot({ ...little, ...unsaved }), expected));
  }
});
