import assert from 'node:assert/strict';
import { OpenDocuments } from '../../../server/workspace/documents';

const uri = 'file:///w/a.ts';

describe('OpenDocuments', () => {
  const open = (text: string) => {
    const documents = new OpenDocuments();
    documents.didOpen({ uri, languageId: 'typescript', version: 1, text });
    return documents;
  };

  it('follows the edits of an open document', () => {
    const documents = open('one');
    const range = { start: { line: 0, character: 3 }, end: { line: 0, character: 3 } };
    documents.didChange({ uri, version: 2 }, [{ range, text: ' é' }]);
    assert.equal(documents.get(uri)?.getText(), 'one é');
    assert.deepEqual(documents.uris(), [uri]);
  });

  it('forgets a closed document', () => {
    const documents = open('one');
    documents.didClose(uri);
    assert.equal(documents.get(uri), undefined);
    assert.deepEqual(documents.uris(), []);
    assert.throws(() => documents.didChange({ uri, version: 3 }, [{ text: '' }]), /not open/);
  });
});
