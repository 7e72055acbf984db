// Random edits of a workspace, as people and tools make them, each kept in a ledger before it happens. Every version of
// a file defines a symbol of its own, so that it can be asked whether that very version is indexed.

import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from './rows';

/** Is told of each edit before it happens; undefined means removed. */
export interface EditRecorder {
  write(path: string, text: string | undefined): void;
}

export interface Edit {
  readonly path: string;
  /** That only the new version of the file has; undefined when the file was removed. */
  readonly symbol: string | undefined;
  /** Finds the symbol, or those of every version. */
  readonly query: string;
}

const folders = ['', 'src/', 'src/deep/', 'lib/'] as const;
const languages = ['ts', 'py', 'md'] as const;
const filesPerFolder = 6;

export class Edits {
  readonly #root: string;
  readonly #ledger: EditRecorder;
  readonly #name: string;
  #version = 0;

  /** `name` begins the names of all symbols, where the edits of several workspaces have to be told apart. */
  constructor(root: string, ledger: EditRecorder, name = '') {
    this.#root = root;
    this.#ledger = ledger;
    this.#name = name;
  }

  /** Writes one to four files, sometimes in place of another, or removes one. */
  make(random: Random): Edit[] {
    return Array.from({ length: 1 + random.below(4) }, () => this.#one(random));
  }

  #one(random: Random): Edit {
    const path = `${random.pick(folders)}file${random.below(filesPerFolder)}.${random.pick(languages)}`;
    const target = join(this.#root, path);
    if (random.below(5) === 0) {
      this.#ledger.write(path, undefined);
      rmSync(target, { force: true });
      return { path, symbol: undefined, query: `${this.#name}version` };
    }
    const symbol = `${this.#name}version${++this.#version}`;
    const text = textOf(path, symbol, random);
    this.#ledger.write(path, text);
    mkdirSync(dirname(target), { recursive: true });
    if (random.below(2) === 0 && existsSync(target)) {
      // As most editors save: a new file takes the place of the old one.
      writeFileSync(`${this.#root}.saving`, text);
      renameSync(`${this.#root}.saving`, target);
    } else {
      writeFileSync(target, text);
    }
    return { path, symbol, query: symbol };
  }
}

function textOf(path: string, symbol: string, random: Random): string {
  const lines = Array.from({ length: random.below(30) }, (_, i) => `line ${i} calls some${random.below(100)}()`);
  if (path.endsWith('.md')) return `# ${symbol}\n\n${lines.join('\n')}\n`;
  if (path.endsWith('.py')) return `def ${symbol}(a):\n    """${lines.join('\n    ')}"""\n    return other(a)\n`;
  return `/**\n${lines.map((line) => ` * ${line}\n`).join('')} */\nexport function ${symbol}(): void { other(); }\n`;
}
