// Help texts, made from what the commands say of themselves.

import { commonOptions, type Command, type OptionSpec } from './command';
import { exitCodeMeanings } from './exitCode';
import { table } from './format';

/** What `almagest help` prints. */
export function generalHelp(commands: readonly Command[], version: string): string {
  return [
    `Almagest ${version}: a durable, local index of a folder's code, for search, symbols and navigation.\n`,
    'Usage: almagest <command> [arguments] [options]\n',
    `Commands:\n${table(commands.map(({ name, summary }) => [name, summary]))}`,
    `Options:\n${table([...commonOptions.map(optionRow), ['--version', 'print the version']])}`,
    'Examples:\n' +
      '  almagest index ~/src/project\n' +
      '      index a folder, or bring its index up to date\n' +
      "  almagest search 'parse.*Header' --regex --include '**/*.ts'\n" +
      '      search the index of the current folder\n',
    'JSON:\n' +
      '  With --json a command prints one object, whose fields its own help names. A command that fails prints\n' +
      '  { "error": { code, message, advice? } }; code is usage, noIndex, inUse, failed, interrupted or nothing.\n' +
      '  Notes for people go to standard error.\n',
    exitCodes(),
    '"almagest help <command>" tells more about one command.\n',
  ].join('\n');
}

/** What `almagest <command> --help` prints. */
export function commandHelp(command: Command): string {
  return [
    `Usage: almagest ${synopsis(command)}\n`,
    `${command.summary}.${command.details === undefined ? '' : `\n${command.details}`}\n`,
    `Options:\n${table([...command.options, ...commonOptions].map(optionRow))}`,
    ...(command.json === undefined ? [] : [`JSON (--json):\n${indent(command.json)}\n`]),
    `Examples:\n${command.examples.map(([line, meaning]) => `  ${line}\n      ${meaning}\n`).join('')}`,
    exitCodes(),
  ].join('\n');
}

function synopsis({ name, positionals }: Command): string {
  const words = positionals.map((each) => (each.required ? `<${each.name}>` : `[${each.name}]`));
  return [name, ...words, '[options]'].join(' ');
}

function optionRow({ name, short, value, many, help }: OptionSpec): readonly [string, string] {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return [value === undefined ? names : `${names} <${value}>`, many === true ? `${help}; may be repeated` : help];
}

function exitCodes(): string {
  return `Exit codes:\n${table(exitCodeMeanings.map(([code, meaning]) => [String(code), meaning]))}`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
