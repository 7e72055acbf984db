// Resolves everything that the files of an indexed folder refer to, in a process of its own, and prints what it took and
// what came out as one line of JSON. Started by main.ts.

import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { edgeKinds } from '../../server/graph/edge';
import { readConfigs } from '../../server/graph/configs';
import { WorkspaceGraph } from '../../server/graph/workspaceGraph';
import { WorkspaceIndexes } from '../../server/pipeline/workspaceIndexes';
import { CancelSource } from '../../server/util/cancelSource';
import { openRoot } from '../../server/workspace/roots';
import { residentBytes } from './measure';

const [folder = '', indexDir = ''] = process.argv.slice(2);

async function measure(): Promise<unknown> {
  const indexes = new WorkspaceIndexes({
    programs: join(process.cwd(), 'dist'),
    version: 'bench',
    watch: false,
    log: () => undefined,
    onDidChange: () => undefined,
  });
  indexes.settings = { indexDir, exclude: [], threads: 2, outline: 'never' };
  const index = await indexes.add(await openRoot(pathToFileURL(folder).href));
  await index.settled();
  const rssBefore = residentBytes([process.pid], 'VmRSS');
  const lease = index.facts.lease();
  const started = performance.now();
  const configs = await readConfigs(folder, lease.rows);
  const input = { rows: lease.rows, rootName: basename(folder), configs };
  const graph = await WorkspaceGraph.build(input, () => undefined, new CancelSource().token);
  const builtMs = performance.now() - started;
  const outcomes = new Map<string, number>();
  let calls = 0;
  for (const { segment, file } of lease.rows) {
    const number = graph.fileOf(segment.path(file));
    if (number === undefined) continue;
    const { count, kinds, resolutions } = graph.edgesOf(number, segment.block(file));
    for (let edge = 0; edge < count; edge++) {
      const kind = edgeKinds[kinds[edge] as number] as string;
      if (kind === 'call') calls++;
      const key = `${kind} ${resolutions[edge]?.status} ${resolutions[edge]?.evidence}`;
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
  }
  const elapsedMs = performance.now() - started;
  const peakRss = residentBytes([process.pid], 'VmHWM');
  lease.release();
  await indexes.close();
  return { elapsedMs, builtMs, calls, rssBefore, peakRss, outcomes: Object.fromEntries([...outcomes].sort()) };
}

void measure().then((result) => {
  console.log(JSON.stringify(result));
  process.exit(0);
});
