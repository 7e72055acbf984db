// The graph of a workspace at one moment: tables made in one pass over the facts, then the edges of one file after the
// other. Conclusions only: nothing of it is stored, and it lives as long as the lease of the rows.

import type { FileBlock } from '../facts/block';
import type { RowRef } from '../facts/merge';
import { CancellationError, type CancellationToken } from '../util/cancellation';
import { Slicer } from '../util/yielding';
import type { FileEdges } from './edge';
import { Exports } from './exports';
import { resolveFile } from './fileResolver';
import { ImportTable } from './importTable';
import { Lookup } from './lookup';
import { ModuleTable } from './modules/moduleTable';
import { SymbolTable } from './symbolTable';
import { symbolIdOf } from './symbolId';
import { WorkspaceFiles } from './workspaceFiles';

export interface GraphInput {
  /** Rows of a lease of the fact store, which is held while the graph is used. */
  readonly rows: readonly RowRef[];
  /** Name of the workspace folder. */
  readonly rootName: string;
  /** Texts of the files that say where modules are, by path: see `configNames`. */
  readonly configs: ReadonlyMap<string, string>;
}

export class WorkspaceGraph {
  readonly symbols: SymbolTable;
  readonly lookup: Lookup;
  readonly #modules: ModuleTable;
  readonly #exports: Exports;

  private constructor(symbols: SymbolTable, modules: ModuleTable, imports: ImportTable) {
    this.symbols = symbols;
    this.lookup = new Lookup(symbols);
    this.#modules = modules;
    this.#exports = new Exports(this.lookup, imports, modules.context);
  }

  /** Reads all facts once; `onFile` hears how many files are done. */
  static async build(
    { rows, rootName, configs }: GraphInput,
    onFile: (done: number, total: number) => void,
    token: CancellationToken,
  ): Promise<WorkspaceGraph> {
    const files = new WorkspaceFiles(rows, rootName);
    const symbols = new SymbolTable(files);
    const modules = new ModuleTable({ files, configs });
    const imports = new ImportTable(symbols.names, modules, files.files.length);
    const slicer = new Slicer();
    for (const [file, entry] of files.files.entries()) {
      if (entry.rules !== undefined) {
        const block = entry.segment.block(entry.file);
        symbols.add(file, block);
        imports.add(file, entry, block, symbols);
      }
      if (!slicer.due) continue;
      onFile(file, files.files.length);
      if (token.isCancellationRequested) throw new CancellationError();
      await slicer.pause();
    }
    symbols.finish();
    return new WorkspaceGraph(symbols, modules, imports);
  }

  /** The number of a file in the graph; `undefined` for skipped and unknown ones. */
  fileOf(path: string): number | undefined {
    return this.symbols.workspace.find(path);
  }

  /** What a file refers to. `block` is its own, which the caller has read. */
  edgesOf(file: number, block: FileBlock): FileEdges {
    return resolveFile(file, block, {
      table: this.symbols,
      lookup: this.lookup,
      exports: this.#exports,
      modules: this.#modules,
    });
  }

  pathOf(file: number): string {
    return this.symbols.workspace.files[file]?.path ?? '';
  }

  /** The id of a symbol that stays the same across edits: see `symbolIdOf`. */
  symbolId(symbol: number): string {
    return symbolIdOf(this.symbols, symbol);
  }
}
