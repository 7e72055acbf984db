// The source trees that the benchmark runs on: what Debian ships as packages, so that anyone can have the same bytes.

import { existsSync } from 'node:fs';

export interface Corpus {
  readonly name: string;
  readonly folder: string;
  /** How to get it. */
  readonly recipe: string;
}

const kernel = process.env['ALMAGEST_BENCH_KERNEL'] ?? '/usr/src/linux-source-6.1';

export const corpora: readonly Corpus[] = [
  {
    name: 'django',
    folder: '/usr/lib/python3/dist-packages/django',
    recipe: 'apt-get install python3-django',
  },
  { name: 'go', folder: '/usr/share/go-1.19', recipe: 'apt-get install golang-1.19-src' },
  {
    name: 'linux',
    folder: kernel,
    recipe:
      'apt-get install linux-source-6.1, unpack /usr/src/linux-source-6.1.tar.xz there, or name the unpacked folder in ALMAGEST_BENCH_KERNEL',
  },
];

/** The corpora asked for by name that are there; says on stderr how to get the others. */
export function chosenCorpora(names: readonly string[]): readonly Corpus[] {
  const wanted = names.length === 0 ? corpora : corpora.filter(({ name }) => names.includes(name));
  return wanted.filter(({ name, folder, recipe }) => {
    if (existsSync(folder)) return true;
    console.error(`${name} is left out: ${folder} is missing (${recipe})`);
    return false;
  });
}
