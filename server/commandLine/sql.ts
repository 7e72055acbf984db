// `almagest sql`: a query of the SQLite form of an index, which is made first where there is none.

import type { SqlResult, SqlTable, SqlValue } from '../protocol';
import { sqlLimits, sqlSchema } from '../sharing/sqlForm';
import { count, counted } from '../util/counted';
import { usage } from './arguments';
import { indexDirOption, jsonOption, rootOption, type Command, type CommandContext } from './command';
import { CommandError, ExitCode } from './exitCode';
import { duration, grid } from './format';
import { placeOf, provenanceJson, provenanceOf, withReadableIndex, type Provenance } from './opening';
import { ProgressBar } from './progressBar';

const defaultLimit = 1000;
const defaultSeconds = 60;
/** Wider values are cut in tables for people. */
const widestValue = 80;

export const sqlCommand: Command = {
  name: 'sql',
  summary: 'Query the facts of an index in SQL',
  details:
    'The facts are in a SQLite database, which is made at the first query and kept up to date by whoever keeps the index.\n' +
    'It can only be read; it lies in the folder of the index, as sqlite/index.sqlite, for any SQLite tool to open.',
  positionals: [{ name: 'query', required: false }],
  options: [
    { name: 'schema', help: 'print the tables and views, with what each column means' },
    { name: 'csv', help: 'print comma-separated values (RFC 4180)' },
    { name: 'limit', value: 'n', help: `at most n rows (default: ${defaultLimit})` },
    { name: 'timeout', value: 'seconds', help: `end the query after that time (default: ${defaultSeconds})` },
    rootOption,
    indexDirOption,
    jsonOption,
  ],
  examples: [
    [
      "almagest sql 'SELECT language, count(*) FROM files WHERE skipped IS NULL GROUP BY 1 ORDER BY 2 DESC'",
      'files of each language',
    ],
    [
      "almagest sql 'SELECT path, name, complexity FROM symbols_with_path ORDER BY complexity DESC LIMIT 10'",
      'the most complex functions',
    ],
    [
      `almagest sql "SELECT path, start_line FROM chunk_search JOIN chunks_with_path ON docid = id WHERE text MATCH 'lock'"`,
      'full text',
    ],
  ],
  json: `columns    names     rows   arrays of values     cut   whether rows are left out
elapsedMs  of the query         notice?  what there is to know about the answer
${provenanceJson}
           With --schema: tables [{ name, kind, doc, columns: [{ name, type, doc }] }]`,
  async run(context) {
    const { args, output } = context;
    const [query] = args.positionals;
    if (args.has('csv') && args.has('json')) throw usage('--csv and --json do not go together.');
    if (args.has('schema')) {
      if (query !== undefined) throw usage('--schema takes no query.');
      await (args.has('json') ? output.printJson({ tables: sqlSchema }) : output.print(schemaText(sqlSchema)));
      return ExitCode.ok;
    }
    if (query === undefined) throw usage('"sql" needs a <query>, or --schema.', 'See "almagest sql --help".');
    const { result, provenance } = await answer(context, query);
    if (result.error !== undefined) throw queryError(query, result.error);
    await print(context, result, provenance);
    return result.rows.length > 0 ? ExitCode.ok : ExitCode.nothing;
  },
};

async function answer(
  context: CommandContext,
  query: string,
): Promise<{ readonly result: SqlResult; readonly provenance: Provenance }> {
  const { args, output, token } = context;
  const limit = args.number('limit', 1, sqlLimits.rows) ?? defaultLimit;
  const timeoutMs = (args.number('timeout', 1, sqlLimits.timeoutMs / 1000) ?? defaultSeconds) * 1000;
  const place = await placeOf(context, args.text('root'));
  return withReadableIndex(context, place, async (answers, changed) => {
    const bar = new ProgressBar(output, () => answers.status.progress);
    try {
      const result = await answers.ask('sql', { query, limit, timeoutMs }, token);
      return { result, provenance: await provenanceOf(answers, changed) };
    } finally {
      await bar.dispose();
    }
  });
}

async function print({ args, output }: CommandContext, result: SqlResult, provenance: Provenance): Promise<void> {
  const { columns, rows, cut, elapsedMs, notice } = result;
  if (args.has('json')) await output.printJson({ ...result, elapsedMs: Math.round(elapsedMs), ...provenance });
  else if (args.has('csv')) await output.print([columns, ...rows].map(csvLine).join(''));
  else await output.print(grid([columns, ...rows.map((row) => row.map((value) => output.foreign(shown(value))))]));
  if (notice !== undefined) await output.note(`almagest: ${notice}`);
  if (cut) await output.note(`almagest: the first ${count(rows.length)} rows are shown; --limit shows more.`);
  if (output.isTerminal) {
    await output.note(output.style('dim', `${counted(rows.length, 'row')}, ${duration(elapsedMs)}`));
  }
}

/** The message with the line of the query that it is about, and a mark below the place. */
function queryError(query: string, { message, start, end }: NonNullable<SqlResult['error']>): CommandError {
  if (start === undefined || end === undefined) return new CommandError(ExitCode.usage, message);
  const lineStart = query.lastIndexOf('\n', start - 1) + 1;
  const [line = ''] = query.slice(lineStart).split('\n');
  const mark = '^'.repeat(Math.max(1, Math.min(end, lineStart + line.length) - start));
  return new CommandError(ExitCode.usage, message, `${line}\n  ${' '.repeat(start - lineStart)}${mark}`);
}

/** One value on one line, for people. */
function shown(value: SqlValue): string {
  if (value === null) return 'NULL';
  const line = String(value).replace(/\s+/g, ' ');
  return line.length > widestValue ? `${line.slice(0, widestValue - 1)}…` : line;
}

function csvLine(values: readonly SqlValue[]): string {
  const cells = values.map((value) => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(',')}\r\n`;
}

function schemaText(tables: readonly SqlTable[]): string {
  return tables
    .map(({ name, kind, doc, columns }) => {
      const rows = columns.map((column) => [column.name, column.type.replace(' PRIMARY KEY', ''), column.doc]);
      return `${kind} ${name}\n  ${doc}\n${grid(rows)}`;
    })
    .join('\n');
}
