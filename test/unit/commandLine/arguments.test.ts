// How the command line reads arguments, and what it says of those that it does not understand.

import assert from 'node:assert/strict';
import { parseArguments } from '../../../server/commandLine/arguments';
import { CommandError, ExitCode } from '../../../server/commandLine/exitCode';
import { commands } from '../../../server/commandLine/run';

const command = (name: string) => {
  const found = commands.find((each) => each.name === name);
  assert.ok(found, name);
  return found;
};
const parse = (line: string) => {
  const [name = '', ...args] = line.split(' ');
  return parseArguments(command(name), args);
};

function refusal(line: string): string {
  try {
    parse(line);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    assert.equal(error.exitCode, ExitCode.usage);
    return `${error.message} ${error.advice}`.trim();
  }
  return 'understood';
}

describe('arguments', () => {
  it('reads switches, values, repeated values and positionals in any order', () => {
    const args = parse('search -w --include *.ts needle --include=*.js -C2 --limit 5');
    assert.deepEqual(args.positionals, ['needle']);
    assert.equal(args.has('word'), true);
    assert.equal(args.has('case'), false);
    assert.deepEqual(args.list('include'), ['*.ts', '*.js']);
    assert.deepEqual(args.list('exclude'), []);
    assert.equal(args.number('context', 0, 20), 2);
    assert.equal(args.number('limit', 1, 10), 5);
    assert.equal(args.text('root'), undefined);
  });

  it('takes what follows -- as it is', () => {
    assert.deepEqual(parse('search -- --limit').positionals, ['--limit']);
  });

  it('asks for nothing when help is asked for', () => {
    assert.equal(parse('search --help').has('help'), true);
  });

  it('says what it does not understand, and what was probably meant', () => {
    const lines = [
      'search',
      'search a b',
      'search --limt 3 a',
      'search --zzz a',
      'index --jsn',
      'index --json=yes',
      'index --index-dir',
      'search a --root --json',
      'status a b',
    ];
    assert.equal(
      lines.map((line) => `${line}\n  ${refusal(line)}\n`).join(''),
      `search
  "search" needs a <query>. See "almagest search --help".
search a b
  "search" does not know what to do with "b". See "almagest search --help". A query of several words stands in quotes.
search --limt 3 a
  "search" has no option --limt. Did you mean --limit? "almagest search --help" lists the options. To look for a text that begins with a dash, put -- before it.
search --zzz a
  "search" has no option --zzz. "almagest search --help" lists the options. To look for a text that begins with a dash, put -- before it.
index --jsn
  "index" has no option --jsn. Did you mean --json? "almagest index --help" lists the options.
index --json=yes
  --json takes no value, but got "yes".
index --index-dir
  --index-dir needs a value: --index-dir <folder>.
search a --root --json
  --root needs a value, but "--json" follows it. If that is the value, write --root=--json.
status a b
  "status" does not know what to do with "b". See "almagest status --help".
`,
    );
  });

  it('takes only whole numbers within their bounds', () => {
    for (const text of ['0', '11', '1.5', '-1', 'x', '1e3', '']) {
      const line = `search a --limit=${text}`;
      assert.throws(() => parse(line).number('limit', 1, 10), CommandError, line);
    }
  });
});
