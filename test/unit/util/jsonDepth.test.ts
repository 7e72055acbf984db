import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isDeeper } from '../../../server/util/jsonDepth';

describe('the depth of JSON', () => {
  function depthOf(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0;
    return 1 + Math.max(0, ...Object.values(value).map(depthOf));
  }

  it('is that of what is parsed, whatever its texts hold', () => {
    const hostile = fc.string({ unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', 'a', '\u2028', '🜨') });
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'large' },
        fc.oneof(hostile, fc.double(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(hostile, tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.boolean(), (given, spread) => {
        const depth = depthOf(given);
        // So long that no depth is ruled out by the length.
        const json = JSON.stringify(given, undefined, spread ? 1 : 0).padEnd(4096);
        assert.equal(isDeeper(json, depth), false);
        if (depth > 0) assert.equal(isDeeper(json, depth - 1), true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is told of what is no JSON, too', () => {
    for (const text of ['', '"', '"\\', '[', '"[[[[', '\\"[[', ']]]]]]]']) assert.equal(isDeeper(text, 3), false, text);
    assert.equal(isDeeper('[[[[[[[', 3), true);
  });
});
