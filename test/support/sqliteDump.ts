// The canonical text of every fact, told from the rows of the SQLite form alone: equal to the dump of the index, or the
// database does not hold what the index holds.

import { FileFlag, SymbolFlag } from '../../server/model/columns';
import type { SqlValue } from '../../server/protocol';

type Record_ = Readonly<Record<string, SqlValue>>;
/** Answers a query with all its rows, by column. */
export type Ask = (query: string) => Promise<readonly Record_[]>;

const rowsPerFile = 2 ** 20;
const row = (id: SqlValue | undefined): number => Number(id) % rowsPerFile;
const n = (value: SqlValue | undefined): number => Number(value) - 1;

/** What `dumpRows` prints of the index that the database is of. */
export async function sqliteDump(ask: Ask): Promise<string> {
  const files = [...(await ask('SELECT * FROM files'))];
  const tables = await Promise.all(
    [
      ['symbols', symbolLine],
      ['imports', importLine],
      ['call_sites', callLine],
      ['type_references', typeLine],
      ['chunks', chunkLine],
    ].map(async ([table, line]) => {
      const lines = new Map<SqlValue, string[]>();
      for (const each of await ask(`SELECT * FROM ${table as string} ORDER BY id`)) {
        const file = each['file'] ?? null;
        if (Math.floor(Number(each['id']) / rowsPerFile) !== file) throw new Error(`${table as string} ${each['id']}`);
        lines.set(file, [...(lines.get(file) ?? []), `  ${(line as (each: Record_) => string)(each)}`]);
      }
      return lines;
    }),
  );
  files.sort((a, b) => Buffer.compare(Buffer.from(String(a['path'])), Buffer.from(String(b['path']))));
  return files
    .map((file) => {
      const lines = tables.flatMap((table) => table.get(file['id'] ?? null) ?? []);
      return `${[fileLine(file), ...lines].join('\n')}\n`;
    })
    .join('');
}

function fileLine(file: Record_): string {
  const path = JSON.stringify(file['path']);
  if (file['skipped'] !== null) return `file ${path} skipped ${file['skipped']}`;
  return words(
    `file ${path} ${file['hash']} ${file['language']}/${file['language_version']}`,
    file['mode'],
    file['encoding'],
    `${file['lines']} lines`,
    ...flags(file, FileFlag),
    file['limited'] === null ? '' : `limit ${file['limited']}`,
    Number(file['syntax_errors']) > 0 ? `${file['syntax_errors']} errors` : '',
  );
}

function symbolLine(symbol: Record_): string {
  return words(
    `symbol ${symbol['kind']} ${JSON.stringify(symbol['name'])}`,
    `${n(symbol['start_line'])}:${n(symbol['start_column'])}-${n(symbol['end_line'])}:${n(symbol['end_column'])}`,
    `name ${n(symbol['name_line'])}:${n(symbol['name_column'])}-${n(symbol['name_end_column'])}`,
    symbol['parent'] === null ? '' : `in #${row(symbol['parent'])}`,
    labelled('container', symbol['container']),
    ...flags(symbol, SymbolFlag),
    symbol['visibility'],
    symbol['complexity'] === 0 ? '' : `complexity ${symbol['complexity']}`,
    labelled('signature', symbol['signature']),
    labelled('doc', symbol['doc']),
  );
}

function importLine(each: Record_): string {
  return words(
    each['kind'],
    labelled('module', each['module']),
    labelled('name', each['name']),
    labelled('as', each['alias']),
    each['type_only'] === 1 ? 'typeOnly' : '',
    each['system'] === 1 ? 'system' : '',
    `${n(each['line'])}:${n(each['column'])}-${n(each['end_line'])}:${n(each['end_column'])}`,
  );
}

function callLine(call: Record_): string {
  return words(
    `call ${JSON.stringify(call['callee'])}/${call['arguments']}`,
    labelled('on', call['receiver']),
    ...['construct', 'macro', 'decorator'].filter((name) => call[name] === 1),
    call['caller'] === null ? '' : `in #${row(call['caller'])}`,
    `${n(call['line'])}:${n(call['column'])}-${n(call['end_column'])}`,
  );
}

function typeLine(each: Record_): string {
  return words(
    `${each['role']} ${JSON.stringify(each['name'])}`,
    labelled('of', each['subject']),
    each['symbol'] === null ? '' : `in #${row(each['symbol'])}`,
    `${n(each['line'])}:${n(each['column'])}-${n(each['end_column'])}`,
  );
}

function chunkLine(chunk: Record_): string {
  return words(
    `chunk ${chunk['mode']}`,
    `bytes ${chunk['start_byte']}-${chunk['end_byte']}`,
    `lines ${n(chunk['start_line'])}-${n(chunk['end_line'])}`,
    chunk['symbol'] === null ? '' : `of #${row(chunk['symbol'])}`,
    labelled('title', chunk['title']),
  );
}

function flags(each: Record_, names: Readonly<Record<string, number>>): string[] {
  return Object.keys(names).filter((name) => each[name] === 1);
}

function labelled(label: string, value: SqlValue | undefined): string {
  return value === null || value === undefined ? '' : `${label} ${JSON.stringify(value)}`;
}

function words(...parts: readonly (SqlValue | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== null && part !== '').join(' ');
}
