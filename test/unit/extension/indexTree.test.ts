// The rows of the Index view.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { cutRow, fileRow, indexRows, type IndexRow, unreachableRows } from '../../../extension/views/indexTree';
import { format, rootStatus } from './rootStatus';

const print = (rows: readonly IndexRow[], indent = ''): string[] =>
  rows.flatMap((row) => {
    const more = row.filesOf === undefined ? '' : ` <files: ${row.filesOf}>`;
    const line = `${indent}${row.label}: ${row.description ?? ''}${more}`;
    return [line, ...print(row.rows ?? [], `${indent}  `)];
  });

describe('index rows', () => {
  it('print everything that the status says', () => {
    const { counts } = rootStatus();
    const since = new Date(2026, 0, 2, 3, 3).getTime();
    const root = rootStatus({
      since,
      safeMode: 'the server stopped three times',
      unsaved: { files: 2, since, next: { at: since + 300_000, why: 'age' } },
      quarantine: { items: 2, bytes: 3072 },
      sizes: { journal: 1024, snapshot: 1024, search: 1024, sqlite: 4096 },
      opening: {
        at: since,
        elapsedMs: 12,
        rungs: [{ rung: 2, name: 'snapshot', result: 'generation 2 instead of 3', ms: 5 }],
        repaired: ['snapshot-3.seg was damaged'],
      },
      counts: {
        ...counts,
        languages: { rust: 2, go: 7 },
        skipped: { symlink: 1, binary: 1200 },
        limited: { deadline: 3 },
      },
      lastVerify: { at: new Date(2026, 0, 2, 3, 4).getTime(), ok: true, summary: 'no differences' },
    });
    assert.equal(
      print(indexRows([root], format)).join('\n'),
      `app: ready
  Cause: the folder was opened
  Since: 2026-01-02 03:03
  Safe mode: the server stopped three times
  Resume indexing: 
  Repaired when it was opened: 1
    snapshot-3.seg was damaged: 
  Quarantine: 2, 3.0 KiB
  Files: 8,330, 2.0 KiB
    go: 7
    rust: 2
  Symbols: 20,000
    Imports: 1
    Call sites: 2
    Type references: 3
    Chunks: 4
  On disk: 7.0 KiB
    Generation: 3
    Last durable batch: 17
    Snapshot: 1.0 KiB
    Journal: 1.0 KiB
    Files in the journal only: 2, since 2026-01-02 03:03
    Next snapshot: 2026-01-02 03:08 at the latest, for the age of the first change
    Search index: 1.0 KiB
    SQLite database: 4.0 KiB
    Folder: /cache/almagest/1
  Opened: 2026-01-02 03:03, in 12 ms
    snapshot: generation 2 instead of 3, 5 ms
  Verified: 2026-01-02 03:04
    no differences: 
  Skipped files: 1,201
    Not text: 1,200 <files: binary>
    Symbolic links, which are never followed: 1 <files: symlink>
  Files indexed in part: 3
    Took too long to parse: 3 <files: deadline>`,
    );
  });

  it('say why an index is read-only or damaged, and what to do', () => {
    const [row] = indexRows(
      [rootStatus({ state: 'corrupted', suggestions: ['Use Repair.'], readOnly: 'in use' })],
      format,
    );
    assert.equal(row?.description, 'damaged, read-only');
    assert.equal(row.icon, 'error');
    assert.deepEqual(
      row.rows?.slice(0, 6).map(({ label, description }) => [label, description]),
      [
        ['Cause', 'the folder was opened'],
        ['Since', ''],
        ['Read-only', 'in use'],
        ['Use Repair.', ''],
        ['Repair the index', ''],
        ['Rebuild the index', ''],
      ],
    );
  });

  it('say which folders cannot be opened, or read', () => {
    const reason = 'The folder /w/gone cannot be opened.';
    const [gone] = unreachableRows([{ uri: 'file:///w/gone', name: 'gone', reason }], format);
    assert.deepEqual([gone?.label, gone?.description, gone?.icon], ['gone', 'cannot be opened', 'warning']);
    assert.deepEqual(
      gone?.rows?.map(({ label, description }) => [label, description]),
      [['Cause', reason]],
    );
    const [locked] = indexRows([rootStatus({ unreadable: 'It is locked.' })], format);
    assert.equal(locked?.icon, 'warning');
    assert.deepEqual([locked.rows?.[2]?.label, locked.rows?.[2]?.description], ['Cannot be read', 'It is locked.']);
  });

  it('offer to build an index that is not there', () => {
    const [row] = indexRows([rootStatus({ state: 'empty' })], format);
    assert.equal(row?.rows?.find(({ label }) => label === 'Build the index')?.command, 'almagest.rebuild');
  });

  it('have ids of their own', () => {
    const roots = [rootStatus(), rootStatus({ root: 'file:///w/lib', name: 'lib' })];
    const ids = (rows: readonly IndexRow[]): string[] => rows.flatMap((row) => [row.id, ...ids(row.rows ?? [])]);
    const all = ids(indexRows(roots, format));
    assert.equal(new Set(all).size, all.length);
  });

  it('name files with their detail, and say when the list is cut', () => {
    const file = { uri: 'file:///w/app/a.png', path: 'a.png', reason: 'binary', detail: 'a NUL byte' } as const;
    assert.equal(fileRow('file:///w/app', file).description, 'a NUL byte');
    assert.equal(cutRow('file:///w/app', 'binary', 1000, 2500, format).label, '1,500 more are not listed');
  });
});
