// `almagest lsp`: the language server for editors that speak LSP over standard input and output.

import type { Command } from './command';
import { untilCancelled } from '../util/cancellation';

export const lspCommand: Command = {
  name: 'lsp',
  summary: 'Serve an editor over standard input and output (LSP)',
  details: `Indexes the folders that the editor opens. Answers workspace/symbol and textDocument/documentSymbol.
Settings come with the initializationOptions, by these names, each of which may be left out:
  indexDir          folder of all indexes     exclude   list of globs: files that are not indexed
  threads           that read files; 0: one per core, at most 4
  outline           auto, always or never: whether documentSymbol is answered
  snapshotFiles, snapshotSeconds, byteBudgets, byteBudgetStrict: as in the settings of the VS Code extension`,
  positionals: [],
  options: [{ name: 'stdio', help: 'speak over standard input and output (the only way, and the default)' }],
  examples: [
    ['almagest lsp', 'what an editor starts'],
    ['almagest lsp --stdio', 'the same, for clients that add --stdio by themselves'],
  ],
  async run({ programs, maxFiles, token }) {
    // Loaded here only: other commands start faster without the protocol.
    const { serveStdio } = await import('../stdioServer');
    const served = serveStdio({ programs, ...(maxFiles === undefined ? {} : { maxFiles }) });
    return untilCancelled(token, served);
  },
};
