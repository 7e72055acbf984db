// Writes the artifacts of an index: what is known, and what follows from it, as sharded JSON lines in a documented order
// with a manifest. Equal facts give equal bytes. Files are gone through one by one, so memory holds the graph's tables
// and one file's rows, whatever the size of the workspace.

import type { FactStore } from '../../facts/factStore';
import type { RowRef } from '../../facts/merge';
import { readConfigs } from '../../graph/configs';
import { WorkspaceGraph } from '../../graph/workspaceGraph';
import { artifactNames, type ArtifactName, type BudgetUse, type ByteBudget } from '../../model/byteBudget';
import type { StageReport } from '../../model/stageAudit';
import { discarded, StagePool, writeRows } from '../../store/budgetedRows';
import { PartFolder, type Part } from '../../store/partFolder';
import { CancellationError, type CancellationToken } from '../../util/cancellation';
import { Slicer } from '../../util/yielding';
import { callSites, fileRelations, symbolEdges, symbolOccurrences } from './edgeRows';
import { FileView } from './fileView';
import { chunkMeta, chunkUidMap, fileMeta, repoMap, vfsManifest } from './metaRows';
import { graphRelations } from './relationRows';
import schema from './artifacts.schema.json';
import { tokenPostings } from './tokenPostings';

/** Version of the shapes of rows and manifest. */
const artifactsVersion = 1;
const manifestName = 'manifest.json';

export interface ArtifactsInput {
  readonly facts: FactStore;
  /** Real path of the workspace folder, and its name. */
  readonly root: string;
  readonly rootName: string;
  /** Folder of the result; absent, empty, or one of before. */
  readonly out: string;
  /** All when empty. */
  readonly artifacts: readonly ArtifactName[];
  readonly budgets: Readonly<Record<ArtifactName | 'stage2', ByteBudget>>;
  readonly onProgress: (progress: ArtifactsProgress) => void;
  /** Hears of the graph, of each artifact with its budget, and of the whole. */
  readonly report?: StageReport;
  /** Rows of a lease that the caller holds, with their graph; both are made here if absent. */
  readonly made?: GraphOfRows;
  /** Runs the writing of each artifact, when there is room for it; at once if absent. */
  readonly task?: <T>(write: () => Promise<T>) => Promise<T>;
  readonly token: CancellationToken;
}

export interface GraphOfRows {
  readonly rows: readonly RowRef[];
  readonly graph: WorkspaceGraph;
}

export interface ArtifactsProgress {
  /** `graph`, or the artifact in work. */
  readonly step: ArtifactName | 'graph';
  /** Files gone through, once for each artifact and, where the graph is made here, once for that. */
  readonly done: number;
  readonly total: number;
}

/** One artifact in the manifest. */
export interface ManifestEntry {
  readonly name: ArtifactName;
  readonly order: string;
  readonly rows: number;
  readonly bytes: number;
  readonly removedRows: number;
  readonly action: BudgetUse['action'];
  readonly parts: readonly Part[];
}

export interface ArtifactsResult {
  readonly out: string;
  readonly files: number;
  readonly artifacts: readonly ManifestEntry[];
  readonly budgets: readonly BudgetUse[];
  /** Files whose text changed since they were indexed: they are not in `token_postings`. */
  readonly unreadTexts: number;
}

/** Writes them and puts them in their place; what was there before stays until then, and when this fails. */
export async function writeArtifacts(input: ArtifactsInput): Promise<ArtifactsResult> {
  const lease = input.made === undefined ? input.facts.lease() : undefined;
  try {
    const made = input.made ?? (await graphOf(input, lease?.rows ?? []));
    const folder = await PartFolder.create(input.out, manifestName);
    try {
      const result = await writeAll(input, made, folder);
      await folder.install();
      input.report?.checkpoint('write', { code: {} }, { outputBytes: sumOf(result.artifacts, ({ bytes }) => bytes) });
      return result;
    } catch (error) {
      await folder.discard();
      throw error;
    }
  } finally {
    lease?.release();
  }
}

async function graphOf(input: ArtifactsInput, rows: readonly RowRef[]): Promise<GraphOfRows> {
  const { root, rootName, onProgress, report, token } = input;
  const total = rows.length * (wantedOf(input).length + 1);
  const configs = await readConfigs(root, rows);
  const graph = await WorkspaceGraph.build(
    { rows, rootName, configs },
    (done) => onProgress({ step: 'graph', done, total }),
    token,
  );
  report?.checkpoint('relations', { code: { files: rows.length } });
  return { rows, graph };
}

function wantedOf({ artifacts }: ArtifactsInput): readonly ArtifactName[] {
  return writingOrder.filter((name) => artifacts.length === 0 || artifacts.includes(name));
}

/** First what gives most bytes in a second, so that too much of them is soon known; the words, which give least, last. */
const writingOrder: readonly ArtifactName[] = [
  'repo_map',
  'symbol_occurrences',
  'symbol_edges',
  'call_sites',
  'chunk_meta',
  'chunk_uid_map',
  'graph_relations',
  'file_meta',
  'vfs_manifest',
  'file_relations',
  'token_postings',
];

async function writeAll(
  input: ArtifactsInput,
  { rows, graph }: GraphOfRows,
  folder: PartFolder,
): Promise<ArtifactsResult> {
  const { root, onProgress, report, token, budgets, task = (write) => write() } = input;
  const wanted = wantedOf(input);
  const before = input.made === undefined ? rows.length : 0;
  const total = before + rows.length * wanted.length;
  const pool = new StagePool(budgets.stage2);
  const entries: ManifestEntry[] = [];
  const uses: BudgetUse[] = [];
  const tokens = { unread: 0 };
  const tell = (use: BudgetUse): void => {
    uses.push(use);
    report?.budget(use);
  };
  const writeOne = async (index: number, name: ArtifactName): Promise<ManifestEntry> => {
    const parts: Part[] = [];
    const onFile = (done: number): void => onProgress({ step: name, done: before + index * rows.length + done, total });
    const onSpill = (bytes: number): void => pool.allow(bytes);
    const source =
      name === 'token_postings'
        ? tokenPostings({ root, rows, scratch: folder.path, onSpill, onFile, token }, tokens)
        : linesOf(rowSources[name](viewsOf(rows, graph, onFile, token), graph));
    const write = (): Promise<BudgetUse> =>
      writeRows(unlessCancelled(source, token), {
        budget: budgets[name],
        sink: folder.sink(name, parts),
        pool,
        report: tell,
      });
    const use = await task(write);
    const bytes = sumOf(parts, (part) => part.bytes);
    const { rows: count, removedRows, action } = use;
    return { name, order: orders[name], rows: count, bytes, removedRows, action, parts };
  };
  try {
    for (const [index, name] of wanted.entries()) entries.push(await writeOne(index, name));
  } catch (error) {
    // What was whole goes with the rest.
    for (const use of [...uses, pool.use]) report?.budget(isThere(use.action) ? discarded(use) : use);
    throw error;
  }
  tell(pool.use);
  entries.sort((a, b) => artifactNames.indexOf(a.name) - artifactNames.indexOf(b.name));
  const manifest = { version: artifactsVersion, files: rows.length, unreadTexts: tokens.unread, artifacts: entries };
  await folder.write('schema.json', `${JSON.stringify(schema, undefined, 2)}\n`);
  await folder.write(manifestName, `${JSON.stringify(manifest, undefined, 2)}\n`);
  const counts = {
    artifacts: entries.length,
    rows: sumOf(entries, (entry) => entry.rows),
    bytes: sumOf(entries, (entry) => entry.bytes),
    removedRows: sumOf(entries, (entry) => entry.removedRows),
    parts: sumOf(entries, (entry) => entry.parts.length),
  };
  report?.checkpoint('artifacts', { code: counts });
  return { out: input.out, files: rows.length, artifacts: entries, budgets: uses, unreadTexts: tokens.unread };
}

type RowSource = (views: AsyncIterable<FileView>, graph: WorkspaceGraph) => AsyncIterable<object>;

const ofEachFile = (rowsOf: (view: FileView) => Iterable<object>, withSkipped = false): RowSource =>
  async function* (views) {
    for await (const view of views) if (withSkipped || !view.isSkipped) yield* rowsOf(view);
  };

const rowSources: Readonly<Record<Exclude<ArtifactName, 'token_postings'>, RowSource>> = {
  file_meta: ofEachFile(fileMeta, true),
  chunk_meta: ofEachFile(chunkMeta),
  repo_map: ofEachFile(repoMap),
  file_relations: ofEachFile(fileRelations),
  vfs_manifest: ofEachFile(vfsManifest),
  symbol_occurrences: ofEachFile(symbolOccurrences),
  symbol_edges: ofEachFile(symbolEdges),
  call_sites: ofEachFile(callSites),
  chunk_uid_map: ofEachFile(chunkUidMap),
  graph_relations: graphRelations,
};

/** The keys that rows are sorted by. Paths by their UTF-8 bytes, other texts by their UTF-16 code units. */
const orders: Readonly<Record<ArtifactName, string>> = {
  file_meta: 'file',
  chunk_meta: 'file, startByte',
  repo_map: 'file, startLine, place in the line',
  file_relations: 'file',
  vfs_manifest: 'container, startByte',
  symbol_occurrences: 'host.file, host.chunkUid, role, ref.targetName, ref.status, range',
  symbol_edges: 'from.file, from.chunkUid, type, to.targetName, to.status, range',
  call_sites: 'file, range',
  chunk_uid_map: 'file, chunk',
  graph_relations: 'graph, node.file, place in the file',
  token_postings: 'token',
};

/** The files one after the other, between turns of the event loop. */
async function* viewsOf(
  rows: readonly RowRef[],
  graph: WorkspaceGraph,
  onFile: (done: number) => void,
  token: CancellationToken,
): AsyncGenerator<FileView> {
  const slicer = new Slicer();
  for (const [done, row] of rows.entries()) {
    if (token.isCancellationRequested) throw new CancellationError();
    if (done % 256 === 0) onFile(done);
    if (slicer.due) await slicer.pause();
    yield new FileView(row, graph);
  }
}

async function* linesOf(rows: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const row of rows) yield JSON.stringify(row);
}

/** An artifact may gather long before its first row, or merge long after its last file: both ends look at the token. */
async function* unlessCancelled(lines: AsyncIterable<string>, token: CancellationToken): AsyncGenerator<string> {
  for await (const line of lines) {
    if (token.isCancellationRequested) throw new CancellationError();
    yield line;
  }
}

function isThere(action: BudgetUse['action']): boolean {
  return action !== 'failed' && action !== 'skipped' && action !== 'discarded';
}

function sumOf<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((sum, item) => sum + measure(item), 0);
}
