// Small tools of the benchmark: percentiles, medians, memory of processes, machine description.

import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** The value below which `percent` of the values lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Resident memory of processes in bytes, now (VmRSS) or at its highest (VmHWM), added up; 0 where there is no /proc. */
export function residentBytes(pids: readonly number[], which: 'VmRSS' | 'VmHWM'): number {
  return pids.reduce((sum, pid) => {
    try {
      const kilobytes = new RegExp(`^${which}:\\s+(\\d+) kB`, 'm').exec(
        readFileSync(`/proc/${pid}/status`, 'utf8'),
      )?.[1];
      return sum + Number(kilobytes ?? 0) * 1024;
    } catch {
      return sum; // no /proc here, or the process has ended
    }
  }, 0);
}

/** Slope of log(y) over log(x) by least squares: 1 is linear. */
export function exponent(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (at: 0 | 1): number => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

export function machine(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, Node ${process.version}`;
}
