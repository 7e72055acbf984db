import assert from 'node:assert/strict';
import {
  either,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  plain,
  record,
  ShapeError,
  text,
  whole,
  type Shape,
} from '../../../server/util/shape';

describe('shapes', () => {
  const form = object(
    { name: text(5), place: object({ line: whole(0, 9) }) },
    { tags: list(oneOf(['a', 'b']), 2), note: nullable(text()), size: either(number, flag), rest: record(flag, 1) },
  );

  function complaint(shape: Shape<unknown>, value: unknown): string {
    try {
      shape(value, '');
    } catch (error) {
      if (error instanceof ShapeError) return error.message;
      throw error;
    }
    return 'fits';
  }

  it('let through what fits, and nothing else of it', () => {
    const value = { name: 'n', place: { line: 3, more: 1 }, tags: ['b'], size: true, rest: { x: true }, more: {} };
    assert.deepEqual(form(value, ''), {
      name: 'n',
      place: { line: 3 },
      tags: ['b'],
      size: true,
      rest: { x: true },
    });
    assert.deepEqual(form({ name: '', place: { line: 0 }, tags: null, note: null }, ''), {
      name: '',
      place: { line: 0 },
    });
  });

  it('say where and what is wrong, and what was there, in short', () => {
    const place = { line: 1 };
    const cases: readonly (readonly [unknown, string])[] = [
      [undefined, 'What is asked is missing; it must be an object.'],
      [[1], 'What is asked must be an object, not a list of 1.'],
      [{ place }, 'name is missing; it must be text.'],
      [{ name: 'longer', place }, 'name must be text of at most 5 characters, not "longer".'],
      [{ name: { a: 1 }, place }, 'name must be text, not an object.'],
      [{ name: 'n', place: { line: 1.5 } }, 'place.line must be a whole number from 0 to 9, not 1.5.'],
      [{ name: 'n', place, tags: ['a', 'c'] }, 'tags[1] must be one of a, b, not "c".'],
      [{ name: 'n', place, tags: ['a', 'a', 'a'] }, 'tags must be a list of at most 2, not a list of 3.'],
      [{ name: 'n', place, size: '1' }, 'size must be true or false, not "1".'],
      [{ name: 'n', place, rest: { '\u001b': 0 } }, 'rest["\\u001b"] must be true or false, not 0.'],
    ];
    for (const [value, message] of cases) assert.equal(complaint(form, value), message);
    assert.equal(complaint(number, NaN), ' must be a number, not NaN.');
    const long = complaint(object({ a: flag }), { a: 'x'.repeat(1 << 20) });
    assert.equal(long, `a must be true or false, not "${'x'.repeat(40)}…".`);
  });

  it('believe no inherited member, and make none', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":true}}');
    assert.equal(complaint(object({ a: flag }), value), 'a is missing; it must be true or false.');
    assert.equal(complaint(object({ toString: text() }), {}), 'toString is missing; it must be text.');
    const names = record(plain)(value, '');
    assert.deepEqual(Object.keys(names), ['__proto__']);
    assert.equal(Object.getPrototypeOf(names), Object.prototype);
  });

  it('refuse what is nested too deeply, without following it', () => {
    const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    assert.equal(complaint(object({ a: plain }), { a: nested(30) }), 'fits');
    assert.equal(
      complaint(object({ a: plain }), { a: nested(50_000) }),
      'a must be nested 32 deep at most, not a list of 1.',
    );
  });
});
