// The known side of a scan, held in memory: what an index would know after reading the files of a scan.

import type { KnownFile, KnownFiles, ScanResult } from '../../server/workspace/scan';
import { comparePaths } from '../../server/util/pathOrder';
import { isWithin } from '../../server/util/paths';

export class MemoryKnownFiles implements KnownFiles {
  readonly files = new Map<string, KnownFile>();

  /** Takes over all files of a scan as read at `checkedAtMs`. */
  learn(result: ScanResult, checkedAtMs: number): this {
    for (let i = 0; i < result.count; i++) {
      const fingerprintLow = result.fingerprintLow(i);
      const fingerprintHigh = result.fingerprintHigh(i);
      this.files.set(result.path(i), { fingerprintLow, fingerprintHigh, checkedAtMs });
    }
    return this;
  }

  get(path: string): KnownFile | undefined {
    return this.files.get(path);
  }

  paths(under: string): string[] {
    return [...this.files.keys()].filter((path) => isWithin(path, under)).sort(comparePaths);
  }
}
