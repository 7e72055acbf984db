// Reads the arguments of one command against its options. Everything that is not understood is said with what was
// probably meant; nothing is guessed silently.

import { parseArgs } from 'node:util';
import { nearest } from '../util/nearest';
import { commonOptions, type Command, type OptionSpec } from './command';
import { CommandError, ExitCode } from './exitCode';

type Value = string | true | readonly string[];

export class ParsedArguments {
  readonly #values: ReadonlyMap<string, Value>;
  readonly positionals: readonly string[];

  constructor(values: ReadonlyMap<string, Value>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  /** Whether a switch was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option; undefined when it was not given. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The values of an option that may be repeated. */
  list(name: string): readonly string[] {
    const value = this.#values.get(name);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  /** The value of an option as a whole number. Throws a usage error outside of the bounds. */
  number(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw usage(`${shown(name)} takes a whole number from ${least} to ${most}, not "${text}".`);
  }
}

/** Parses what stands behind the command's name. Throws a usage error. */
export function parseArguments(command: Command, args: readonly string[]): ParsedArguments {
  const specs = [...command.options, ...commonOptions];
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      specs.map(({ name, short, value, many }) => [
        name,
        {
          type: value === undefined ? ('boolean' as const) : ('string' as const),
          ...(short === undefined ? {} : { short }),
          ...(many === true ? { multiple: true } : {}),
        },
      ]),
    ),
  });
  const values = new Map<string, Value>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = specs.find(({ name }) => name === token.name);
    if (spec === undefined) throw unknownOption(command, token.rawName, specs);
    const value = valueOf(spec, token);
    const earlier = values.get(spec.name);
    values.set(
      spec.name,
      spec.many === true ? [...(Array.isArray(earlier) ? (earlier as string[]) : []), value as string] : value,
    );
  }
  const parsed = new ParsedArguments(values, positionals);
  if (!parsed.has('help')) checkPositionals(command, positionals);
  return parsed;
}

/** A command line that is not understood. */
export function usage(message: string, advice = ''): CommandError {
  return new CommandError(ExitCode.usage, message, advice);
}

function valueOf(
  spec: OptionSpec,
  token: { readonly rawName: string; readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
): string | true {
  const { rawName, value, inlineValue } = token;
  if (spec.value === undefined) {
    if (value === undefined) return true;
    throw usage(`${rawName} takes no value, but got "${value}".`);
  }
  if (value === undefined || value === '') throw usage(`${rawName} needs a value: ${rawName} <${spec.value}>.`);
  if (inlineValue === false && value.startsWith('-')) {
    const way = rawName.startsWith('--') ? `${rawName}=${value}` : `${rawName}${value}`;
    throw usage(`${rawName} needs a value, but "${value}" follows it.`, `If that is the value, write ${way}.`);
  }
  return value;
}

function unknownOption(command: Command, rawName: string, specs: readonly OptionSpec[]): CommandError {
  const meant = nearest(
    rawName.replace(/^-+/, ''),
    specs.map(({ name }) => name),
  );
  const hint = meant === undefined ? '' : ` Did you mean ${shown(meant)}?`;
  const dashes = command.positionals.some(({ name }) => name === 'query')
    ? ' To look for a text that begins with a dash, put -- before it.'
    : '';
  return usage(
    `"${command.name}" has no option ${rawName}.${hint}`,
    `"almagest ${command.name} --help" lists the options.${dashes}`,
  );
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const missing = command.positionals.find(({ required }, index) => required && (positionals[index] ?? '') === '');
  const help = `See "almagest ${command.name} --help".`;
  if (missing !== undefined) throw usage(`"${command.name}" needs a <${missing.name}>.`, help);
  const extra = positionals[command.positionals.length];
  if (extra === undefined) return;
  const quotes = command.positionals[0]?.name === 'query' ? ' A query of several words stands in quotes.' : '';
  throw usage(`"${command.name}" does not know what to do with "${extra}".`, `${help}${quotes}`);
}

const shown = (name: string): string => `--${name}`;
