// What an edge of the graph is: from where, of which kind, to what, and on which evidence. Answers that are not certain say
// so: an edge is `resolved` only when a rung of the ladder left exactly one symbol.

/** Kinds of edges; the number of one is its position. */
export const edgeKinds = ['call', 'import', 'export', 'extends', 'implements', 'typeRef'] as const;
export type EdgeKind = (typeof edgeKinds)[number];

/**
 * - `resolved`: one symbol (or file), on the evidence that the edge names
 * - `ambiguous`: several candidates, all counted, the first few listed in the order of their files
 * - `external`: imported from something that is not in the workspace
 * - `unresolved`: none of these
 */
export type EdgeStatus = 'resolved' | 'ambiguous' | 'external' | 'unresolved';

/**
 * The rung of the ladder that answered, from the nearest to the farthest.
 * - `scope`: a function nested in one of the functions around the place
 * - `enclosingType`: a member of the type around the place
 * - `importBinding`: what an import binds the name to, through re-exports
 * - `sameFile`, `samePackage`: defined there
 * - `uniqueName`: the only one of its name in the workspace, where names reach that far; of a member, on any receiver
 * - `none`: no rung
 */
export const evidences = [
  'scope',
  'enclosingType',
  'importBinding',
  'sameFile',
  'samePackage',
  'uniqueName',
  'none',
] as const;
export type Evidence = (typeof evidences)[number];

/** What a name at a place means. Shared by the edges of a file that mean the same. */
export interface Resolution {
  readonly status: EdgeStatus;
  readonly evidence: Evidence;
  /** The symbol, where there is one. */
  readonly symbol?: number;
  /** The file, where a whole module is meant; the first file of a package. */
  readonly file?: number;
  /** How many candidates there are: 1 if resolved. */
  readonly candidates: number;
  /** Of several candidates, the first `listedCandidates`. */
  readonly listed?: readonly number[];
  /** The module that an external name comes from, as it is written. */
  readonly module?: string;
}

/** So many candidates of an ambiguous edge are listed. */
const listedCandidates = 5;

export const unresolved: Resolution = { status: 'unresolved', evidence: 'none', candidates: 0 };

export function resolved(symbol: number, evidence: Evidence): Resolution {
  return { status: 'resolved', evidence, symbol, candidates: 1 };
}

export function ambiguous(symbols: readonly number[], evidence: Evidence, candidates = symbols.length): Resolution {
  return { status: 'ambiguous', evidence, candidates, listed: symbols.slice(0, listedCandidates) };
}

export function external(module: string): Resolution {
  return { status: 'external', evidence: 'importBinding', candidates: 0, module };
}

/** The edges of one file, in the order of the rows that they come from: imports, calls, type references. */
export interface FileEdges {
  readonly count: number;
  /** Number of the kind. */
  readonly kinds: Uint8Array;
  /** Row in the table that the kind comes from. */
  readonly rows: Uint32Array;
  readonly resolutions: readonly Resolution[];
}
