// Fan-in and fan-out: how many different symbols call a symbol and are called by it, how many files import a file and are
// imported by it. Certain links only.

import { countFiles, type Analyzer } from './analyzer';

const zero = {
  calls: 0,
  'symbols.called': 0,
  'symbols.calling': 0,
  'callers.most': 0,
  'callees.most': 0,
  imports: 0,
  'files.imported': 0,
  'files.importing': 0,
  'imported_by.most': 0,
  'imports.most': 0,
};

export const fan: Analyzer = {
  name: 'fan',
  languages: 'all',
  phase: 'analyze',
  async run(input) {
    const { symbols } = input.graph;
    const { calls, imports } = input.links;
    const [callees, callers] = [calls.outOf(symbols.name.length), calls.into(symbols.name.length)];
    const { length } = symbols.workspace.files;
    const [imported, importers] = [imports.outOf(length), imports.into(length)];
    const counts = await countFiles(input, zero, (file, of) => {
      const end = symbols.first[file + 1] as number;
      for (let symbol = symbols.first[file] as number; symbol < end; symbol++) {
        const [out, into] = [callees.count(symbol), callers.count(symbol)];
        of.calls += out;
        if (into > 0) of['symbols.called']++;
        if (out > 0) of['symbols.calling']++;
        of['callers.most'] = Math.max(of['callers.most'], into);
        of['callees.most'] = Math.max(of['callees.most'], out);
      }
      const [out, into] = [imported.count(file), importers.count(file)];
      of.imports += out;
      if (into > 0) of['files.imported']++;
      if (out > 0) of['files.importing']++;
      of['imported_by.most'] = Math.max(of['imported_by.most'], into);
      of['imports.most'] = Math.max(of['imports.most'], out);
    });
    return { counts };
  },
};
