// What a person sees on a terminal: names and contents of files are shown, and none of them can drive it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Output, type TextStream } from '../../server/commandLine/output';
import { runCommandLine } from '../../server/commandLine/run';
import { CancelSource } from '../../server/util/cancelSource';
import { createFileTree, type FileTree } from '../support/fileTree';

/** Sets the title of the window, colours by C1, writes from right to left, erases the line. */
const evil = '\u001b]0;pwned\u0007\u009b31m\u202egnp.\u2066\u200f\r\u001b[2K';
/** Colours, and the line that is drawn again and again: the only sequences of ours. */
const ours = /\u001b\[[\d;]*m|\r\u001b\[2K/g;
const driving = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('a terminal', function () {
  this.timeout(120_000);
  let tree: FileTree;
  let indexes: FileTree;

  before(function () {
    if (process.platform === 'win32') return void this.skip(); // no such names
    indexes = createFileTree();
    tree = createFileTree({
      [`${evil}/a${evil}.ts`]: `export function harmless(): string {\n  return '${evil}';\n}\n`,
      [`${evil}.json`]: `{ "harmless${evil}": 1 }`,
      [`big${evil}.ts`]: '\0',
    });
  });

  after(() => {
    tree.dispose();
    indexes.dispose();
  });

  function stream(written: string[]): TextStream {
    return {
      isTTY: true,
      columns: 200,
      on: () => undefined,
      write: (text, done) => (written.push(text), done(), true),
    };
  }

  for (const args of [
    ['index'],
    ['index', '--json'],
    ['status'],
    ['symbols', 'harmless'],
    ['symbols', 'harmless', '--json'],
    ['search', 'harmless', '-C', '2'],
    ['search', '--ranked', 'harmless'],
    ['search', '--regex', `(${evil}`],
    ['explain', `${evil}/a${evil}.ts`],
    ['explain', `big${evil}.ts`],
    ['explain', `missing${evil}`],
    ['sql', 'SELECT path FROM files'],
    ['sql', `SELECT ${evil}`],
    ['audit'],
    ['dump'],
    ['export', '--out', `relative${evil}`],
    ['verify'],
    [evil],
    ['status', `--${evil}`],
  ]) {
    it(`is not driven by: almagest ${args.map((arg) => JSON.stringify(arg.replaceAll(evil, '…'))).join(' ')}`, async () => {
      const [out, err]: [string[], string[]] = [[], []];
      const own = args[0] === evil ? args : [...args, '--index-dir', indexes.root];
      await runCommandLine(own, {
        output: new Output(stream(out), stream(err), {}),
        token: new CancelSource().token,
        workingFolder: tree.root,
        programs: join(process.cwd(), 'dist'),
        version: '0.0.0',
      });
      const shown = [...out, ...err].join('');
      assert.ok(shown.length > 0, 'nothing is shown');
      assert.doesNotMatch(shown.replace(ours, ''), driving);
      assert.ok(!/\u001b\[2K/.test(out.join('')), 'only the progress erases a line');
      if (args.includes('--json')) assert.doesNotThrow(() => void JSON.parse(out.join('')));
    });
  }
});
