// The architecture's table of imports, by example.

import assert from 'node:assert/strict';
import { refusal } from './importBoundaries.mjs';

describe('import boundaries', () => {
  const allowed = [
    ['server/query/symbols.ts', '../facts/factStore'],
    ['server/query/symbols.ts', './ranking'],
    ['server/store/lock.ts', '../../native'],
    ['server/server.ts', './pipeline/scheduler'],
    ['server/protocol.ts', './model/mode'],
    ['extension/client.ts', '../server/protocol'],
    ['extension/views/audit.ts', '../../media/messages'],
    ['extension/client.ts', 'vscode'],
    ['server/sharing/ownerPipe.ts', 'vscode-jsonrpc'],
    ['server/model/uri.ts', 'vscode-uri'],
    ['test/unit/query/symbols.test.ts', '../../../server/query/symbols'],
  ];
  const refused = [
    ['server/query/symbols.ts', '../pipeline/scheduler'],
    ['server/model/mode.ts', '../facts/segment'],
    ['server/util/lazy.ts', '../model/mode'],
    ['server/query/text.ts', '../../native'],
    ['server/server.ts', 'vscode'],
    ['server/query/symbols.ts', 'vscode-languageserver/node'],
    ['server/util/limiter.ts', 'vscode-jsonrpc'],
    ['extension/client.ts', '../server/model/mode'],
    ['extension/client.ts', '../server/convert'],
    ['extension/client.ts', '../native'],
    ['media/search/main.ts', '../../extension/client'],
    ['server/main.ts', '../test/support/fixture'],
  ];
  for (const [file, specifier] of allowed) {
    it(`${file} may import ${specifier}`, () => assert.equal(refusal(file, specifier), undefined));
  }
  for (const [file, specifier] of refused) {
    it(`${file} may not import ${specifier}`, () => assert.ok(refusal(file, specifier)));
  }
});
