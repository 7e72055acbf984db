import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readVerifyNote, writeVerifyNote } from '../../../server/store/verifyNote';
import { createFileTree, type FileTree } from '../../support/fileTree';

describe('note of the last verification', () => {
  let folder: FileTree;
  const note = { at: 1_700_000_000_000, ok: true, summary: 'Verified 3 files.' };

  beforeEach(() => (folder = createFileTree()));
  afterEach(() => folder.dispose());

  it('comes back, and is replaced as a whole', async () => {
    assert.equal(await readVerifyNote(folder.root), undefined);
    await writeVerifyNote(folder.root, note);
    assert.deepEqual(await readVerifyNote(folder.root), note);
    await writeVerifyNote(folder.root, { ...note, ok: false });
    assert.deepEqual(await readVerifyNote(folder.root), { ...note, ok: false });
  });

  const bad = ['', '{', 'null', '3', '{"at":1}', '{"at":"1","ok":true,"summary":""}', ' '.repeat(5000)];
  for (const text of bad) {
    it(`that is no note counts as none: ${JSON.stringify(text.slice(0, 40))}`, async () => {
      folder.write('verify.json', text);
      assert.equal(await readVerifyNote(folder.root), undefined);
    });
  }

  it('that is no file counts as none', async () => {
    mkdirSync(join(folder.root, 'verify.json'));
    assert.equal(await readVerifyNote(folder.root), undefined);
    const other = createFileTree({ 'note.json': JSON.stringify(note) });
    try {
      const linked = createFileTree();
      symlinkSync(join(other.root, 'note.json'), join(linked.root, 'verify.json'));
      assert.equal(await readVerifyNote(linked.root), undefined);
      linked.dispose();
    } finally {
      other.dispose();
    }
  });
});
