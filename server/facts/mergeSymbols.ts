// Merges the symbol indexes of several segments: which names are used, the dictionary of them, the rows of the symbols and
// the way back to these. Everything is read in windows and put aside at once; in memory is an id per name of each segment,
// then a number per name and per symbol of the result.

import { release } from '../util/release';
import type { Slicer } from '../util/yielding';
import type { Scratch } from './byteSource';
import type { SymbolParts } from './encode';
import { checkBelow } from './layout';
import { mergeNames } from './mergeNames';
import type { Segment } from './segment';
import { SpilledSection, type Spill } from './spill';
import { NameRowsBuilder } from './symbolIndex';

/** Neighbouring rows of one segment. */
export interface Run {
  readonly segment: Segment;
  readonly file: number;
  readonly count: number;
}

/** @throws SegmentDamagedError when a number leads out of its table */
export async function mergeSymbols(
  runs: readonly Run[],
  spill: Spill,
  scratch: Scratch,
  slicer: Slicer,
): Promise<SymbolParts> {
  const { names, sections, ids } = await mergeNames(await usedNames(runs, scratch, slicer), spill, slicer);
  const rows = {
    symbolNames: new SpilledSection(spill),
    symbolKinds: new SpilledSection(spill),
    symbolFlags: new SpilledSection(spill),
  };
  const symbols = runs.reduce((sum, run) => sum + lastSymbol(run) - firstSymbol(run), 0);
  const inverted = new NameRowsBuilder(symbols, names);
  for (const run of runs) {
    const { segment } = run;
    const [first, last] = [firstSymbol(run), lastSymbol(run)];
    const newIds = ids.get(segment) as Uint32Array;
    const symbolNames = segment.warmNumbers('symbolNames', first, last, scratch).map((name) => newIds[name] as number);
    inverted.count(symbolNames);
    await rows.symbolNames.append(symbolNames);
    await rows.symbolKinds.append(segment.warmBytes('symbolKinds', first, last, scratch));
    await rows.symbolFlags.append(segment.warmBytes('symbolFlags', first * 2, last * 2, scratch));
    if (slicer.due) await slicer.pause();
  }
  release([...ids.values()]);
  inverted.startPlacing();
  for await (const { buffer, byteOffset, length } of rows.symbolNames.pieces()) {
    inverted.place(new Uint32Array(buffer, byteOffset, length / 4));
    if (slicer.due) await slicer.pause();
  }
  return { symbols, names, ...sections, ...rows, ...inverted.finish() };
}

/** Which names of each segment the merged rows use: names of replaced rows are left behind. */
async function usedNames(
  runs: readonly Run[],
  scratch: Scratch,
  slicer: Slicer,
): Promise<ReadonlyMap<Segment, Uint8Array>> {
  const used = new Map<Segment, Uint8Array>();
  for (const run of runs) {
    const { segment } = run;
    const marks = used.get(segment) ?? new Uint8Array(segment.names);
    used.set(segment, marks);
    const names = segment.warmNumbers('symbolNames', firstSymbol(run), lastSymbol(run), scratch);
    checkBelow(names, segment.names, 'a symbol has a name');
    for (const name of names) marks[name] = 1;
    if (slicer.due) await slicer.pause();
  }
  return used;
}

function firstSymbol({ segment, file }: Run): number {
  return segment.firstSymbol(file);
}

/** The one behind its last. */
function lastSymbol({ segment, file, count }: Run): number {
  return segment.firstSymbol(file + count);
}
