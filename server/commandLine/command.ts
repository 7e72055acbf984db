// What a command of the command line is: its words for help, its options for parsing, and what it does.

import type { CancellationToken } from '../util/cancellation';
import type { ParsedArguments } from './arguments';
import type { ExitCode } from './exitCode';
import type { Output } from './output';

/** An option. Without `value` it is a switch; with `many` it may be given more than once. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What help calls the value: `folder`, `n`. */
  readonly value?: string;
  readonly many?: boolean;
  readonly help: string;
}

export interface PositionalSpec {
  readonly name: string;
  readonly required: boolean;
}

export interface Command {
  readonly name: string;
  /** One line, in the imperative: "Search text …". */
  readonly summary: string;
  /** Further sentences for the command's own help. */
  readonly details?: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** The fields of the object that `--json` prints. */
  readonly json?: string;
  run(context: CommandContext): Promise<ExitCode>;
}

/** What a command works with. */
export interface CommandContext {
  readonly args: ParsedArguments;
  readonly output: Output;
  /** Cancelled by Ctrl+C and SIGTERM. */
  readonly token: CancellationToken;
  /** Absolute path that relative ones start from. */
  readonly workingFolder: string;
  /** Folder of the bundled programs; `extractor.js` lies there. */
  readonly programs: string;
  readonly version: string;
  /** Files that an index takes; the product's number if absent. */
  readonly maxFiles?: number;
  /** Asks a person a yes-or-no question; undefined where nobody is there to answer. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** Options of every command. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'help', short: 'h', help: 'show this help' },
  { name: 'verbose', help: 'log what happens, and the stack of an error, on standard error' },
];

export const indexDirOption: OptionSpec = {
  name: 'index-dir',
  value: 'folder',
  help: "folder of all indexes (default: almagest in the user's cache folder)",
};

export const jsonOption: OptionSpec = { name: 'json', help: 'print one JSON object' };

export const rootOption: OptionSpec = {
  name: 'root',
  value: 'folder',
  help: 'the indexed folder (default: the current one)',
};

export const folderPositional: PositionalSpec = { name: 'folder', required: false };
