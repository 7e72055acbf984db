// What a SQLite form is made from, and where it lies.

import { join } from 'node:path';
import type { FactStore } from '../../facts/factStore';
import type { DatabasePlace } from './messages';

export interface FormSource {
  /** Real path of the workspace root. */
  readonly root: string;
  /** Folder of the index. */
  readonly indexFolder: string;
  readonly indexId: string;
  readonly facts: FactStore;
  /** Last batch that the facts hold. */
  readonly seq: number;
}

/** The database and its temporary files lie in a folder of their own. */
export function placeOf({ indexFolder }: FormSource): DatabasePlace {
  const temporary = join(indexFolder, 'sqlite');
  return { file: join(temporary, 'index.sqlite'), temporary };
}
