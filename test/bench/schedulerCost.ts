// What the scheduler costs, apart from the tasks themselves.

import { Scheduler } from '../../server/pipeline/scheduler';
import { median } from './measure';

const tasks = 50_000;
const rounds = 5;

/** Microseconds of CPU time for a task that does nothing: the median of several rounds, after one to warm up. */
export async function schedulerMicros(): Promise<number> {
  const scheduler = new Scheduler({ tokens: { cpu: 2, io: 2, mem: 100 } });
  const nothing = (): Promise<void> => Promise.resolve();
  const micros: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const started = process.cpuUsage();
    for (let i = 0; i < tasks; i++) await scheduler.run('stage1.files', { cpu: 1, bytes: 1 }, nothing);
    const { user, system } = process.cpuUsage(started);
    micros.push((user + system) / tasks);
  }
  return median(micros.slice(1));
}
