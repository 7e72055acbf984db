// Finds the files whose facts an older version of their language's extractor made. They answer until they are made anew.

import type { FactStore } from '../facts/factStore';
import type { FileChange } from '../workspace/scan';

/** Files to be extracted again; facts of a newer Almagest are left as they are. Costs nothing when all are of today. */
export function outdatedFiles(facts: FactStore, versions: ReadonlyMap<string, number>): FileChange[] {
  const outdated: FileChange[] = [];
  for (const { segment, alive } of facts.segments()) {
    const isOld = segment.hot.languages.map(([name, version]) => (versions.get(name) ?? version) > version);
    if (!isOld.includes(true)) continue;
    for (let file = 0; file < segment.files; file++) {
      if (alive[file] === 0 || isOld[segment.byte(file, 'language')] !== true) continue;
      outdated.push({ kind: 'created', path: segment.path(file), size: segment.hot.sizes[file] ?? 0 });
    }
  }
  return outdated;
}
