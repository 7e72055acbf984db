// The surface of the native crate. Rust handles bytes; it knows nothing of segments, LSP, VS Code, journals or policy.
// Every failure is an Error whose `code` is one of NativeErrorCode and whose message says what and where.
// Everything that touches a disk or takes more than ~1 ms is a Promise run off the JavaScript thread.

export type NativeErrorCode =
  | 'ERR_IO' | 'ERR_LOCKED' | 'ERR_INVALID_ARGUMENT' | 'ERR_INDEX_CORRUPT' | 'ERR_INDEX_CLOSED' | 'ERR_QUERY' | 'ERR_CANCELLED'
  | 'ERR_NO_SPACE' | 'ERR_PANIC';

// ---------- os.rs
/** Takes the exclusive kernel lock (flock / LockFileEx) of a file, made when missing (0600). Rejects with ERR_LOCKED when held. */
export function acquireLock(path: string, note: string): Promise<FileLock>;
export class FileLock { release(): void; get held(): boolean }
export function syncFolder(path: string): Promise<void>; // fsync of a folder; a no-op where the system has none
export function lowerPriority(): void; // CPU nice 10 and idle/best-effort-7 I/O priority, for this process
/** Name of the file system's type when it is a network one ("nfs", "smb" …), else undefined. */
export function networkFileSystem(path: string): string | undefined;
export function blake3(bytes: Uint8Array): Buffer; // 32 bytes, synchronous: for small inputs
export function hashFile(path: string, offset: number, length: number): Promise<Buffer>;
export class Blake3 { constructor(); update(bytes: Uint8Array): void; digest(): Buffer }
export function crc32c(bytes: Uint8Array, seed?: number): number;

// ---------- walk.rs: parallel, gitignore-aware; symlinks are never followed
export interface WalkOptions {
  root: string; // absolute
  under?: string; // root-relative folder to restrict the walk to (ignore files of its parents up to the root apply)
  excludes: string[]; // gitignore-style globs, root-relative, from settings; they win over re-includes
  threads: number;
  maxDepth: number;
}
/** Sorted by path bytes. Paths are root-relative, '/'-separated. .git, .hg, .svn, .jj are never entered. */
export interface WalkResult {
  count: number;
  paths: Buffer; // UTF-8, concatenated
  pathOffsets: Uint32Array; // count + 1
  sizes: Float64Array;
  changedMs: Float64Array; // max(mtime, ctime) in ms since the epoch
  fingerprints: Uint32Array; // 2 per file: 64-bit hash of (size, mtime ns, ctime ns, inode, device)
  skipped: { path: string; reason: number; detail: string }[]; // symlinks, special files, unreadable folders, secrets, invalid names; at most 10,000
  skippedTotal: number;
  folders: number;
}
export function walk(options: WalkOptions, cancel?: CancelFlag): Promise<WalkResult>;
/** Which rule decides about one path: { ignored, rule, source (file of the rule or 'settings' or 'built in'), line } */
export interface PathExplanation { exists: boolean; ignored: boolean; secret: boolean; rule?: string; source?: string; line?: number; kind: string }
export function explainPath(options: WalkOptions, path: string): Promise<PathExplanation>;
export class CancelFlag { constructor(); cancel(): void; get cancelled(): boolean }

// ---------- extract/: read, hash, decode, parse, extract rows
export interface ExtractOptions {
  root: string;
  threads: number;
  deadlineMs: number; // per file
  maxFileBytes: number; // larger files are skipped (tooLarge)
  maxParseBytes: number; // larger files are text only
  maxLineBytes: number; // a longer line makes a file text only
  maxRows: number; // per table and file
}
export interface TableRows {
  columns: number;
  offsets: Uint32Array; // files + 1: first row of each file
  data: Uint32Array; // per file, column after column: file f's block starts at offsets[f] * columns, its column c at + c * rows(f)
}
/** One batch. Per-file arrays have `files` entries in the order of the request. See server/model/columns.ts for the columns. */
export interface ExtractedBatch {
  files: number;
  skips: Uint8Array; // SkipReason number, 0 = indexed
  details: string[]; // why, for a skipped file (operating system's message); '' otherwise
  limits: Uint8Array; // LimitReason number
  languages: Uint8Array; // index into languages()
  modes: Uint8Array; // mode number of the file
  encodings: Uint8Array;
  flags: Uint8Array; // FileFlag
  lines: Uint32Array;
  errors: Uint32Array; // syntax error nodes
  sizes: Float64Array; // bytes on disk, from fstat of the descriptor that was read
  changedMs: Float64Array;
  fingerprints: Uint32Array; // 2 per file, as in WalkResult, from that same fstat
  hashes: Buffer; // 32 bytes per file: BLAKE3 of the raw bytes
  micros: Uint32Array; // time spent, volatile: never a fact
  // names: distinct over the batch, sorted by (ASCII-lowercased bytes, bytes)
  names: Buffer;
  nameOffsets: Uint32Array; // names + 1
  nameMaps: Uint32Array; // per file: its names (sorted the same way) as ids into `names`
  nameMapOffsets: Uint32Array; // files + 1
  texts: Buffer; // per file: UTF-8 text block
  textOffsets: Uint32Array; // files + 1
  symbols: TableRows; imports: TableRows; callSites: TableRows; typeRefs: TableRows; chunks: TableRows;
}
export interface LanguageInfo { name: string; id: string /* VS Code language id */; grammar: boolean; version: number; mode: number; extensions: string[]; fileNames: string[] }
export function languages(): LanguageInfo[]; // index 0 is plain text
export function extractFiles(options: ExtractOptions, paths: string[], cancel?: CancelFlag): Promise<ExtractedBatch>;
/** The same for one text that is not on disk (an open editor); `path` decides the language. */
export function extractText(options: ExtractOptions, path: string, text: string): Promise<ExtractedBatch>;
/** Files being worked on right now in this process, for a watchdog. */
export function inFlight(): { path: string; elapsedMs: number }[];

// ---------- index/: Tantivy. One document per file (key, seq, facts) and one per chunk (key, mode, language, text).
export interface FileEntry {
  path: string;
  hash: Buffer; // 32 bytes: text is taken from disk only when it still has this hash
  facts: Buffer; // stored, opaque
  language: string;
  flags: number; // FileFlag
  symbols: string; // names of the symbols, newline-separated (field `name`)
  chunks: Uint32Array; // per chunk: mode, startByte, endByte, startLine, endLine
}
export interface ApplyResult { changed: string[] /* bytes on disk no longer have the hash: indexed without text */; documents: number }
export interface SearchOptions {
  query: string; // words, "phrases", -word, OR; never handed to Tantivy's parser; ≤ 1 KiB, else ERR_QUERY
  limit: number; offset: number;
  modes?: number[]; languages?: string[]; pathPrefixes?: string[];
}
export interface RankedHit { path: string; mode: number; startLine: number; endLine: number; score: number }
export class SearchIndex {
  /** Opens or creates; ERR_INDEX_CORRUPT with what is wrong. `memoryBytes` is the writer's budget. A reader takes no lock. */
  static open(folder: string, options: { create: boolean; writable: boolean; memoryBytes: number }): Promise<SearchIndex>;
  /** Replaces the documents of these files and removes others, under one seq. Visible after commit. Reads texts below `root`. */
  apply(root: string, seq: number, files: FileEntry[], removed: string[]): Promise<ApplyResult>;
  /** Tantivy commit with payload, then fsync of the folder, then reload of the reader. */
  commit(payload: string): Promise<void>;
  get payload(): string | undefined; // of the last commit
  search(options: SearchOptions): Promise<{ hits: RankedHit[]; total: number }>;
  /** Stored facts in pages, ordered by path, for rebuilding the snapshot. `after` is the last path of the previous page. */
  storedFacts(after: string | undefined, limit: number): Promise<{ path: string; seq: number; facts: Buffer }[]>;
  /** Merges until at most `maxSegments` are left. Only when nothing is uncommitted. */
  merge(maxSegments: number): Promise<void>;
  stats(): { segments: number; documents: number; deleted: number; bytes: number };
  /** Checks Tantivy's checksums and that each listed file is there; returns the damaged ones. */
  verify(): Promise<string[]>;
  close(): Promise<void>;
}

// ---------- grep.rs: matching text over many files, in parallel, as ripgrep would
export interface GrepOptions {
  root: string; pattern: string; regex: boolean; caseSensitive: boolean; wholeWord: boolean; multiline: boolean;
  limit: number; // matching lines in all
  perFile: number; threads: number; maxFileBytes: number; contextLines: number;
}
export interface GrepHit { path: string; line: number; text: string; /* the line, cut at 1,000 characters */ ranges: number[] /* start, end pairs in UTF-16 columns of the line */; before: string[]; after: string[] }
export interface GrepResult { hits: GrepHit[]; total: number; files: number; cut: boolean; unreadable: string[] }
export function grepFiles(options: GrepOptions, paths: string[], cancel?: CancelFlag): Promise<GrepResult>;
/** The same for one text that is not on disk (an open editor); hits carry `path`. */
export function grepText(options: GrepOptions, path: string, text: string, cancel?: CancelFlag): Promise<GrepResult>;
/** The lines of given ranges of files that best match the words: what a ranked hit shows. */
export function bestLines(root: string, hits: { path: string; startLine: number; endLine: number }[], words: string[]): Promise<GrepHit[]>;
