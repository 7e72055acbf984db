// Candidates for dead code: functions, methods and types that nothing refers to, that are neither visible outside nor tests
// nor entries. Candidates only: a function that is passed as a value or called by its text leaves no reference in the
// facts. Where a name is all that is known of a reference, everything of that name counts as referred to.

import { FileFlag, SymbolFlag, visibilities, visibilityShift } from '../../model/columns';
import { SymbolKind } from '../../model/symbolKind';
import { noSymbol, isCallable, Group, type SymbolTable } from '../symbolTable';
import { countFiles, type Analyzer, type Metric } from './analyzer';

/** Names that a runtime, a loader or the language itself calls. */
const entryNames = /^(main|Main|init|initialize|constructor|__\w+)$/;
/** A test, or a declaration or re-export of what is elsewhere. */
const exempt = SymbolFlag.test | SymbolFlag.declaration | SymbolFlag.reexport;

export const deadCandidates: Analyzer = {
  name: 'dead-candidates',
  // Of languages that say what is visible outside; elsewhere everything is. Not C and C++, where functions are passed by
  // pointer as a rule: of those of the kernel's drivers two in five would be named, and compilers tell the others.
  languages: [
    ...['TypeScript', 'TSX', 'JavaScript', 'Python', 'Go', 'Rust', 'Java', 'Kotlin', 'Scala', 'C#', 'PHP'],
    ...['Ruby', 'Swift', 'Lua'],
  ],
  phase: 'enrich',
  async run(input) {
    const { graph, links } = input;
    const { symbols } = graph;
    const found: Metric[] = [];
    const counts = await countFiles(input, { symbols: 0, candidates: 0 }, (file, of) => {
      const { segment, file: row } = symbols.workspace.files[file] ?? {};
      if (segment === undefined || row === undefined) return;
      const isExempt = (segment.byte(row, 'flags') & (FileFlag.test | FileFlag.generated | FileFlag.vendored)) !== 0;
      const first = symbols.first[file] as number;
      const end = symbols.first[file + 1] as number;
      for (let symbol = first; symbol < end; symbol++) {
        if (!isDefinition(symbols, symbol, file)) continue;
        of.symbols++;
        if (isExempt || links.isReferenced(symbol)) continue;
        if (isVisible(symbols, symbol, file) || entryNames.test(symbols.names.text(symbols.name[symbol] as number))) {
          continue;
        }
        of.candidates++;
        found.push({ name: 'dead_candidate', file, symbol, value: 1 });
      }
    });
    return { counts, metrics: found };
  },
};

/** Whether a reference to it would be in the facts, if there were one. */
function isDefinition(symbols: SymbolTable, symbol: number, file: number): boolean {
  const kind = symbols.kind[symbol] as number;
  const isOne =
    kind === SymbolKind.Function ||
    kind === SymbolKind.Method ||
    kind === SymbolKind.Class ||
    kind === SymbolKind.Interface ||
    kind === SymbolKind.Struct ||
    kind === SymbolKind.Enum;
  if (!isOne || symbols.group[symbol] === Group.none || ((symbols.flags[symbol] as number) & exempt) !== 0)
    return false;
  // What is nested in a function is its value, or is called where it stands.
  const around = symbols.parentOf(symbol, file);
  return around === noSymbol || !isCallable(symbols.kind[around] as number);
}

/** Whether it can be used from outside: exported, or a member of what is, unless it is private. */
function isVisible(symbols: SymbolTable, symbol: number, file: number): boolean {
  if (((symbols.flags[symbol] as number) & SymbolFlag.exported) !== 0) return true;
  const around = symbols.parentOf(symbol, file);
  if (around === noSymbol) return false;
  const { segment, file: row } = symbols.workspace.files[file] ?? {};
  if (segment === undefined || row === undefined) return false;
  const place = segment.firstSymbol(row) + symbol - (symbols.first[file] as number);
  const visibility = visibilities[((segment.symbols.symbolFlags[place] as number) >> visibilityShift) & 7];
  return visibility !== 'private' && visibility !== 'internal' && isVisible(symbols, around, file);
}
