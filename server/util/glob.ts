// Globs over `/`-separated paths: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`, and `**` for any number of folders. Matches in time
// proportional to the lengths at worst, whatever the glob and the path, which regular expressions made of globs do not.

/** What a glob has instead of a meaning; the message completes "it …". */
export class GlobError extends Error {}

/** Braces may stand for so many globs at most. */
const maxAlternatives = 256;

type Part =
  { readonly kind: 'any' } | { readonly kind: 'many' } | { readonly kind: 'one'; accepts(unit: string): boolean };

/** A path component's pattern, or any number of components. */
type Component = '**' | readonly Part[];

/** A test for whole paths. Case counts. @throws GlobError */
export function compileGlob(glob: string): (path: string) => boolean {
  const alternatives = expandBraces(glob).map((one) => one.split('/').map(parseComponent));
  return (path) => {
    const names = path.split('/');
    return alternatives.some((components) =>
      matchWithStars(components, names, (component) => component === '**', matchesName),
    );
  };
}

function matchesName(component: Component, name: string): boolean {
  if (component === '**') return true;
  return matchWithStars(component, name, (part) => part.kind === 'many', accepts);
}

function accepts(part: Part, unit: string): boolean {
  return part.kind === 'any' || (part.kind === 'one' && part.accepts(unit));
}

/**
 * Matches a sequence against a pattern in which some parts stand for any number of items. Only the last such part is ever
 * tried again: an earlier one that took more could only leave less to the rest.
 */
function matchWithStars<P, T>(
  pattern: ArrayLike<P>,
  items: ArrayLike<T>,
  isStar: (part: P) => boolean,
  matches: (part: P, item: T) => boolean,
): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let item = 0; item < items.length;) {
    const part = at < pattern.length ? (pattern[at] as P) : undefined;
    if (part !== undefined && isStar(part)) {
      star = at++;
      resume = item;
    } else if (part !== undefined && matches(part, items[item] as T)) {
      at++;
      item++;
    } else if (star >= 0) {
      at = star + 1;
      item = ++resume;
    } else {
      return false;
    }
  }
  while (at < pattern.length && isStar(pattern[at] as P)) at++;
  return at === pattern.length;
}

function parseComponent(text: string): Component {
  if (text === '**') return '**';
  const parts: Part[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = text[i] as string;
    if (unit === '*') {
      if (parts.at(-1)?.kind !== 'many') parts.push({ kind: 'many' });
    } else if (unit === '?') {
      parts.push({ kind: 'any' });
    } else if (unit === '[') {
      const end = text.indexOf(']', i + 2);
      if (end < 0) throw new GlobError('has a "[" without its "]"');
      parts.push({ kind: 'one', accepts: classOf(text.slice(i + 1, end)) });
      i = end;
    } else {
      const literal = unit === '\\' && i + 1 < text.length ? (text[++i] as string) : unit;
      parts.push({ kind: 'one', accepts: (one) => one === literal });
    }
  }
  return parts;
}

function classOf(text: string): (unit: string) => boolean {
  const isNegated = text.startsWith('!') || text.startsWith('^');
  const members = isNegated ? text.slice(1) : text;
  const ranges: (readonly [string, string])[] = [];
  for (let i = 0; i < members.length; i++) {
    const from = members[i] as string;
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    ranges.push([from, isRange ? (members[i + 2] as string) : from]);
    if (isRange) i += 2;
  }
  return (unit) => ranges.some(([from, to]) => unit >= from && unit <= to) !== isNegated;
}

function expandBraces(glob: string): string[] {
  const done: string[] = [];
  const pending = [glob];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (done.length + pending.length >= maxAlternatives) {
      throw new GlobError(`stands for more than ${maxAlternatives} alternatives`);
    }
    // The innermost braces first, so that nested ones need no stack.
    const found = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(next);
    if (found === null) {
      if (/[{}]/.test(next)) throw new GlobError('has a brace without its counterpart');
      done.push(next);
      continue;
    }
    const [, before = '', choices = '', after = ''] = found;
    pending.push(...choices.split(',').map((choice) => `${before}${choice}${after}`));
  }
  return done;
}
