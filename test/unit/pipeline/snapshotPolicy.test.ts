import assert from 'node:assert/strict';
import {
  nextSnapshot,
  snapshotLimits,
  snapshotPolicy,
  type SnapshotLimits,
  type Unsaved,
} from '../../../server/pipeline/snapshotPolicy';
import type { Settings } from '../../../server/protocol';

describe('the next snapshot', () => {
  const { files, idleMs } = snapshotPolicy;
  const limits: SnapshotLimits = { files: 60, ageMs: 100_000 };
  const little: Unsaved = { files: 1, since: 1000, last: 2000, journalBytes: 5, maxJournalBytes: 10 };
  const rows: readonly (readonly [what: string, unsaved: Partial<Unsaved>, expected: unknown])[] = [
    ['is none while nothing is unsaved', { files: 0, since: undefined }, undefined],
    ['saves a few changes when the first is old', {}, { at: 1000 + limits.ageMs, why: 'age' }],
    ['saves more after some quiet', { files: files.whenIdle }, { at: 2000 + idleMs, why: 'quiet' }],
    [
      'does not wait for quiet when the first change is old before it',
      { files: files.whenIdle, last: limits.ageMs },
      { at: 1000 + limits.ageMs, why: 'age' },
    ],
    ['saves a long journal at once', { journalBytes: 11 }, { at: 2000, why: 'journal' }],
    ['saves many changes at once', { files: limits.files + 1 }, { at: 2000, why: 'many' }],
  ];
  for (const [what, unsaved, expected] of rows) {
    it(what, () => assert.deepEqual(nextSnapshot({ ...little, ...unsaved }, limits), expected));
  }

  it('goes by the settings, and by what they are when they are absent', () => {
    const settings: Settings = { exclude: [], threads: 0, outline: 'auto' };
    assert.deepEqual(snapshotLimits(settings), { files: 1000, ageMs: 300_000 });
    const set = snapshotLimits({ ...settings, snapshotFiles: 1, snapshotSeconds: 60 });
    assert.deepEqual(set, { files: 1, ageMs: 60_000 });
  });
});
