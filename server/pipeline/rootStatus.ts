// The state of one root as clients see it, put together from the parts that know it.

import type { SkipReason } from '../model/skipReason';
import type { RootStatus } from '../protocol';
import type { Builds } from './builds';
import type { IndexRuns } from './indexRuns';
import type { RootContext } from './rootContext';

export function rootStatus(context: RootContext, runs: IndexRuns, builds: Builds): RootStatus {
  const { counts } = context.facts;
  const skipped: Partial<Record<SkipReason, number>> = { ...counts.skipped };
  for (const [reason, count] of Object.entries(runs.scanSkipped.counts) as [SkipReason, number][]) {
    skipped[reason] = (skipped[reason] ?? 0) + count;
  }
  const { open, machine, paused } = context;
  // What answers wait for comes before what follows it.
  const { meter = builds.meter } = context;
  const { root } = context.options;
  const store = open?.store;
  const { lastBuild, nextSnapshot } = runs;
  const lastVerify = open?.lastVerify;
  return {
    root: root.uri,
    name: root.name,
    state: machine.state,
    since: machine.since,
    cause: machine.cause,
    suggestions: machine.suggestions,
    ...(store?.readOnly === undefined ? {} : { readOnly: store.readOnly }),
    ...(context.rootUnreadable === undefined ? {} : { unreadable: context.rootUnreadable }),
    paused,
    ...(meter && { progress: { ...meter.snapshot, scheduler: context.options.scheduler.stats() } }),
    generation: store?.generation ?? 0,
    seq: store?.lastSeq ?? 0,
    counts: { ...counts, skipped },
    sizes: {
      journal: store?.sizes.journal ?? 0,
      snapshot: store?.sizes.snapshot ?? 0,
      search: open?.search.stats().bytes ?? 0,
    },
    indexFolder: store?.folder ?? '',
    unsaved: {
      files: runs.unsaved.files,
      ...(runs.unsaved.since === undefined ? {} : { since: runs.unsaved.since }),
      ...(nextSnapshot === undefined ? {} : { next: nextSnapshot }),
    },
    quarantine: store?.quarantined ?? { items: 0, bytes: 0 },
    ...(open === undefined ? {} : { opening: open.opening }),
    ...(context.safeMode === undefined ? {} : { safeMode: context.safeMode }),
    ...(lastVerify === undefined ? {} : { lastVerify }),
    ...(lastBuild === undefined ? {} : { lastBuild }),
  };
}
