// Random edits of a small tree, for properties: what is done, and how it is done on disk.

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';

export type FileEdit =
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

/** Edits of files with these paths and contents, with weights for `fc.oneof`. */
export function fileEdits(paths: readonly string[], contents: readonly string[]): fc.WeightedArbitrary<FileEdit>[] {
  const path = fc.constantFrom(...paths);
  const content = fc.constantFrom(...contents);
  return [
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('write' as const), path, content }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), path }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rename' as const), from: path, to: path }) },
  ];
}

/** Does it. Other kinds of steps, and files that are not there, change nothing. */
export async function perform(root: string, each: FileEdit | { readonly kind: string }): Promise<void> {
  if (!isFileEdit(each)) return;
  if (each.kind === 'remove') return rm(join(root, each.path), { force: true });
  const target = join(root, each.kind === 'write' ? each.path : each.to);
  await mkdir(dirname(target), { recursive: true });
  if (each.kind === 'write') return writeFile(target, each.content);
  await rename(join(root, each.from), target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error; // nothing there to rename
  });
}

function isFileEdit(each: { readonly kind: string }): each is FileEdit {
  return each.kind === 'write' || each.kind === 'remove' || each.kind === 'rename';
}
