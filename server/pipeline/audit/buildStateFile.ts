// `build_state.json`: the state of one build, replaced as a whole, at most once a second while the build runs. A crash
// leaves the last state that was written.

import { join } from 'node:path';
import type { BuildState } from '../../model/stageAudit';
import { readSmallFile, writeDurableFile } from '../../store/durableFile';

const buildStateName = 'build_state.json';

/** Between two writes while a build runs, ms. */
const intervalMs = 1000;
const readBytes = 64 << 20;

export class BuildStateFile {
  readonly #folder: string;
  readonly #fail: (error: unknown) => void;
  #state: BuildState;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor(folder: string, state: BuildState, fail: (error: unknown) => void) {
    this.#folder = folder;
    this.#state = state;
    this.#fail = fail;
  }

  /** Writes the first state, so that a build which is killed is known. `fail` hears why a later one was not written. */
  static async create(folder: string, state: BuildState, fail: (error: unknown) => void): Promise<BuildStateFile> {
    await writeBuildState(folder, state);
    return new BuildStateFile(folder, state, fail);
  }

  get state(): BuildState {
    return this.#state;
  }

  /** Takes changes over; they are on disk a second later. */
  update(changes: Partial<BuildState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#last = this.#last.then(() => this.#write());
    }, intervalMs).unref();
  }

  /** Writes the last state; resolves when it is on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#last;
    await this.#write();
  }

  async #write(): Promise<void> {
    this.#state = { ...this.#state, updatedAt: new Date().toISOString() };
    try {
      await writeBuildState(this.#folder, this.#state);
    } catch (error) {
      this.#fail(error);
    }
  }
}

export async function writeBuildState(folder: string, state: BuildState): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(state)}\n`);
  await writeDurableFile(folder, buildStateName, (sink) => sink.write(bytes));
}

/** The state in a build's folder; undefined when there is none, or none that reads. */
export async function readBuildState(folder: string): Promise<BuildState | undefined> {
  const bytes = await readSmallFile(join(folder, buildStateName), readBytes);
  if (bytes === undefined) return undefined;
  try {
    const state = JSON.parse(bytes.toString()) as { readonly schemaVersion: number };
    return state.schemaVersion === 1 ? (state as BuildState) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
