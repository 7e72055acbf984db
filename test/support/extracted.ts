// Facts of files on disk by the real extraction, in this process.

import { extractFiles, languages } from '../../native';
import { MemorySource } from '../../server/facts/byteSource';
import { Segment } from '../../server/facts/segment';
import { segmentPieces } from '../../server/facts/segmentBuilder';
import { limits } from '../../server/pipeline/workspaceIndexes';

/** An open segment with the facts of these files. */
export async function extractedSegment(root: string, paths: readonly string[]): Promise<Segment> {
  const rows = await extractFiles({ ...limits, root, threads: 1 }, [...paths], true);
  const versions = languages().map(({ name, version }) => [name, version] as const);
  const inOrder = Array.from(rows.order, (place) => paths[place] ?? '');
  return new Segment(new MemorySource(Buffer.concat(segmentPieces(rows, inOrder, versions, 1000))));
}
