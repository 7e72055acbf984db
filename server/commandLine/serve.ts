// `almagest lsp`: the language server for editors that speak LSP over standard input and output.

import type { Command } from './command';
import { untilCancelled } from '../util/cancellation';

export const lspCommand: Command = {
  name: 'lsp',
  summary: 'Serve an editor over standard input and output (LSP)',
  details: 'Indexes the folders that the editor opens. Settings come with the initializationOptions.',
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
