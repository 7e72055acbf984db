// An ESLint rule: which folder may import which, what may load the editor's API, the LSP library and the native addon.
// The table below is the architecture; ARCHITECTURE.md explains it. Imports of types alone count like any others.

import { dirname, relative, resolve, sep } from 'node:path';

const data = ['util', 'model'];
const facts = [...data, 'workspace', 'facts'];
const stores = [...facts, 'extraction', 'store', 'search'];

/** A part → the parts it may import besides itself. The parts of server/ go by their own name. */
const allowed = {
  util: [],
  model: ['util'],
  workspace: data,
  facts: data,
  extraction: facts,
  store: facts,
  search: facts,
  graph: stores,
  pipeline: [...stores, 'graph', 'protocol'],
  query: [...stores, 'graph', 'protocol'],
  export: [...stores, 'graph', 'query', 'protocol'],
  sharing: [...stores, 'graph', 'pipeline', 'query', 'export', 'protocol'],
  protocol: ['model'],
  media: ['protocol'],
  extension: ['protocol', 'media'],
};

/** Packages that only some parts may import. */
const reserved = [
  { packages: /^vscode$|^vscode-languageclient(\/|$)/, parts: ['extension', 'test'] },
  {
    packages: /^vscode-languageserver(-protocol)?(\/|$)/,
    parts: ['server', 'protocol', 'extension', 'test'],
  },
  { packages: /^vscode-jsonrpc(\/|$)/, parts: ['sharing', 'test'] },
];
const nativeImporters = ['workspace', 'facts', 'extraction', 'store', 'search', 'sharing', 'test'];

/** The part that a path (relative to the repository) belongs to; undefined: outside the table. */
export function partOf(path) {
  const [top, folder, ...rest] = path.split(sep);
  if (top !== 'server') return top;
  if (/^protocol(\.ts)?$/.test(folder)) return 'protocol';
  return rest.length > 0 ? folder : 'server';
}

/** Why the file (relative to the repository) may not import `specifier`; undefined: it may. */
export function refusal(file, specifier) {
  const part = partOf(file);
  if (!specifier.startsWith('.')) {
    const parts = reserved.find(({ packages }) => packages.test(specifier))?.parts;
    return !parts || parts.includes(part) ? undefined : `${specifier} belongs to ${parts.join(', ')}, not ${part}`;
  }
  const target = partOf(relative('.', resolve(dirname(file), specifier)));
  if (target === part) return undefined;
  if (target === 'native') {
    return nativeImporters.includes(part) ? undefined : `only ${nativeImporters.join(', ')} import native, not ${part}`;
  }
  const may = allowed[part];
  if (may === undefined) return target === 'test' ? 'test code stays in test/' : undefined;
  return may.includes(target) ? undefined : `${part} may import ${may.join(', ') || 'nothing of ours'}, not ${target}`;
}

export const importBoundaries = {
  meta: { type: 'problem', schema: [], messages: { refused: 'Import across a boundary: {{ why }}.' } },
  create(context) {
    const file = relative(context.cwd, context.filename);
    const check = ({ source }) => {
      // A module whose name is computed cannot be told to belong anywhere.
      const why = typeof source?.value === 'string' ? refusal(file, source.value) : undefined;
      if (why) context.report({ node: source, messageId: 'refused', data: { why } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
