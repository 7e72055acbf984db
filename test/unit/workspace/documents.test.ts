import assert from 'node:assert/strict';
import { blake3 } from '../../../native';
import { OpenDocuments } from '../../../server/workspace/documents';

const uri = 'file:///w/a.ts';
const hash = (text: string): Buffer => blake3(Buffer.from(text));

describe('OpenDocuments', () => {
  const open = (text: string) => {
    const documents = new OpenDocuments();
    documents.didOpen({ uri, languageId: 'typescript', version: 1, text });
    return documents;
  };

  it('overlays only a text that differs from the disk', () => {
    const documents = open('one');
    assert.equal(documents.overlay(uri, hash('one')), undefined);
    const range = { start: { line: 0, character: 3 }, end: { line: 0, character: 3 } };
    documents.didChange({ uri, version: 2 }, [{ range, text: ' é' }]);
    assert.deepEqual(documents.overlay(uri, hash('one')), { uri, version: 2, text: 'one é' });
    assert.equal(documents.overlay(uri, hash('one é')), undefined);
  });

  it('overlays a file that is not on disk', () => {
    assert.equal(open('new').overlay(uri, undefined)?.text, 'new');
  });

  it('forgets a closed document', () => {
    const documents = open('one');
    documents.didClose(uri);
    assert.equal(documents.overlay(uri, hash('other')), undefined);
    assert.deepEqual(documents.uris(), []);
    assert.throws(() => documents.didChange({ uri, version: 3 }, [{ text: '' }]), /not open/);
  });
});
