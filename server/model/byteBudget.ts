// How many bytes each thing that we write may have, and what happens when it would have more. One type bounds artifacts,
// the stages that write them, and the stores. Knows no files: writing within a budget is `store/budgetedRows.ts`.

/** What `"auto"` and `"maxJsonBytes"` mean: a constant, so that one tree gives equal shards on every machine. */
export const maxJsonBytes = 32 << 20;

/** The artifacts of stage2. Their defaults are those of the published table. */
export const artifactNames = [
  'chunk_meta',
  'file_meta',
  'token_postings',
  'repo_map',
  'file_relations',
  'vfs_manifest',
  'symbol_occurrences',
  'symbol_edges',
  'call_sites',
  'chunk_uid_map',
  'graph_relations',
] as const;
export type ArtifactName = (typeof artifactNames)[number];

/** Stores and pools that are bounded by the same type: `stage2` and `stage4` bound all that a stage writes in a build. */
export const storeBudgetNames = [
  'journal',
  'snapshot',
  'sqlite',
  'quarantine',
  'stage_audit',
  'build_artifacts',
  'stage2',
  'stage4',
] as const;
export type StoreBudgetName = (typeof storeBudgetNames)[number];
export type BudgetName = ArtifactName | StoreBudgetName;

/**
 * What happens at the limit.
 * - `fail`: writing throws ByteBudgetError (`abort` is another word for it)
 * - `shard`: a new part is begun; the limit is that of one part
 * - `trim`: the rows that fit are kept, in order; the first that does not, and all after it, are removed and counted
 * - `drop`: each row that does not fit is removed and counted; later ones that fit are kept
 * - `skip`: the artifact is left out
 * - `warn`: everything is written, and the excess is reported
 */
export const overflows = ['fail', 'shard', 'trim', 'drop', 'skip', 'warn'] as const;
export type Overflow = (typeof overflows)[number];

export interface ByteBudget {
  readonly artifact: BudgetName;
  readonly maxBytes: number;
  readonly overflow: Overflow;
  /**
   * Every overflow but `shard` is a failure; for `symbol_occurrences` and `symbol_edges` sharding is one, too. Never of a
   * store: what it holds was acknowledged, and is not refused afterwards.
   */
  readonly strict: boolean;
}

/** What the settings say, as it came: nothing of it has been checked. */
export interface ByteBudgetConfig {
  /** Artifact → bytes, `"auto"`, `"maxJsonBytes"` or `{ maxBytes, overflow, strict }`. */
  readonly byteBudgets?: unknown;
  /** Whether every budget is strict; `false` of a single one does not relax it. */
  readonly strict?: unknown;
}

/**
 * What was done about a budget, as the audit reports it. `discarded`: within its budget, but removed again with the whole
 * that it was a part of.
 */
export type BudgetAction = 'none' | 'sharded' | 'trimmed' | 'dropped' | 'skipped' | 'warned' | 'failed' | 'discarded';

export interface BudgetUse {
  readonly artifact: BudgetName;
  /** Bytes really written, all parts together; of a store, what it has. */
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly action: BudgetAction;
  readonly rows: number;
  /** Rows that were left out. */
  readonly removedRows: number;
  readonly parts: number;
}

/** A budget is used up and its policy says to fail. */
export class ByteBudgetError extends Error {
  override readonly name = 'ByteBudgetError';
  readonly code = 'ERR_BYTE_BUDGET';

  constructor(
    readonly budget: ByteBudget,
    /** Bytes that it had when it was given up: more than the budget. */
    readonly usedBytes: number,
    /** What needs them, and whether that is all: `"symbol_edges needs at least"`. */
    needs: string,
  ) {
    super(
      `${needs} ${usedBytes.toLocaleString('en')} bytes, more than its budget of ` +
        `${budget.maxBytes.toLocaleString('en')} (${budget.overflow}${budget.strict ? ', strict' : ''}). ` +
        `Raise it (${settingOf(budget.artifact)}${isOfBuilds(budget.artifact) ? '' : ', or --budget of "almagest export"'})` +
        `${isFixed(budget.artifact) ? '' : ', or give it another overflow'}.`,
    );
  }
}

/** A setting that cannot be understood. Nothing is written with it until it is mended. */
export class ByteBudgetSettingError extends Error {
  override readonly name = 'ByteBudgetSettingError';
  readonly code = 'ERR_BYTE_BUDGET_SETTING';
}

/** The setting that changes the budget of an artifact. */
function settingOf(artifact: BudgetName): string {
  return `almagest.indexing.artifacts.byteBudgets.${artifact}`;
}

/**
 * The budget of an artifact by its default and the settings.
 * @throws ByteBudgetSettingError that names the key of a value that means nothing
 */
export function resolveByteBudget(artifact: BudgetName, config: ByteBudgetConfig = {}): ByteBudget {
  const { maxBytes, overflow } = defaults[artifact];
  const areStrict = switchOf(config.strict, 'almagest.indexing.artifacts.byteBudgetPolicy.strict') ?? false;
  const strict = areStrict && !isStore(artifact);
  const given = overridesOf(config)[artifact];
  if (given === undefined) return { artifact, maxBytes, overflow, strict };
  const key = settingOf(artifact);
  if (!isObject(given)) return { artifact, maxBytes: bytesOf(given, key), overflow, strict };
  const unknown = Object.keys(given).find((name) => !['maxBytes', 'overflow', 'strict'].includes(name));
  if (unknown !== undefined) throw refused(`${key}.${unknown}`, given[unknown], 'maxBytes, overflow and strict only');
  return {
    artifact,
    maxBytes: given['maxBytes'] === undefined ? maxBytes : bytesOf(given['maxBytes'], `${key}.maxBytes`),
    overflow: given['overflow'] === undefined ? overflow : overflowOf(artifact, given['overflow'], `${key}.overflow`),
    strict: strict || strictOf(artifact, given['strict'], `${key}.strict`),
  };
}

/**
 * Every budget by its name: what a build notes that it works with.
 * @throws ByteBudgetSettingError, also for a name that no artifact has
 */
export function resolveByteBudgets(config: ByteBudgetConfig = {}): Readonly<Record<BudgetName, ByteBudget>> {
  const names: readonly BudgetName[] = [...artifactNames, ...storeBudgetNames];
  for (const name of Object.keys(overridesOf(config))) {
    if (names.some((known) => known === name)) continue;
    const key = `almagest.indexing.artifacts.byteBudgets.${name}`;
    throw new ByteBudgetSettingError(`${key}: there is no such artifact. There are ${names.join(', ')}.`);
  }
  return Object.fromEntries(names.map((name) => [name, resolveByteBudget(name, config)])) as Record<
    BudgetName,
    ByteBudget
  >;
}

/**
 * What to do with an artifact whose total would exceed the budget. `vfs_manifest` fails for a single row only; its
 * total is sharded.
 */
export function overflowOfTotal({ artifact, overflow, strict }: ByteBudget): Overflow {
  const policy = artifact === 'vfs_manifest' && overflow === 'fail' ? 'shard' : overflow;
  if (!strict) return policy;
  return policy === 'shard' && !warnsOfShards.includes(artifact) ? 'shard' : 'fail';
}

/** What somebody should know of a budget that was used up, a sentence: what was lost to it, or split where it should not be. */
export function warningOf(use: BudgetUse): string | undefined {
  return lossOf(use) ?? splitOf(use);
}

/** What was lost to a budget; undefined where nothing was, or where all was given up with an error. */
function lossOf({ artifact, limitBytes, action, removedRows }: BudgetUse): string | undefined {
  if (action !== 'trimmed' && action !== 'dropped' && action !== 'skipped' && action !== 'warned') return undefined;
  const done = {
    trimmed: `${removedRows.toLocaleString('en')} rows are left out, all from the first that had no room`,
    dropped: `${removedRows.toLocaleString('en')} rows are left out, each that had no room`,
    skipped: 'it is left out',
    warned: 'it is written all the same',
  }[action];
  return `${artifact} exceeds its budget of ${limitBytes.toLocaleString('en')} bytes: ${done}.`;
}

/** Whether it is a store, not something that a build or an export writes. */
export function isStore(name: BudgetName): boolean {
  return (
    name === 'journal' || name === 'snapshot' || name === 'sqlite' || name === 'quarantine' || name === 'stage_audit'
  );
}

/** The warning of an artifact that was split, where splitting it is one; undefined of others. */
function splitOf({ artifact, limitBytes, action, parts }: BudgetUse): string | undefined {
  if (action !== 'sharded' || !warnsOfShards.includes(artifact)) return undefined;
  return `${artifact} exceeds its budget of ${limitBytes.toLocaleString('en')} bytes: split into ${parts} parts.`;
}

/** More than one part of these is a warning, which strictness makes a failure. */
const warnsOfShards: readonly BudgetName[] = ['symbol_occurrences', 'symbol_edges'];

interface Default {
  readonly maxBytes: number;
  readonly overflow: Overflow;
  /** The store can do nothing else. */
  readonly fixed?: true;
}

const sharded: Default = { maxBytes: maxJsonBytes, overflow: 'shard' };

const defaults: Readonly<Record<BudgetName, Default>> = {
  chunk_meta: sharded,
  file_meta: sharded,
  token_postings: sharded,
  repo_map: sharded,
  file_relations: sharded,
  vfs_manifest: { maxBytes: maxJsonBytes, overflow: 'fail' },
  symbol_occurrences: sharded,
  symbol_edges: sharded,
  call_sites: sharded,
  chunk_uid_map: sharded,
  graph_relations: { maxBytes: maxJsonBytes, overflow: 'drop' },
  // A journal that is larger is folded into a snapshot, and a new one begun.
  journal: { maxBytes: 64 << 20, overflow: 'shard', fixed: true },
  // One file, whatever it needs: what is beyond the limit is written, and told.
  snapshot: { maxBytes: 1 << 30, overflow: 'warn', fixed: true },
  // Pages of a database in memory; what is larger stays on the disk, a page at a time.
  sqlite: { maxBytes: 64 << 20, overflow: 'shard', fixed: true },
  // The oldest goes; the newest stays, however large it is.
  quarantine: { maxBytes: 64 << 20, overflow: 'drop', fixed: true },
  stage_audit: { maxBytes: 256 << 10, overflow: 'trim', fixed: true },
  // All artifacts that a build writes unasked. They are five to thirteen times as large as the sources.
  build_artifacts: { maxBytes: 256 << 20, overflow: 'skip', fixed: true },
  // On disk, over all artifacts and their parts: what an export may take of the user's disk beside the index.
  stage2: { maxBytes: 16 * 2 ** 30, overflow: 'fail', fixed: true },
  stage4: { maxBytes: 16 * 2 ** 30, overflow: 'fail', fixed: true },
};

function overridesOf({ byteBudgets }: ByteBudgetConfig): Readonly<Record<string, unknown>> {
  if (byteBudgets === undefined || byteBudgets === null) return {};
  if (isObject(byteBudgets)) return byteBudgets;
  throw refused('almagest.indexing.artifacts.byteBudgets', byteBudgets, 'an object');
}

function bytesOf(value: unknown, key: string): number {
  if (value === 'auto' || value === 'maxJsonBytes') return maxJsonBytes;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw refused(key, value, 'a whole number of bytes above 0, "auto" or "maxJsonBytes"');
}

function overflowOf(artifact: BudgetName, value: unknown, key: string): Overflow {
  const overflow = value === 'abort' ? 'fail' : overflows.find((each) => each === value);
  const { fixed, overflow: only } = defaults[artifact];
  if (fixed === true && overflow !== only) throw refused(key, value, `"${only}", which is all that ${artifact} can do`);
  if (overflow === undefined) throw refused(key, value, `one of ${overflows.join(', ')}, abort`);
  return overflow;
}

function switchOf(value: unknown, key: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw refused(key, value, 'true or false');
}

function strictOf(artifact: BudgetName, value: unknown, key: string): boolean {
  const strict = switchOf(value, key) ?? false;
  if (strict && isStore(artifact)) throw refused(key, value, `false: ${artifact} keeps what it holds`);
  return strict;
}

function refused(key: string, value: unknown, wanted: string): ByteBudgetSettingError {
  return new ByteBudgetSettingError(`${key} is ${JSON.stringify(value)}, but has to be ${wanted}.`);
}

/** Whether there is but one thing that it can do at its limit. */
function isFixed(artifact: BudgetName): boolean {
  return defaults[artifact].fixed === true;
}

/** Whether no export works by it. */
function isOfBuilds(artifact: BudgetName): boolean {
  return artifact === 'build_artifacts' || artifact === 'stage4';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
