import assert from 'node:assert/strict';
import { blake3 } from '../../../native';
import { EditorTexts } from '../../../server/workspace/editorTexts';

describe('texts of editors', () => {
  const onDisk = new Map([['a.ts', 'one']]);
  const texts = new EditorTexts((path) => {
    const text = onDisk.get(path);
    return text === undefined ? undefined : blake3(Buffer.from(text));
  });

  it('count only while they differ from what is indexed', () => {
    texts.set('a.ts', 'one');
    assert.equal(texts.changed('a.ts'), undefined);
    texts.set('a.ts', 'one é');
    assert.equal(texts.changed('a.ts'), 'one é');
    onDisk.set('a.ts', 'one é');
    assert.equal(texts.changed('a.ts'), undefined, 'it was saved');
  });

  it('count when there is no such file, and until they are closed', () => {
    texts.set('new.ts', '');
    assert.equal(texts.changed('new.ts'), '');
    assert.deepEqual(texts.paths(), ['a.ts', 'new.ts']);
    texts.set('new.ts', undefined);
    assert.equal(texts.changed('new.ts'), undefined);
  });
});
