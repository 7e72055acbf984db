// The tables, columns, indexes and views of the SQLite form of an index, with what each of them means: the statements
// that make the database and the help that describes it come from this one place.

/** A database of another version is made anew. To be raised with each change below or in what rows.ts puts in. */
export const schemaVersion = 3;

/** An id is the file's id times this, plus the row's number in its file: rows of a file lie together in every table. */
export const rowsPerFile = 2 ** 20;

export interface ColumnSchema {
  readonly name: string;
  readonly type: 'INTEGER' | 'TEXT' | 'INTEGER PRIMARY KEY' | 'TEXT PRIMARY KEY' | 'ANY';
  readonly doc: string;
}

export interface TableSchema {
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** What a row is, one sentence. */
  readonly doc: string;
  readonly columns: readonly ColumnSchema[];
  /** What makes it. */
  readonly sql: string;
}

const column = (name: string, type: ColumnSchema['type'], doc: string): ColumnSchema => ({ name, type, doc });
const text = (name: string, doc: string): ColumnSchema => column(name, 'TEXT', doc);
const integer = (name: string, doc: string): ColumnSchema => column(name, 'INTEGER', doc);
const flag = (name: string, doc: string): ColumnSchema => column(name, 'INTEGER', `1 or 0: ${doc}`);

const id = column('id', 'INTEGER PRIMARY KEY', 'identity; rows of one file follow each other');
const file = integer('file', 'files.id');
const startToEnd = [
  integer('start_line', 'first line, from 1'),
  integer('start_column', 'in it, from 1, in UTF-16 units'),
  integer('end_line', 'last line'),
  integer('end_column', 'the first column behind the end'),
];
const place = [
  integer('line', 'from 1'),
  integer('column', 'from 1, in UTF-16 units'),
  integer('end_column', 'the first column behind the end'),
];

/** The tables that hold the facts of files, in the order in which rows.ts fills them. */
export const factTables = [
  table('files', 'A file that the index knows, also one that is not indexed.', [
    column('id', 'INTEGER PRIMARY KEY', 'stays while the file is in the index'),
    text('path', 'from the root, with /'),
    text('language', 'name of the language'),
    integer('language_version', 'of the extractor'),
    text('mode', 'code, prose or records'),
    text('encoding', 'utf8, utf8Bom, utf16le, utf16be or latin1'),
    integer('bytes', 'size on disk'),
    integer('lines', 'number of lines'),
    text('hash', 'BLAKE3 of the bytes, hexadecimal'),
    integer('syntax_errors', 'places that do not parse'),
    flag('test', 'a test'),
    flag('generated', 'generated'),
    flag('vendored', 'brought in from elsewhere'),
    text('skipped', 'why it is not indexed; NULL: it is'),
    text('limited', 'why only a part of it, or only its text, is indexed; NULL: all is'),
  ]),
  table('symbols', 'A definition.', [
    id,
    file,
    text('name', 'as written'),
    text('kind', 'function, method, class, … as the Language Server Protocol names them'),
    integer('parent', 'symbols.id of the symbol around it'),
    text('container', 'enclosing type that is no symbol of the same file'),
    ...startToEnd,
    integer('name_line', 'where the name stands'),
    integer('name_column', 'in it, from 1'),
    integer('name_end_column', 'the first column behind the name'),
    flag('exported', 'visible to other files'),
    flag('deprecated', 'marked as deprecated'),
    flag('test', 'a test'),
    flag('static', 'static'),
    flag('abstract', 'abstract'),
    flag('declaration', 'without a body: a prototype, an overload'),
    flag('reexport', 'made visible here, defined elsewhere'),
    text('visibility', 'public, protected, private, internal; NULL: the default of its language'),
    integer('complexity', 'cyclomatic complexity of a function; 0 for others'),
    text('signature', 'one line, cut at 200 characters'),
    text('doc', 'first sentence of its documentation'),
  ]),
  table('imports', 'A name that is imported or exported; a whole module has the name *.', [
    id,
    file,
    text('kind', 'import, reexport, include, require or export'),
    text('module', 'as written, without quotes'),
    text('name', 'what is taken from it'),
    text('alias', 'its local name, where that differs'),
    flag('type_only', 'a type only'),
    flag('system', 'an include in angle brackets'),
    integer('line', 'from 1'),
    integer('column', 'from 1, in UTF-16 units'),
    integer('end_line', 'last line'),
    integer('end_column', 'the first column behind the end'),
  ]),
  table('call_sites', 'A call.', [
    id,
    file,
    text('callee', 'name that is called'),
    text('receiver', 'what stands before it, cut at 80 characters'),
    integer('arguments', 'how many'),
    flag('construct', 'makes an object'),
    flag('macro', 'a macro'),
    flag('decorator', 'a decorator'),
    integer('caller', 'symbols.id of the innermost symbol around it'),
    ...place,
  ]),
  table('type_references', 'A type that is named in a heritage or a signature.', [
    id,
    file,
    text('name', 'of the type'),
    text('role', 'extends, implements, embeds, traitImpl, parameter, return or variable'),
    integer('symbol', 'symbols.id of the innermost symbol around it'),
    text('subject', 'the type whose heritage it is, where that is no symbol of the file'),
    ...place,
  ]),
  table(
    'chunks',
    'A piece of a file, the unit of search. Together they are the file; comments lie in code once more.',
    [
      id,
      file,
      text('mode', 'code, prose, extracted-prose or records'),
      integer('start_byte', 'in the text as UTF-8 without byte order mark, from 0'),
      integer('end_byte', 'the first byte behind it'),
      integer('start_line', 'first line, from 1'),
      integer('end_line', 'last line'),
      integer('symbol', 'symbols.id of the symbol that it belongs to'),
      text('title', 'heading of a section, key of a record'),
    ],
  ),
] as const;

/** Conclusions over all files: they are made when a query names them and something has changed since. */
export const conclusionTables = [
  table('edges', 'What a call, import or type means. What has no row here could not be resolved.', [
    text('kind', 'call, import, export, extends, implements or typeRef'),
    file,
    integer(
      'origin',
      'id of the row that says so: call_sites for call, imports for import and export, else type_references',
    ),
    integer('source', 'symbols.id of the innermost symbol around it'),
    integer('target', 'symbols.id, where it is one symbol'),
    integer('target_file', 'files.id of the target, or of the module that is meant'),
    text('status', 'resolved; ambiguous: several candidates; external: from outside of the index'),
    text('evidence', 'scope, enclosingType, importBinding, sameFile, samePackage or uniqueName'),
    integer('candidates', 'how many there are; 1 if resolved'),
    text('module', 'that an external name comes from'),
  ]),
  table('metrics', 'A number about a symbol or a file.', [
    text(
      'name',
      'of a symbol: callers, callees (different symbols, resolved), dead_candidate (1: nothing refers to it, and it is ' +
        'neither visible outside nor a test nor an entry); of a file: imports, imported_by (different files), ' +
        'import_cycle (files of the cycle of imports that it is in)',
    ),
    file,
    integer('symbol', 'symbols.id; NULL: it is about the file'),
    integer('value', 'the number; there is no row for 0'),
  ]),
] as const;

/** The rows of `metrics` that those of `edges` tell; the others come from analyzers. */
export const metricStatements: readonly string[] = [
  `INSERT INTO metrics SELECT 'callers', s.file, s.id, count(DISTINCT e.source) FROM edges e JOIN symbols s
    ON s.id = e.target WHERE e.kind = 'call' AND e.source IS NOT NULL GROUP BY s.id`,
  `INSERT INTO metrics SELECT 'callees', file, source, count(DISTINCT target) FROM edges
    WHERE kind = 'call' AND source IS NOT NULL AND target IS NOT NULL GROUP BY source`,
  `INSERT INTO metrics SELECT 'imports', file, NULL, count(DISTINCT target_file) FROM edges
    WHERE kind = 'import' AND target_file <> file GROUP BY file`,
  `INSERT INTO metrics SELECT 'imported_by', target_file, NULL, count(DISTINCT file) FROM edges
    WHERE kind = 'import' AND target_file <> file GROUP BY target_file`,
];

/** Made after the rows of the conclusions. */
export const conclusionIndexes: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'edges_source', sql: 'CREATE INDEX edges_source ON edges (source)' },
  { name: 'edges_target', sql: 'CREATE INDEX edges_target ON edges (target)' },
  { name: 'metrics_symbol', sql: 'CREATE INDEX metrics_symbol ON metrics (symbol)' },
];

const metaTable = table('meta', 'What the database is, a key and a value each.', [
  column(
    'key',
    'TEXT PRIMARY KEY',
    'schema_version, index_id, root, seq, edges_seq (batches of the index that facts and edges are from), full_text',
  ),
  column('value', 'ANY', 'its value'),
]);

/** The text of chunks and the index over it; left out where it is larger than its budget. */
const textTables = [
  table('chunk_text', 'The text of a chunk, where the file was still the one that was indexed.', [
    column('id', 'INTEGER PRIMARY KEY', 'chunks.id'),
    text('text', 'as UTF-8'),
  ]),
  {
    name: 'chunk_search',
    kind: 'table',
    doc:
      'Full text of chunk_text, by FTS4: WHERE chunk_search MATCH \'"open file" OR fopen*\'. Words are letters, digits ' +
      'and _, without regard to case.',
    columns: [
      column('docid', 'INTEGER PRIMARY KEY', 'chunks.id'),
      text('text', 'to be matched; snippet(chunk_search) cuts it'),
    ],
    sql:
      'CREATE VIRTUAL TABLE chunk_search USING fts4(content="chunk_text", text, matchinfo="fts3", ' +
      'tokenize=unicode61 "tokenchars=_")',
  },
] as const satisfies readonly TableSchema[];

const views = [
  view(
    'symbols_with_path',
    'A symbol with the path of its file.',
    [text('path', 'of its file'), text('language', 'of its file'), text('parent_name', 'of the symbol around it')],
    'symbols',
    `SELECT f.path, f.language, p.name AS parent_name, s.* FROM symbols s JOIN files f ON f.id = s.file
     LEFT JOIN symbols p ON p.id = s.parent`,
  ),
  view(
    'imports_with_path',
    'An import with the path of its file.',
    [text('path', 'of its file')],
    'imports',
    'SELECT f.path, i.* FROM imports i JOIN files f ON f.id = i.file',
  ),
  view(
    'calls_with_path',
    'A call with the path of its file and the name of its caller.',
    [text('path', 'of its file'), text('caller_name', 'name of the caller')],
    'call_sites',
    `SELECT f.path, s.name AS caller_name, c.* FROM call_sites c JOIN files f ON f.id = c.file
     LEFT JOIN symbols s ON s.id = c.caller`,
  ),
  view(
    'chunks_with_path',
    'A chunk with the path of its file and the name of its symbol.',
    [text('path', 'of its file'), text('symbol_name', 'name of its symbol')],
    'chunks',
    `SELECT f.path, s.name AS symbol_name, c.* FROM chunks c JOIN files f ON f.id = c.file
     LEFT JOIN symbols s ON s.id = c.symbol`,
  ),
  view(
    'edges_with_path',
    'An edge with the paths and names of its ends.',
    [
      text('path', 'of the file it is in'),
      text('source_name', 'name of the symbol around it'),
      text('target_path', 'of the file it leads to'),
      text('target_name', 'name of the symbol it leads to'),
    ],
    'edges',
    `SELECT f.path, s.name AS source_name, g.path AS target_path, t.name AS target_name, e.* FROM edges e
     JOIN files f ON f.id = e.file LEFT JOIN symbols s ON s.id = e.source LEFT JOIN symbols t ON t.id = e.target
     LEFT JOIN files g ON g.id = e.target_file`,
  ),
];

/** Every table and view, for help and completion. */
export const schema: readonly TableSchema[] = [...factTables, ...textTables, ...conclusionTables, metaTable, ...views];

/** Indexes are made after the rows of a new database, which is quicker. */
export const indexStatements: readonly string[] = [
  ...['symbols', 'imports', 'call_sites', 'type_references', 'chunks'].map(
    (name) => `CREATE INDEX ${name}_file ON ${name} (file)`,
  ),
  'CREATE INDEX symbols_name ON symbols (name)',
  'CREATE INDEX symbols_parent ON symbols (parent) WHERE parent IS NOT NULL',
  'CREATE INDEX imports_module ON imports (module)',
  'CREATE INDEX imports_name ON imports (name)',
  'CREATE INDEX call_sites_callee ON call_sites (callee)',
  'CREATE INDEX call_sites_caller ON call_sites (caller)',
  'CREATE INDEX type_references_name ON type_references (name)',
];

/** What is made before the first row, in order. */
export function tableStatements(withText: boolean): readonly string[] {
  const tables = [...factTables, ...conclusionTables, metaTable, ...(withText ? textTables : []), ...views];
  return [...tables.map(({ sql }) => sql), 'CREATE UNIQUE INDEX files_path ON files (path)'];
}

function table<const Name extends string>(name: Name, doc: string, columns: readonly ColumnSchema[]) {
  const list = columns.map((each) => `${each.name}${each.type === 'ANY' ? '' : ` ${each.type}`}`).join(', ');
  const kind = 'table' as const;
  return { name, kind, doc, columns, sql: `CREATE TABLE ${name} (${list})` };
}

function view(
  name: string,
  doc: string,
  first: readonly ColumnSchema[],
  of: (typeof factTables | typeof conclusionTables)[number]['name'],
  select: string,
): TableSchema {
  const rest = [...factTables, ...conclusionTables].find((each) => each.name === of)?.columns ?? [];
  const sql = `CREATE VIEW ${name} AS ${select.replace(/\s+/g, ' ')}`;
  return { name, kind: 'view', doc, columns: [...first, ...rest], sql };
}
