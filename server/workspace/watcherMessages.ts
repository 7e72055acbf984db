// What crosses between the server and the watcher process.

/** Server to watcher process. */
export type WatcherRequest =
  /** Watch these folders of the root besides those watched already. Sent once at first, with the root. */
  | { readonly kind: 'watch'; readonly root: string; readonly folders: readonly string[] }
  /** The answer to `folders`: those to watch, and those that were gone when looked at. The others are ignored. */
  | { readonly kind: 'answer'; readonly watch: readonly string[]; readonly gone: readonly string[] };

/** Why events may have been missed, so that only a scan tells the truth. */
export type DoubtReason = 'burst' | 'error' | 'watchLimit' | 'headMoved' | 'clockGap' | 'restarted';

/** What a watcher tells: paths to look at, doubts that ask for a scan, and that it watches now. */
export type WatcherEvent =
  /** Root-relative paths of files or folders; look at a folder with everything below it. */
  | { readonly kind: 'dirty'; readonly paths: readonly string[] }
  /** `detail` is one sentence for people. */
  | { readonly kind: 'doubt'; readonly reason: DoubtReason; readonly detail: string }
  /** All folders asked for at first are watched; what was missed before, a scan from now on finds. */
  | { readonly kind: 'ready'; readonly folders: number };

/** Watcher process to server. */
export type WatcherReply =
  | WatcherEvent
  /** Folders that appeared: which of them are to be watched? */
  | { readonly kind: 'folders'; readonly paths: readonly string[] };
