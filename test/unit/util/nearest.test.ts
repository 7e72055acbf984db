import assert from 'node:assert/strict';
import { nearest } from '../../../server/util/nearest';

describe('nearest', () => {
  const words = ['index', 'status', 'search', 'symbols', 'verify'];

  it('finds the word that was probably meant', () => {
    const typed = ['indx', 'serach', 'SEARCH', 'statsu', 'symbol', 'verifyy'];
    assert.deepEqual(
      typed.map((word) => nearest(word, words)),
      ['index', 'search', 'search', 'status', 'symbols', 'verify'],
    );
  });

  it('finds none when nothing is near', () => {
    assert.deepEqual(
      ['', 'x', 'deploy', 'zzzzzz'].map((word) => nearest(word, words)),
      [undefined, undefined, undefined, undefined],
    );
  });
});
