// A panic at each entry of native and in each of its threads, as JavaScript sees it: an error with its code, in a process
// that lives on, and the next call is answered.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { innerPoints, nativeEntries } from '../../support/nativeEntries';

interface Printed {
  readonly entries: readonly string[];
  readonly errors: readonly { readonly entry: string; readonly code: string; readonly message: string }[];
}

/** They set and read one number, and nothing in them can panic. */
const withoutPoint = ['CancelFlag.new', 'CancelFlag.cancel', 'CancelFlag.cancelled'];

describe('a panic in native', () => {
  const program = join(process.cwd(), 'dist-test/unit/native/everyEntry.program.js');

  function run(env: Readonly<Record<string, string>>): Printed {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    assert.equal(status, 0, `the process ended with ${status ?? signal}: ${stderr}`);
    return JSON.parse(stdout) as Printed;
  }

  it('is an error with its code at every entry and in every thread, after which the next call is answered', () => {
    const { entries, errors } = run({ ALMAGEST_PANIC_IN: 'each' });
    assert.deepEqual([...entries, ...withoutPoint].sort(), nativeEntries().sort(), 'every entry is called');
    const closed = errors.filter(({ code }) => code === 'ERR_INDEX_CLOSED');
    assert.equal(closed.length, 2, 'a panic in reading and one in writing close the search index');
    const others = errors.filter(({ code }) => code !== 'ERR_INDEX_CLOSED');
    assert.deepEqual(
      others.filter(({ code }) => code !== 'ERR_PANIC'),
      [],
    );
    const said = others.map(({ message }) => /^a bug in Almagest's native part: (.*) was asked/.exec(message)?.[1]);
    assert.deepEqual(said.sort(), [...entries, ...innerPoints].sort());
  });

  it('comes where and when it is asked for, and nowhere else', () => {
    assert.deepEqual(run({}).errors, []);
    assert.deepEqual(run({ ALMAGEST_PANIC_IN: 'walk:2' }).errors, []);
    const { errors } = run({ ALMAGEST_PANIC_IN: 'walk' });
    assert.deepEqual(
      errors.map(({ entry }) => entry),
      ['walk'],
    );
  });
});
