// What the scheduler says of itself: the shape that status, audit and views share.

/** The queues, in the order of the stages that use them. */
export const queueNames = [
  'stage1.files',
  'stage1.postings',
  'stage2.relations',
  'stage3.embeddings',
  'stage4.sqlite',
] as const;
export type QueueName = (typeof queueNames)[number];

/** Tasks since the scheduler was made. */
export interface TaskCounters {
  readonly scheduled: number;
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  /** Never started: cancelled while they waited. */
  readonly rejected: number;
  /** Started out of turn because they had waited too long. */
  readonly starvation: number;
}

export interface QueueStats extends TaskCounters {
  readonly pending: number;
  /** Bytes that the waiting tasks work on. */
  readonly pendingBytes: number;
  /** The most that they ever were. */
  readonly peakPendingBytes: number;
  readonly running: number;
  readonly maxPending: number;
  readonly oldestWaitMs: number;
}

/** Why bulk work makes room: what the user does, or what feeds the machine. */
export type SlowReason = 'typing' | 'debugging' | 'battery';

export interface SchedulerStats {
  readonly queues: Readonly<Record<QueueName, QueueStats>>;
  readonly counters: TaskCounters;
  readonly tokens: Readonly<Record<'cpu' | 'io' | 'mem', { readonly total: number; readonly used: number }>>;
}
