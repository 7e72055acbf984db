import assert from 'node:assert/strict';
import { ReadOrder } from '../../../server/pipeline/readOrder';

describe('ReadOrder', () => {
  it('says nothing of readings that do not overlap', () => {
    const order = new ReadOrder();
    assert.deepEqual(order.end(order.begin(['a', 'b'])), []);
    assert.deepEqual(order.end(order.begin(['a'])), []);
  });

  it('doubts the older of two readings, whichever ends last', () => {
    for (const olderEndsLast of [true, false]) {
      const order = new ReadOrder();
      const older = order.begin(['a', 'b']);
      const newer = order.begin(['b', 'c']);
      const ends = olderEndsLast ? [newer, older] : [older, newer];
      const doubts = new Map(ends.map((reading) => [reading, order.end(reading)]));
      assert.deepEqual([doubts.get(older), doubts.get(newer)], [['b'], []]);
    }
  });

  it('takes a removal for a reading: an older reading must not bring the file back unseen', () => {
    const order = new ReadOrder();
    const reading = order.begin(['a']);
    order.end(order.begin(['a']));
    assert.deepEqual(order.end(reading), ['a']);
  });
});
