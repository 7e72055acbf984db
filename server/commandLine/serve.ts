// `almagest lsp`: the language server for editors that speak LSP over standard input and output.

import type { Command } from './command';
import { ExitCode } from './exitCode';

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
  async run({ programs, token }) {
    // Loaded here only: other commands start faster without the protocol.
    const [{ createConnection, ProposedFeatures }, { startServer }] = await Promise.all([
      import('vscode-languageserver/node'),
      import('../server'),
    ]);
    startServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout), { programs });
    await new Promise<void>((resolve) => {
      token.onCancellationRequested(resolve);
      process.stdin.once('close', resolve);
    });
    return ExitCode.ok;
  },
};
