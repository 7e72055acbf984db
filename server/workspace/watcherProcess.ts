// Entry of the watcher process, which the server forks: groups hints into batches and tells doubts. It ends with its
// parent.

import { keepPathsFlat } from './flatPaths';
import { coalesce, dueAt, quietMs, type Hint } from './coalesce';
import { isWatchLimit, WatchedFolders } from './watchedFolders';
import type { DoubtReason, WatcherReply, WatcherRequest } from './watcherMessages';

/** Events without a pause after which the kernel's queue (16,384 by default on Linux) may have overflowed in silence. */
const burstEvents = 8192;

/** A batch with fewer events ends a burst. */
const calmEvents = 256;

/** A clock that jumps by more than this between two looks: the machine or this process was stopped, or it was set. */
const clockGapMs = 5000;
const clockLookMs = 2000;

/** How often a scan is asked for while the system's limit keeps folders from being watched. */
const limitedScanMs = 60_000;

class WatcherProcess {
  #folders: WatchedFolders | undefined;
  #hints: Hint[] = [];
  #firstMs = 0;
  #lastMs = 0;
  #burst = 0;
  #limited = false;

  async onRequest(request: WatcherRequest): Promise<void> {
    if (request.kind === 'answer') {
      this.#folders?.forget(request.gone);
      await this.#folders?.watch(request.watch);
      // What came into these folders before their watches were in place is found by looking again now.
      for (const path of request.watch) this.#onHint({ path, kind: 'folder' });
      return;
    }
    if (this.#folders !== undefined) {
      this.#folders.offerAgain();
      await this.#folders.watch(request.folders);
      return;
    }
    this.#folders = new WatchedFolders(request.root, {
      onHint: (hint) => this.#onHint(hint),
      onFolders: (paths) => reply({ kind: 'folders', paths }),
      onHeadMoved: () => doubt('headMoved', 'Another commit or branch was checked out.'),
      onError: (error) => this.#onError(error),
    });
    await this.#folders.watch(request.folders);
    reply({ kind: 'ready', folders: this.#folders.size });
  }

  #onHint(hint: Hint): void {
    this.#lastMs = performance.now();
    if (this.#hints.length === 0) {
      this.#firstMs = this.#lastMs;
      setTimeout(() => this.#flushWhenDue(), quietMs);
    }
    this.#hints.push(hint);
  }

  #flushWhenDue(): void {
    const waitMs = dueAt(this.#firstMs, this.#lastMs) - performance.now();
    if (waitMs > 0) return void setTimeout(() => this.#flushWhenDue(), waitMs);
    const hints = this.#hints;
    this.#hints = [];
    this.#burst = hints.length < calmEvents ? 0 : this.#burst + hints.length;
    if (this.#burst > burstEvents) {
      this.#burst = 0;
      return doubt('burst', `More than ${burstEvents} events came at once; some may be lost.`);
    }
    reply({ kind: 'dirty', paths: coalesce(hints) });
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (!isWatchLimit(error)) return doubt('error', `Watching failed: ${error.message}`);
    if (this.#limited) return;
    this.#limited = true;
    const rest = `Until then changes are looked for every ${limitedScanMs / 1000} s.`;
    doubt('watchLimit', `The system lets no more folders be watched. ${remedy(error)} ${rest}`);
    setInterval(() => doubt('watchLimit', 'Not all folders are watched.'), limitedScanMs);
  }
}

function remedy({ code }: NodeJS.ErrnoException): string {
  if (process.platform !== 'linux') return 'Close other programs that watch files, then restart the index.';
  return code === 'ENOSPC'
    ? 'Raise the limit with "sudo sysctl fs.inotify.max_user_watches=524288", then restart the index.'
    : 'Raise the limit with "sudo sysctl fs.inotify.max_user_instances=512", then restart the index.';
}

function doubt(reason: DoubtReason, detail: string): void {
  reply({ kind: 'doubt', reason, detail });
}

function reply(message: WatcherReply): void {
  // The parent may have gone; 'disconnect' ends this process.
  if (process.connected) process.send?.(message);
}

function watchClock(): void {
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (Math.abs(now - last - clockLookMs) > clockGapMs) {
      doubt('clockGap', 'The machine slept, the watcher was stopped, or the clock was set.');
    }
    last = now;
  }, clockLookMs);
}

keepPathsFlat();
const watcherProcess = new WatcherProcess();
process.on('disconnect', () => process.exit());
process.on('message', (request: WatcherRequest) => void watcherProcess.onRequest(request));
watchClock();
