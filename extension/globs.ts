// Translates the globs of VS Code's settings (files.exclude and its like) into the gitignore-style globs that the server
// understands. Both have `*`, `**`, `?` and `[…]`; VS Code anchors a glob without a slash at the root and has `{a,b}`.

/** More alternatives than this in one glob are a mistake, or meant to exhaust us: the rest is left out. */
const maxAlternatives = 1_000;

/** The gitignore-style globs that match what a VS Code glob matches, relative to the root. */
export function toIgnoreGlobs(glob: string): readonly string[] {
  return expandBraces(glob.trim())
    .filter((one) => one !== '' && one !== '/')
    .map((one) => (one.startsWith('/') || one.startsWith('**/') ? one : `/${one}`))
    .map(escapeUnbalanced);
}

/** The globs that are switched on in a setting of the form `{ "glob": true }`; conditions (`{ "when": … }`) are not. */
export function enabledGlobs(setting: unknown): readonly string[] {
  if (typeof setting !== 'object' || setting === null) return [];
  return Object.entries(setting).flatMap(([glob, value]) => (value === true ? [glob] : []));
}

/** Brackets without a partner stand for themselves; the server would refuse the whole list because of them. */
function escapeUnbalanced(glob: string): string {
  return glob.replace(/[{}]|\[(?![^/]*\])/g, '\\$&');
}

function expandBraces(glob: string): readonly string[] {
  let pending = [glob];
  const done: string[] = [];
  while (pending.length > 0 && pending.length + done.length <= maxAlternatives) {
    const next: string[] = [];
    for (const one of pending) {
      const braces = firstBraces(one);
      if (braces === undefined) done.push(one);
      else next.push(...braces.options.map((option) => braces.before + option + braces.after));
    }
    pending = next;
  }
  return done;
}

/** The first `{a,b}` with its outermost commas; an unbalanced brace is an ordinary character. */
function firstBraces(glob: string): { before: string; options: readonly string[]; after: string } | undefined {
  const start = glob.indexOf('{');
  if (start === -1) return undefined;
  const options: string[] = [];
  let depth = 0;
  let optionStart = start + 1;
  for (let i = start; i < glob.length; i++) {
    const char = glob.charAt(i);
    if (char === '{') depth++;
    if (char === ',' && depth === 1) {
      options.push(glob.slice(optionStart, i));
      optionStart = i + 1;
    }
    if (char === '}' && --depth === 0) {
      options.push(glob.slice(optionStart, i));
      return { before: glob.slice(0, start), options, after: glob.slice(i + 1) };
    }
  }
  return undefined;
}
