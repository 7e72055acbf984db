// What crosses between the server and the process that holds SQLite. Structured clone carries it.

import type { SqlResult } from '../../protocol';
import type { EdgesOfFile, PlacedMetric } from './edges';
import type { FileFacts } from './fileFacts';
import type { QueryLimits } from './runQuery';
import type { DatabaseIdentity, DatabaseState } from './sqliteWriter';

/** Where a database lies. */
export interface DatabasePlace {
  readonly file: string;
  /** Folder for temporary files, which exists. */
  readonly temporary: string;
}

/** A path with the stamp of its facts, see fileFacts.ts. */
export type Stamped = readonly [path: string, stamp: string];

/** One thing to do. Each opens the database and closes it again, but for those between `create` and `finish`. */
export type SqliteTask =
  /** What the database at a place is; undefined: there is none, or none that can be used. */
  | { readonly kind: 'state'; readonly place: DatabasePlace }
  | { readonly kind: 'query'; readonly place: DatabasePlace; readonly query: string; readonly limits: QueryLimits }
  /** Which files must be put or removed, for the database to hold what `stamps` says. */
  | { readonly kind: 'compare'; readonly place: DatabasePlace; readonly stamps: readonly Stamped[] }
  /** One transaction on a database that exists. `seq` 0: others follow. */
  | ({ readonly kind: 'update'; readonly place: DatabasePlace; readonly seq: number } & Changes)
  /** Takes all edges and metrics out. */
  | { readonly kind: 'clearEdges'; readonly place: DatabasePlace }
  /** One transaction. */
  | { readonly kind: 'addEdges'; readonly place: DatabasePlace; readonly files: readonly EdgesOfFile[] }
  /** One transaction. */
  | { readonly kind: 'addMetrics'; readonly place: DatabasePlace; readonly metrics: readonly PlacedMetric[] }
  /** Makes the metrics that edges tell, and says that the edges are those of the facts at `seq`. */
  | { readonly kind: 'finishEdges'; readonly place: DatabasePlace; readonly seq: number }
  /** Begins a new database, to be filled by `add`. */
  | {
      readonly kind: 'create';
      readonly place: DatabasePlace;
      readonly identity: DatabaseIdentity;
      readonly withText: boolean;
    }
  /** One transaction on the database that was begun; its size is the sender's choice. */
  | ({ readonly kind: 'add' } & Changes)
  | { readonly kind: 'finish'; readonly seq: number };

export interface Changes {
  /** Real path of the root, for reading texts. */
  readonly root: string;
  readonly put: readonly FileFacts[];
  readonly removed: readonly string[];
}

/** What each kind of task answers with. */
export interface SqliteAnswers {
  readonly state: DatabaseState | undefined;
  readonly query: SqlResult;
  readonly compare: { readonly changed: readonly string[]; readonly removed: readonly string[] };
  readonly update: undefined;
  readonly clearEdges: undefined;
  readonly addEdges: undefined;
  readonly addMetrics: undefined;
  readonly finishEdges: undefined;
  readonly create: undefined;
  readonly add: undefined;
  /** Rows of each table that were put in. */
  readonly finish: Readonly<Record<string, number>>;
}

export interface SqliteRequest {
  readonly id: number;
  readonly task: SqliteTask;
}

/** `damaged`: the database must be made anew; `busy`: another process has it; `failed`: the message says. */
export type SqliteFailure = 'damaged' | 'busy' | 'failed';

export type SqliteReply = {
  readonly id: number;
  /** The most memory that the process has had, bytes. */
  readonly peakRss: number;
} & (
  { readonly answer: SqliteAnswers[SqliteTask['kind']] } | { readonly failure: SqliteFailure; readonly message: string }
);
