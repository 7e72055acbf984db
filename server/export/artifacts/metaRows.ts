// Rows that facts alone give: files, chunks, symbols, and the parts of files that are documents of another kind.

import {
  ChunkColumn,
  encodings,
  FileFlag,
  SymbolColumn,
  SymbolFlag,
  visibilities,
  visibilityShift,
} from '../../model/columns';
import { modes } from '../../model/mode';
import { limitReasons, skipReasons } from '../../model/skipReason';
import { symbolKindName } from '../../model/symbolKind';
import type { FileView } from './fileView';

/** `file_meta`: one row per file, also per skipped one. */
export function* fileMeta(view: FileView): Generator<object> {
  const { segment, file } = view.row;
  const skip = segment.byte(file, 'skip');
  if (skip !== 0) {
    yield { file: view.path, skipped: skipReasons[skip] ?? 'unknown' };
    return;
  }
  const limit = segment.byte(file, 'limit');
  const flags = segment.byte(file, 'flags');
  yield {
    file: view.path,
    hash: segment.hash(file).toString('hex'),
    bytes: segment.hot.sizes[file],
    language: view.language,
    mode: modes[segment.byte(file, 'mode') - 1],
    encoding: encodings[segment.byte(file, 'encoding')],
    lines: segment.hot.lines[file],
    flags: Object.entries(FileFlag).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name])),
    ...(limit === 0 ? {} : { limited: limitReasons[limit] ?? 'unknown' }),
    syntaxErrors: segment.hot.errors[file],
    symbols: segment.rowCount(file, 'symbols'),
    imports: segment.rowCount(file, 'imports'),
    callSites: segment.rowCount(file, 'callSites'),
    typeRefs: segment.rowCount(file, 'typeRefs'),
    chunks: segment.rowCount(file, 'chunks'),
  };
}

/** `chunk_meta`: what each chunk is, with the symbol that it shows. */
export function* chunkMeta(view: FileView): Generator<object> {
  const { block } = view;
  for (let row = 0; row < block.rows('chunks'); row++) {
    const at = (column: number): number => block.value('chunks', column, row);
    const symbol = at(ChunkColumn.symbol);
    yield {
      chunkUid: view.chunkUids[row],
      file: view.path,
      language: view.language,
      mode: modes[at(ChunkColumn.mode) - 1],
      ...chunkPlace(view, row),
      ...optional('title', block.text(at(ChunkColumn.titleStart), at(ChunkColumn.titleLength))),
      ...(symbol === 0 ? {} : { symbol: { symbolId: view.symbolId(symbol), ...symbolFields(view, symbol - 1) } }),
    };
  }
}

/** `chunk_uid_map`: where each chunk lies. */
export function* chunkUidMap(view: FileView): Generator<object> {
  for (let row = 0; row < view.block.rows('chunks'); row++) {
    yield { chunkUid: view.chunkUids[row], file: view.path, chunk: row, ...chunkPlace(view, row) };
  }
}

/** `vfs_manifest`: the documents inside of files: chunks of another mode than their file's. */
export function* vfsManifest(view: FileView): Generator<object> {
  const { segment, file } = view.row;
  const own = segment.byte(file, 'mode');
  for (let row = 0; row < view.block.rows('chunks'); row++) {
    const mode = view.block.value('chunks', ChunkColumn.mode, row);
    if (mode === own) continue;
    const uid = view.chunkUids[row];
    yield {
      virtualPath: uid,
      container: view.path,
      containerLanguage: view.language,
      mode: modes[mode - 1],
      ...chunkPlace(view, row),
    };
  }
}

/** `repo_map`: the symbols of each file in their order. */
export function* repoMap(view: FileView): Generator<object> {
  for (let row = 0; row < view.block.rows('symbols'); row++) {
    yield { file: view.path, symbolId: view.symbolIds[row], ...symbolFields(view, row) };
  }
}

function symbolFields({ block }: FileView, row: number): object {
  const at = (column: number): number => block.value('symbols', column, row);
  const flags = at(SymbolColumn.flags);
  const complexity = at(SymbolColumn.complexity);
  return {
    name: block.name(at(SymbolColumn.name)),
    kind: symbolKindName(at(SymbolColumn.kind)),
    startLine: at(SymbolColumn.startLine) + 1,
    endLine: at(SymbolColumn.endLine) + 1,
    exported: (flags & SymbolFlag.exported) !== 0,
    ...optional('visibility', flags >> visibilityShift === 0 ? undefined : visibilities[flags >> visibilityShift]),
    ...optional('signature', block.text(at(SymbolColumn.signatureStart), at(SymbolColumn.signatureLength))),
    ...optional('doc', block.text(at(SymbolColumn.docStart), at(SymbolColumn.docLength))),
    ...(complexity === 0 ? {} : { complexity }),
  };
}

/** Bytes count in the text after decoding to UTF-8; lines count from 1, the last included. */
function chunkPlace({ block }: FileView, row: number): object {
  return {
    startByte: block.value('chunks', ChunkColumn.startByte, row),
    endByte: block.value('chunks', ChunkColumn.endByte, row),
    startLine: block.value('chunks', ChunkColumn.startLine, row) + 1,
    endLine: block.value('chunks', ChunkColumn.endLine, row) + 1,
  };
}

function optional(key: string, value: string | undefined): object {
  return value === undefined ? {} : { [key]: value };
}
