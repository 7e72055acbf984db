// What happens to a workspace with more files than an index takes, seen through the command line and a language server:
// which files are in, what is said of the others, and how they come in when there is room.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as protocol from '../../server/protocol';
import { useWorkspace } from '../support/fileTree';
import { ServerProcess } from '../support/serverProcess';

const program = join(process.cwd(), 'dist-test/integration/fiveFiles.program.js');
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;
const textOf = (name: string): string => `export function in_${name}(): void {}\n`;
const files = Object.fromEntries(names.map((name) => [`src/${name}.ts`, textOf(name)]));

interface Status {
  readonly counts: { readonly files: number; readonly skipped: Readonly<Record<string, number>> };
}

describe('more files than an index takes', function () {
  this.timeout(120_000);
  const workspace = useWorkspace(files);

  function almagest(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
    const indexDir = ['--index-dir', workspace.place.root];
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, ...indexDir], {
      cwd: workspace.tree.root,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  }

  const indexed = (): string => almagest('symbols', 'in_', '--json').out.match(/in_\w/g)?.sort().join(' ') ?? '';

  it('are told of by the command line: the first are in, the others have their reason', () => {
    const { code, out, err } = almagest('index', '--threads', '4');
    assert.equal(code, 0, err);
    assert.match(err, /2 files are not indexed: an index takes the first 5 of a folder, .* Exclude folders/);
    assert.match(out, /Files +5,/);
    assert.match(out, /Skipped +too many files 2/);
    assert.equal([...new Set(indexed().split(' '))].join(' '), 'in_a in_b in_c in_d in_e');
    const { counts } = JSON.parse(almagest('status', '--json').out) as Status;
    assert.deepEqual([counts.files, counts.skipped], [5, { tooManyFiles: 2 }]);
    assert.match(almagest('status').out, /is up to date/);
    const explained = almagest('explain', 'src/f.ts');
    assert.equal(explained.code, 1);
    assert.match(explained.out, /not indexed: beyond the number of files that an index takes/);
    assert.match(almagest('explain', '--symbol', 'in_g').out, /2: beyond the number of files/);
    assert.equal(almagest('verify').code, 0);
  });

  it('are the same files whatever came and went', () => {
    almagest('index');
    workspace.tree.write('src/0.ts', textOf('0')); // before all others
    workspace.tree.write('src/z.ts', textOf('z')); // after them
    rmSync(workspace.tree.at('src/b.ts'));
    assert.equal(almagest('index', '--threads', '1').code, 0);
    const dump = almagest('dump').out;
    assert.equal(almagest('clear', '--yes').code, 0);
    assert.equal(almagest('index', '--threads', '4').code, 0);
    assert.equal(almagest('dump').out, dump);
    assert.equal(
      dump
        .match(/in_\w/g)
        ?.filter((name, i, all) => all.indexOf(name) === i)
        .join(' '),
      'in_0 in_a in_c in_d in_e',
    );
  });

  it('come and go under a watching server, with the same end', async () => {
    const { tree, place } = workspace;
    const server = await ServerProcess.start(tree.root, place.root, [program, 'lsp']);
    try {
      const skipped = async (): Promise<number> =>
        (
          await server.client.sendRequest<{ readonly total: number }>(protocol.SkippedFilesRequest.method, {
            root: (await server.status()).root,
            reason: 'tooManyFiles',
            limit: 10,
          })
        ).total;
      const found = async (): Promise<string> => [...(await server.symbols('in_'))].sort().join(' ');
      const becomes = async (symbols: string, beyond: number): Promise<void> => {
        // Mocha's limit ends what never comes true.
        while ((await found()) !== symbols || (await skipped()) !== beyond) await server.settled();
      };
      await server.settled();
      await becomes('in_a in_b in_c in_d in_e', 2);
      rmSync(tree.at('src/c.ts'));
      await becomes('in_a in_b in_d in_e in_f', 1);
      tree.write('src/0.ts', textOf('0'));
      await becomes('in_0 in_a in_b in_d in_e', 2);
      // A file beyond the limit that is edited stays there, and so does a new one, which the next scan counts.
      tree.write('src/g.ts', `${textOf('g')}// edited\n`);
      await server.didSave('src/g.ts');
      tree.write('src/a.ts', `${textOf('a')}export const in_A = 1;\n`);
      await server.didSave('src/a.ts');
      await becomes('in_0 in_A in_a in_b in_d in_e', 2);
      const uri = server.uri('src/g.ts');
      const reindexed = await server.client.sendRequest<protocol.CommandResult>(protocol.ReindexFileRequest.method, {
        uri,
      });
      assert.match(reindexed.message, /src\/g.ts is not indexed: beyond the number of files/);
      assert.equal(reindexed.ok, false);
      const explained = await server.client.sendRequest<protocol.FileExplanation>(protocol.ExplainFileRequest.method, {
        uri,
      });
      assert.deepEqual([explained.verdict, explained.reason], ['skipped', 'tooManyFiles']);
      for (const name of ['0', 'a', 'b']) rmSync(tree.at(`src/${name}.ts`));
      await becomes('in_d in_e in_f in_g', 0);
      assert.equal((await server.status()).counts.skipped.tooManyFiles, undefined);
    } finally {
      await server.kill();
    }
    const dump = almagest('dump').out;
    assert.equal(almagest('clear', '--yes').code, 0);
    assert.equal(almagest('index').code, 0);
    assert.equal(almagest('dump').out, dump);
  });
});
