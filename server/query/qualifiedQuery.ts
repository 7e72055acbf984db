// Queries such as `Foo.bar` and `Foo::bar`: a member by its name, and where it is to be found.

import { NamePattern } from '../search/namePattern';

/** How well a container fits; `exact` is apart from case only. */
export type ContainerFit = 'exact' | 'loose' | 'none';

export interface QualifiedQuery {
  readonly member: NamePattern;
  /** How a symbol's container, or the file that it is in, fits. A file fits by its name, as modules and packages go. */
  fit(container: string | undefined, path: string): ContainerFit;
}

const qualified = /^(.*[^.:#\s])\s*(\.|::|#)\s*([^.:#\s]+)$/;

/** What stands between the two parts of a qualified query; `undefined` when it is none. */
export function separatorOf(text: string): string | undefined {
  return qualified.exec(text)?.[2];
}

/** The two parts of a qualified query; `undefined` when it is none. */
export function splitQuery(text: string): QualifiedQuery | undefined {
  const [, qualifier, , member] = qualified.exec(text) ?? [];
  if (qualifier === undefined || member === undefined) return undefined;
  const pattern = new NamePattern(qualifier);
  const wanted = dotted(qualifier);
  return {
    member: new NamePattern(member),
    fit(container, path) {
      if (container !== undefined) {
        if (`.${dotted(container)}`.endsWith(`.${wanted}`)) return 'exact';
        if (pattern.matches(container)) return 'loose';
      }
      const [file = '', folder] = path.split('/').reverse();
      const stem = file.replace(/\..*$/, '');
      return stem.toLowerCase() === wanted || folder?.toLowerCase() === wanted ? 'loose' : 'none';
    },
  };
}

function dotted(qualifier: string): string {
  return qualifier.toLowerCase().replace(/\s*(?:::|#|\.)\s*/g, '.');
}
