// The messages between the Audit's host (extension/views/auditView.ts) and its front end (media/audit): the host sends what
// is to be drawn, every text in the user's language; the front end sends what the user chose.

/** From the front end. */
export type AuditToHost =
  | { readonly type: 'ready' }
  | { readonly type: 'choose'; readonly buildId: string }
  | { readonly type: 'open'; readonly path: string }
  | { readonly type: 'run'; readonly command: AuditCommand };

/** From the host. */
export type AuditToView =
  { readonly type: 'page'; readonly page: AuditPage } | { readonly type: 'failed'; readonly message: string };

/** Commands that the front end may run; all of them on the root that the page is about. */
const auditCommands = [
  'almagest.explainFile',
  'almagest.explainSymbol',
  'almagest.showIndex',
  'almagest.rebuild',
] as const;
export type AuditCommand = (typeof auditCommands)[number];

export interface AuditPage {
  readonly builds: readonly BuildChoice[];
  /** The chosen build; absent when there is none to show. */
  readonly build?: BuildPage;
  /** Why there is nothing to show. */
  readonly empty?: string;
}

export interface BuildChoice {
  readonly buildId: string;
  readonly label: string;
  readonly description: string;
  readonly tone: Tone;
  readonly chosen: boolean;
}

export interface BuildPage {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly waterfall: Waterfall;
  readonly tables: readonly Table[];
}

/** Where the time of a build went, and the memory beside it, over one axis of time. */
export interface Waterfall {
  readonly title: string;
  /** What the two charts say, in a sentence each, for those who cannot see them. */
  readonly timeSummary: string;
  readonly memorySummary: string;
  readonly elapsedMs: number;
  readonly bars: readonly WaterfallBar[];
  readonly memoryLabel: string;
  readonly memory: readonly { readonly ms: number; readonly bytes: number }[];
}

export interface WaterfallBar {
  readonly label: string;
  /** Number of the stage, which decides the colour. */
  readonly stage: number;
  readonly startMs: number;
  readonly endMs: number;
  /** "extracting: 1.4 s, 166 MiB" */
  readonly title: string;
}

export interface Table {
  readonly id: string;
  readonly title: string;
  /** A sentence below the title. */
  readonly note?: string;
  readonly columns: readonly { readonly label: string; readonly isNumber: boolean }[];
  readonly rows: readonly (readonly Cell[])[];
  readonly isOpen: boolean;
}

export interface Cell {
  readonly text: string;
  readonly title?: string;
  readonly tone?: Tone;
  /** Root-relative path of a file that the cell opens. */
  readonly path?: string;
  /** Part of a whole, drawn as a bar below the text; more than 1 is too much. */
  readonly share?: number;
}

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'quiet';

const maxTextLength = 10_000;

/** The message, or `undefined` when the value is none. */
export function parseAuditToHost(value: unknown): AuditToHost | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, buildId, path, command } = value as Readonly<Record<string, unknown>>;
  if (type === 'ready') return { type };
  if (type === 'choose' && isText(buildId)) return { type, buildId };
  if (type === 'open' && isText(path)) return { type, path };
  const known = auditCommands.find((each) => each === command);
  return type === 'run' && known !== undefined ? { type, command: known } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxTextLength;
}
