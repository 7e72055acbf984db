// Decides what to run again after an extractor died, so that the file to blame ends up alone and the others are done.
// A pure function: each death halves a job, isolates a file, or raises what is held against it, so it ends.

import type { ExtractionWork, LastWords, Verdict } from './messages';

/** One piece of work for the extractor, and what is known against it. */
export interface Job {
  readonly work: ExtractionWork;
  /** Starts at once, beside bulk work. */
  readonly urgent: boolean;
  /** May be what killed an extractor: runs with nothing beside it. */
  readonly suspect: boolean;
  /** Extractors that died on the job's only file, which was named or alone. */
  readonly strikes: number;
}

/** Deaths that a file may cause before it is given up: the first may be bad luck (a kill from outside, low memory). */
const patience = 2;

/**
 * What to run instead of a job whose extractor died.
 * @param words what the extractor said before it died
 * @param how the death in one sentence, kept as the reason of a file that is given up
 * @param alone nothing else ran beside the job
 * @returns an error when even giving up its only file fails
 */
export function blame(job: Job, words: LastWords | undefined, how: string, alone: boolean): readonly Job[] | Error {
  const { paths } = job.work;
  if (words?.path !== undefined) {
    if (!paths.includes(words.path)) return [job];
    if (paths.length > 1) return isolate(job, words.path);
  } else if (!alone) {
    return [{ ...job, suspect: true }];
  } else if (paths.length > 1) {
    return halve(job);
  }
  return strike(job, words, how);
}

function strike(job: Job, words: LastWords | undefined, how: string): readonly Job[] | Error {
  const strikes = job.strikes + 1;
  if (job.work.verdict?.kind === 'crashed') {
    return new Error(`the extractor dies even without reading ${job.work.paths[0]}: ${how}`);
  }
  if (strikes < patience) return [{ ...job, suspect: true, strikes }];
  return [{ ...job, suspect: true, strikes: 0, work: { ...job.work, verdict: nextVerdict(job.work, words, how) } }];
}

/** A file that hangs or swallows memory may still be searched as text; one that does so as text too is left out. */
function nextVerdict(work: ExtractionWork, words: LastWords | undefined, how: string): Verdict {
  if (work.verdict === undefined && words?.cause === 'stuck') return { kind: 'textOnly', limit: 'deadline' };
  if (work.verdict === undefined && words?.cause === 'memory') return { kind: 'textOnly', limit: 'memoryLimit' };
  return { kind: 'crashed', detail: how };
}

function isolate(job: Job, culprit: string): Job[] {
  const others = job.work.paths.filter((path) => path !== culprit);
  return [
    { ...job, work: { ...job.work, paths: others } },
    { ...job, work: { ...job.work, paths: [culprit] }, suspect: true, strikes: 1 },
  ];
}

function halve(job: Job): Job[] {
  const { paths } = job.work;
  const middle = Math.ceil(paths.length / 2);
  return [paths.slice(0, middle), paths.slice(middle)].map((half) => ({
    ...job,
    work: { ...job.work, paths: half },
    suspect: true,
  }));
}
