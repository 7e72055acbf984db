// What the parameters of each question must look like. A client of the owner's pipe may send anything, so a session
// believes nothing else; see `Questions` for what they mean.

import { artifactNames, overflows, storeBudgetNames, type ArtifactName, type ByteBudget } from '../model/byteBudget';
import { modes } from '../model/mode';
import { flag, list, nullable, number, object, oneOf, ShapeError, text, whole, type Shape } from '../util/shape';
import type { Params, QuestionName } from './questions';

const anyText = text();
/** Of an editor: what a message has room for. */
const longText = text(Infinity);
const maxHits = 10_000;
const maxQueryText = 1 << 20;

/** Clients name files by their place in the root. A path that leads elsewhere is an error of theirs, or worse. */
const path: Shape<string> = (value, where) => {
  const given = anyText(value, where);
  const isInside = !given.startsWith('/') && !given.includes('\0') && !given.split('/').includes('..');
  if (isInside) return given;
  throw new ShapeError(where, 'a path below the root', given);
};

const nothing = object({});
const inFile = object({ path, uri: anyText });
const budget = object({
  artifact: oneOf([...artifactNames, ...storeBudgetNames]),
  maxBytes: number,
  overflow: oneOf(overflows),
  strict: flag,
}) satisfies Shape<ByteBudget>;
const budgets = Object.fromEntries([...artifactNames, 'stage2'].map((name) => [name, budget])) as Record<
  ArtifactName | 'stage2',
  typeof budget
>;

/** By the name of the question. */
export const questionShapes: { readonly [Q in QuestionName]: Shape<Params<Q>> } = {
  symbols: object({ query: anyText, limit: whole(1, maxHits) }),
  symbol: object({ path, name: anyText, kind: whole(0, 0xff), ordinal: whole(0, 0xffff_ffff) }),
  outline: inFile,
  folder: object({ path }),
  search: object(
    { query: anyText, kind: oneOf(['text', 'ranked']), limit: number },
    {
      regex: flag,
      caseSensitive: flag,
      wholeWord: flag,
      include: list(anyText),
      exclude: list(anyText),
      modes: list(oneOf(modes)),
      contextLines: number,
    },
  ),
  explain: inFile,
  explainSymbol: object({ name: text(1000) }),
  skipped: object({ reason: anyText, limit: whole(0, Number.MAX_SAFE_INTEGER) }),
  stale: nothing,
  settled: nothing,
  builds: nothing,
  audit: object({}, { buildId: anyText }),
  sql: object({ query: text(maxQueryText), limit: number, timeoutMs: number }, { root: anyText }),
  dump: object({ begin: flag }),
  export: object(
    {
      artifacts: list(oneOf(artifactNames)),
      budgets: object(budgets),
    },
    { out: anyText },
  ),
  editor: object({ path, text: nullable(longText) }),
  hint: object({ paths: list(path, 100_000) }),
  update: nothing,
  reindex: object({ path }),
  rebuild: nothing,
  repair: nothing,
  verify: nothing,
  clear: nothing,
  pause: nothing,
  resume: nothing,
};
