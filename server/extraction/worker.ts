// What runs in the extractor process: native's extraction, the packing of its rows into a segment, and a watchdog that
// ends the process before a file can do harm. It trusts no file and keeps nothing between requests.

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { CancelFlag, extractFiles, extractText, inFlight, languages, lowerPriority, releaseArrays } from '../../native';
import type { ExtractedBatch, ExtractOptions } from '../../native';
import { segmentPieces } from '../facts/segmentBuilder';
import { tallyOf } from '../facts/tally';
import { limitReasons, skipReasons } from '../model/skipReason';
import { byteText } from '../model/byteText';
import type { SkippedPath } from '../workspace/scan';
import type { ExtractedPiece, ExtractorReply, ExtractorRequest, LastWords, Verdict } from './messages';

type ExtractRequest = Extract<ExtractorRequest, { kind: 'extract' }>;

/** How often the watchdog looks, in ms. */
const watchMs = 100;

/** Milliseconds beyond the deadline that native has to stop by itself. */
const graceMs = 1000;

/** Messages of so many bytes are collected as garbage, which knows nothing of their size and would wait for many more. */
const collectedBytes = 8 << 20;

/** Serves requests that come over the channel to the parent process, until that channel closes. */
export class ExtractorWorker {
  readonly #memoryLimit: number;
  readonly #languages = languages().map(({ name, version }) => [name, version] as const);
  readonly #cancels = new Map<number, CancelFlag>();
  readonly #requests = new Map<number, ExtractRequest>();
  #watch: NodeJS.Timeout | undefined;
  #watched = 0;
  #sentBytes = 0;
  #dying = false;

  /** @param memoryLimit resident memory in bytes above which the process ends itself */
  constructor(memoryLimit: number) {
    this.#memoryLimit = memoryLimit;
  }

  run(): void {
    lowerPriority();
    // Native threads may hang in a parser, and a regular exit would wait for them.
    process.on('disconnect', endNow);
    process.on('message', (request: ExtractorRequest) => {
      if (request.kind === 'cancel') this.#cancels.get(request.id)?.cancel();
      else void this.#serve(request);
    });
    this.#reply({ kind: 'ready' });
  }

  async #serve(request: ExtractRequest): Promise<void> {
    const cancel = new CancelFlag();
    this.#cancels.set(request.id, cancel);
    this.#requests.set(request.id, request);
    this.#watch ??= setInterval(() => this.#look(), watchMs);
    try {
      const piece = await this.#extract(request, cancel);
      this.#reply({ kind: 'done', id: request.id, piece });
      this.#noteSent(piece.segment);
    } catch (error) {
      this.#fail(request.id, error);
    } finally {
      this.#cancels.delete(request.id);
      this.#requests.delete(request.id);
      if (this.#requests.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      }
    }
  }

  async #extract({ work, limits, urgent }: ExtractRequest, cancel: CancelFlag): Promise<ExtractedPiece> {
    const { root, paths, text, verdict } = work;
    const options = { ...limits, ...(verdict === undefined ? {} : optionsOf(verdict)), root };
    const checkedMs = Date.now();
    const [path = ''] = paths;
    const rows = await (text === undefined
      ? extractFiles(options, [...paths], urgent, cancel)
      : extractText(options, path, text));
    const inOrder = Array.from(rows.order, (place) => paths[place] ?? '');
    const pieces = segmentPieces(rows, inOrder, this.#languages, checkedMs);
    const segment = Buffer.concat(pieces);
    const tally = tallyOf(rows, inOrder, rows.micros);
    const skipped = skippedOf(rows, inOrder);
    const micros = rows.micros.slice();
    release([...arraysOf(rows), ...pieces]);
    return { paths: inOrder, segment, skipped, tally, micros, rss: process.memoryUsage.rss() };
  }

  #fail(id: number, error: unknown): void {
    const { message, code } = error as Error & { code?: string };
    if (code === 'ERR_CANCELLED') return this.#reply({ kind: 'cancelled', id });
    if (code !== undefined && code !== 'ERR_PANIC') return this.#reply({ kind: 'refused', id, code, message });
    // After a panic, or a fault in packing, nothing in this process is trusted any more.
    this.#die({ cause: 'failed', detail: message });
  }

  /** Frees a segment, which was copied into a message, and now and then the messages themselves. */
  #noteSent(segment: Uint8Array): void {
    this.#sentBytes += segment.length;
    release([segment]);
    if (this.#sentBytes < collectedBytes) return;
    this.#sentBytes = 0;
    globalThis.gc?.();
  }

  /** The watchdog. */
  #look(): void {
    const rss = process.memoryUsage.rss();
    if (rss > this.#memoryLimit) {
      const path = this.#largestInFlight();
      const detail = `extraction took ${byteText(rss)} of memory, more than the limit of ${byteText(this.#memoryLimit)}`;
      return this.#die({ cause: 'memory', detail, ...(path === undefined ? {} : { path }) });
    }
    const patience = Math.max(...[...this.#requests.values()].map(({ limits }) => limits.deadlineMs)) + graceMs;
    const stuck = inFlight().find(({ elapsedMs }) => elapsedMs > patience);
    if (stuck !== undefined) {
      const detail = `extraction did not end within ${Math.round(stuck.elapsedMs)} ms`;
      return this.#die({ cause: 'stuck', path: stuck.path, detail });
    }
    if (++this.#watched % (1000 / watchMs) === 0) this.#reply({ kind: 'alive', rss });
  }

  #largestInFlight(): string | undefined {
    const roots = new Map(
      [...this.#requests.values()].flatMap(({ work }) => work.paths.map((path) => [path, work.root])),
    );
    const sizes = inFlight().map(({ path }) => {
      const stats = lstatSync(join(roots.get(path) ?? '', path), { throwIfNoEntry: false });
      return { path, size: stats?.size ?? 0 };
    });
    return sizes.sort((a, b) => b.size - a.size)[0]?.path;
  }

  #die(words: Omit<LastWords, 'kind' | 'rss'>): void {
    if (this.#dying) return;
    this.#dying = true;
    const last: ExtractorReply = { kind: 'dying', ...words, rss: process.memoryUsage.rss() };
    if (process.send === undefined || !process.connected) return endNow();
    process.send(last, endNow);
  }

  #reply(reply: ExtractorReply): void {
    if (this.#dying || !process.connected) return;
    process.send?.(reply);
  }
}

function arraysOf(rows: ExtractedBatch): ArrayBufferView[] {
  return Object.values<unknown>({ ...rows }).filter((part) => ArrayBuffer.isView(part));
}

/** Gives the memory of arrays back: a few objects with megabytes behind them, so garbage is collected too late for them. */
function release(arrays: readonly ArrayBufferView[]): void {
  // None that anything else may lie in: small buffers share one.
  const own = arrays.filter(({ buffer, byteLength }) => byteLength === buffer.byteLength);
  releaseArrays(own.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])));
}

/** What keeps native from doing what a file is known not to survive, and says why. */
function optionsOf(verdict: Verdict): Partial<ExtractOptions> {
  return verdict.kind === 'textOnly'
    ? { maxParseBytes: 0, verdict: { skip: 0, detail: '', limit: limitReasons.indexOf(verdict.limit) } }
    : { maxFileBytes: 0, verdict: { skip: skipReasons.indexOf('crashed'), detail: verdict.detail, limit: 0 } };
}

function skippedOf(rows: ExtractedBatch, paths: readonly string[]): SkippedPath[] {
  return paths.flatMap((path, file) => {
    const reason = skipReasons[rows.skips[file] ?? 0];
    if (reason === undefined || reason === 'none') return [];
    return [{ path, reason, detail: rows.details[file] ?? '' }];
  });
}

/** A regular exit would wait for native threads, which may hang in a parser. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
