// Checks plain data that came from elsewhere (a client, another process) against what is expected, and says in one
// sentence what is wrong and where. What is returned holds nothing that was not asked for. It knows no message: the
// shapes of those stand beside them.

/** Returns the value when it is a `T`. `where` names it in the error, as in `textDocument.uri`. */
export type Shape<T> = (value: unknown, where: string) => T;

type Shapes = Readonly<Record<string, Shape<unknown>>>;
/** What a shape lets through. */
export type Shaped<S> = S extends Shape<infer T> ? T : never;
type Members<Required extends Shapes, Optional extends Shapes> = {
  readonly [Key in keyof Required]: Shaped<Required[Key]>;
} & { readonly [Key in keyof Optional]?: Shaped<Optional[Key]> };

/** A value is not what was expected. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';

  constructor(where: string, expected: string, value: unknown) {
    super(
      value === undefined
        ? `${where} is missing; it must be ${expected}.`
        : `${where} must be ${expected}, not ${shown(value)}.`,
    );
  }
}

const maxPlainDepth = 32;
const maxShown = 40;

/** Text of at most `max` UTF-16 units. */
export function text(max = 1 << 16): Shape<string> {
  return (value, where) => {
    if (typeof value !== 'string') throw new ShapeError(where, 'text', value);
    if (value.length <= max) return value;
    throw new ShapeError(where, `text of at most ${max.toLocaleString('en')} characters`, value);
  };
}

export const flag: Shape<boolean> = (value, where) => {
  if (typeof value === 'boolean') return value;
  throw new ShapeError(where, 'true or false', value);
};

export const number: Shape<number> = (value, where) => {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ShapeError(where, 'a number', value);
};

/** A whole number, both ends included. */
export function whole(least: number, most: number): Shape<number> {
  return (value, where) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    const [from, to] = [least, most].map((end) => end.toLocaleString('en'));
    throw new ShapeError(where, `a whole number from ${from} to ${to}`, value);
  };
}

export function oneOf<const T extends string | number>(values: readonly T[]): Shape<T> {
  return (value, where) => {
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    throw new ShapeError(where, `one of ${values.join(', ')}`, value);
  };
}

export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return (value, where) => {
    try {
      return first(value, where);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      return second(value, where);
    }
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, where) => (value === null ? null : shape(value, where));
}

export function list<T>(shape: Shape<T>, max = 10_000): Shape<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) throw new ShapeError(where, 'a list', value);
    if (value.length > max) throw new ShapeError(where, `a list of at most ${max.toLocaleString('en')}`, value);
    return value.map((each: unknown, index) => shape(each, `${where}[${index}]`));
  };
}

/** An object whose names are data. */
export function record<T>(shape: Shape<T>, max = 10_000): Shape<Readonly<Record<string, T>>> {
  return (value, where) => {
    const entries = Object.entries(objectOf(value, where));
    if (entries.length > max) throw new ShapeError(where, `an object of at most ${max.toLocaleString('en')}`, value);
    return Object.fromEntries(entries.map(([name, each]) => [name, shape(each, `${where}[${shown(name)}]`)]));
  };
}

/** An object with these members; `null` for an optional one means that it is not there, as some clients write it. */
export function object<Required extends Shapes, Optional extends Shapes = Record<never, never>>(
  required: Required,
  optional?: Optional,
): Shape<Members<Required, Optional>> {
  const members = Object.entries(required);
  const optionals = Object.entries(optional ?? {});
  return (value, where) => {
    const given = objectOf(value, where);
    const member = (name: string): unknown => (Object.hasOwn(given, name) ? given[name] : undefined);
    const inside = (name: string): string => (where === '' ? name : `${where}.${name}`);
    const checked: Record<string, unknown> = {};
    for (const [name, shape] of members) checked[name] = shape(member(name), inside(name));
    for (const [name, shape] of optionals) {
      const each = member(name) ?? undefined;
      if (each !== undefined) checked[name] = shape(each, inside(name));
    }
    return checked as Members<Required, Optional>;
  };
}

/** Any JSON that is not nested so deeply that it could not be written again. */
export const plain: Shape<unknown> = (value, where) => {
  if (depthOf(value) > maxPlainDepth) throw new ShapeError(where, `nested ${maxPlainDepth} deep at most`, value);
  return value;
};

function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ShapeError(where === '' ? 'What is asked' : where, 'an object', value);
}

/** How deeply lists and objects are nested; stops where it is too deep. */
function depthOf(value: unknown): number {
  let level: readonly unknown[] = [value];
  for (let depth = 0; ; depth++) {
    const inner = level.flatMap((each): unknown[] =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
    if (inner.length === 0 || depth > maxPlainDepth) return depth;
    level = inner;
  }
}

/** Enough of a value to be recognized: of lists and objects only that they are. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length.toLocaleString('en')}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value);
}
