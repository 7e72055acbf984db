// Temporary folders with files in them, for tests that need a real disk.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface FileTree {
  /** Real, absolute path. */
  readonly root: string;
  /** Absolute path of a root-relative one. */
  at(path: string): string;
  /** Writes a file, with its folders. */
  write(path: string, text: string): void;
  dispose(): void;
}

/** Makes a folder that holds `files` (path → text). */
export function createFileTree(files: Readonly<Record<string, string>> = {}): FileTree {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-test-')));
  const tree: FileTree = {
    root,
    at: (path) => join(root, path),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) tree.write(path, text);
  return tree;
}

/** A workspace and a place for its index. */
export interface Workspace {
  readonly tree: FileTree;
  readonly place: FileTree;
}

/** For the suite that calls it: a workspace that holds `files`, made for each of its tests and removed after it. */
export function useWorkspace(files: Readonly<Record<string, string>>): Workspace {
  const now: { workspace?: Workspace } = {};
  const current = (): Workspace => {
    if (now.workspace === undefined) throw new Error('There is a workspace only while a test runs.');
    return now.workspace;
  };
  beforeEach(() => (now.workspace = { tree: createFileTree(files), place: createFileTree() }));
  afterEach(() => {
    current().tree.dispose();
    current().place.dispose();
  });
  return {
    get tree() {
      return current().tree;
    },
    get place() {
      return current().place;
    },
  };
}
