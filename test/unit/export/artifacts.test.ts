import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { blake3 } from '../../../native';
import type { FactStore } from '../../../server/facts/factStore';
import { writeArtifacts, type ArtifactsResult } from '../../../server/export/artifacts/writeArtifacts';
import schema from '../../../server/export/artifacts/artifacts.schema.json';
import { symbolIdsOf } from '../../../server/graph/symbolId';
import {
  artifactNames,
  ByteBudgetError,
  resolveByteBudgets,
  type ArtifactName,
  type Overflow,
} from '../../../server/model/byteBudget';
import { FolderRefusedError } from '../../../server/store/partFolder';
import { CancellationError } from '../../../server/util/cancellation';
import { CancelSource } from '../../../server/util/cancelSource';
import { createFileTree, type FileTree } from '../../support/fileTree';
import { factsOf, graphOf } from '../../support/graphs';
import { schemaFaults } from '../../support/jsonSchema';
import { withTemporaryFolder } from '../../support/temporaryFolder';

const fixtures = join(process.cwd(), 'test/fixtures/graph');

/** All fixtures as one workspace. */
function workspace(folder = fixtures, prefix = ''): Record<string, string> {
  return Object.assign(
    {},
    ...readdirSync(folder).map((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return workspace(path, `${prefix}${name}/`);
      return { [prefix + name]: readFileSync(path, 'utf8') };
    }),
  ) as Record<string, string>;
}

interface Exported {
  readonly artifacts?: readonly ArtifactName[];
  readonly budget?: { readonly maxBytes: number; readonly overflow?: Overflow; readonly strict?: boolean };
  readonly cancel?: CancelSource;
}

function exportTo(out: string, facts: FactStore, tree: FileTree, options: Exported = {}): Promise<ArtifactsResult> {
  const { artifacts = [], budget, cancel = new CancelSource() } = options;
  return writeArtifacts({
    facts,
    root: tree.root,
    rootName: 'workspace',
    out,
    artifacts,
    budgets: resolveByteBudgets({ byteBudgets: budget === undefined ? {} : { symbol_edges: budget } }),
    onProgress: () => undefined,
    token: cancel.token,
  });
}

/** Names of the files in a folder with the hash of their bytes. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    );
}

function linesOf(folder: string, artifact: ArtifactName): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${artifact}.part-`))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
}

describe('artifacts', () => {
  let tree: FileTree;
  let facts: FactStore;

  before(async () => {
    const files = workspace();
    files['prose.ts'] =
      `/*\n${' * A comment of several lines is a document of its own.\n'.repeat(6)} */\nfunction documented() {}\n`;
    tree = createFileTree({ ...files, 'notes.md': '# Notes\n\nSome words.\n', 'data.json': '{"key": [1, 2]}' });
    writeFileSync(tree.at('binary.dat'), Buffer.from([0, 1, 2, 0]));
    facts = await factsOf(tree.root, [...Object.keys(files), 'notes.md', 'data.json', 'binary.dat']);
  });

  after(() => {
    facts.close();
    tree.dispose();
  });

  it('may be written twice at once to one place: whoever is whole last stays', () =>
    withTemporaryFolder(async (folder) => {
      const out = join(folder, 'out');
      const alone = await exportTo(join(folder, 'alone'), facts, tree);
      const both = await Promise.all([
        exportTo(out, facts, tree),
        exportTo(out, facts, tree),
        exportTo(out, facts, tree),
      ]);
      for (const { artifacts } of both) assert.deepEqual(artifacts, alone.artifacts);
      assert.deepEqual(fingerprint(out), fingerprint(join(folder, 'alone')));
      assert.deepEqual(readdirSync(folder).sort(), ['alone', 'out']);
    }));

  it('sweep what a process left that died while it wrote, and nothing of one that lives', () =>
    withTemporaryFolder(async (folder) => {
      const left = [
        '.out.new-4194304-abcdef',
        '.out.old-4194304-abcdef',
        `.out.new-${process.pid}-abcdef`,
        '.other.new-1',
      ];
      for (const name of left) {
        mkdirSync(join(folder, name));
        writeFileSync(join(folder, name, 'repo_map.part-00000.jsonl'), '{}\n');
      }
      await exportTo(join(folder, 'out'), facts, tree, { artifacts: ['file_meta'] });
      assert.deepEqual(readdirSync(folder).sort(), ['.other.new-1', `.out.new-${process.pid}-abcdef`, 'out']);
    }));

  it('have rows as their schema says, in parts as their manifest says', () =>
    withTemporaryFolder(async (folder) => {
      const out = join(folder, 'out');
      const { artifacts } = await exportTo(out, facts, tree);
      assert.deepEqual(artifacts.map(({ name }) => name).sort(), [...artifactNames].sort());
      const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as {
        readonly artifacts: ArtifactsResult['artifacts'];
      };
      for (const { name, rows, parts } of manifest.artifacts) {
        const lines = linesOf(out, name);
        assert.equal(lines.length, rows);
        for (const line of lines) assert.deepEqual(schemaFaults(JSON.parse(line), schema.definitions[name]), [], line);
        for (const part of parts) {
          const bytes = readFileSync(join(out, part.file));
          assert.equal(bytes.length, part.bytes);
          assert.equal(blake3(bytes).toString('hex'), part.blake3);
        }
      }
      for (const name of artifactNames) assert.ok(linesOf(out, name).length > 0, `${name} has rows`);
      assert.deepEqual(JSON.parse(linesOf(out, 'file_meta').find((line) => line.includes('binary.dat')) ?? ''), {
        file: 'binary.dat',
        skipped: 'binary',
      });
    }));

  it('have equal bytes for equal facts', () =>
    withTemporaryFolder(async (folder) => {
      await exportTo(join(folder, 'a'), facts, tree);
      await exportTo(join(folder, 'b'), facts, tree);
      assert.deepEqual(fingerprint(join(folder, 'a')), fingerprint(join(folder, 'b')));
    }));

  it('have the bytes of a fresh index after any edits', () =>
    withTemporaryFolder((folder) =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(5), fc.nat(4)), { minLength: 1, maxLength: 12 }), async (edits) => {
          const texts = [
            '',
            'export function a() {}',
            "import { a } from './f0';\na();",
            "export * from './f1';",
            'class A { m() { this.m(); } }',
          ];
          const files: Record<string, string> = {};
          const small = createFileTree();
          const edited = await factsOf(small.root, []);
          for (const [file, text] of edits) {
            const path = `f${file}.ts`;
            files[path] = texts[text] ?? '';
            small.write(path, files[path]);
            const one = await factsOf(small.root, [path]);
            for (const { segment } of one.segments()) edited.apply(segment);
          }
          const fresh = await factsOf(small.root, Object.keys(files));
          await exportTo(join(folder, 'edited'), edited, small);
          await exportTo(join(folder, 'fresh'), fresh, small);
          assert.deepEqual(fingerprint(join(folder, 'edited')), fingerprint(join(folder, 'fresh')));
          fresh.close();
          edited.close();
          small.dispose();
        }),
        { numRuns: 10 },
      ),
    ));

  it('are sorted by their documented keys', () =>
    withTemporaryFolder(async (folder) => {
      const out = join(folder, 'out');
      await exportTo(out, facts, tree, { artifacts: ['symbol_edges', 'token_postings'] });
      const keys = linesOf(out, 'symbol_edges').map((line) => {
        const { from, type, to } = JSON.parse(line) as {
          readonly from: { readonly file: string; readonly chunkUid: string };
          readonly type: string;
          readonly to: { readonly targetName: string; readonly status: string };
        };
        return [from.file, from.chunkUid, type, to.targetName, to.status].join('\0');
      });
      assert.deepEqual(keys, [...keys].sort());
      const tokens = linesOf(out, 'token_postings').map((line) => (JSON.parse(line) as { token: string }).token);
      assert.deepEqual(tokens, [...tokens].sort());
      assert.ok(tokens.includes('notes'));
    }));

  describe('of a few KB', () => {
    const small = 4096;
    const attempt = (folder: string, overflow: Overflow, more: { readonly strict?: boolean } = {}) =>
      exportTo(join(folder, 'out'), facts, tree, {
        artifacts: ['symbol_edges'],
        budget: { maxBytes: small, overflow, ...more },
      });
    const whole = async (folder: string): Promise<string[]> => {
      await exportTo(join(folder, 'whole'), facts, tree, { artifacts: ['symbol_edges'] });
      return linesOf(join(folder, 'whole'), 'symbol_edges');
    };

    it('shard: every part is within the budget, and together they are all', () =>
      withTemporaryFolder(async (folder) => {
        const { artifacts } = await attempt(folder, 'shard');
        assert.equal(artifacts[0]?.action, 'sharded');
        assert.ok(artifacts[0].parts.length > 5);
        for (const part of artifacts[0].parts) assert.ok(part.bytes <= small);
        assert.deepEqual(linesOf(join(folder, 'out'), 'symbol_edges'), await whole(folder));
      }));

    it('trim: the first rows are kept and the others counted', () =>
      withTemporaryFolder(async (folder) => {
        const { artifacts } = await attempt(folder, 'trim');
        const kept = linesOf(join(folder, 'out'), 'symbol_edges');
        const all = await whole(folder);
        assert.deepEqual(kept, all.slice(0, kept.length));
        assert.equal(artifacts[0]?.removedRows, all.length - kept.length);
        assert.equal(artifacts[0].action, 'trimmed');
      }));

    it('drop: rows that fit are kept', () =>
      withTemporaryFolder(async (folder) => {
        const { artifacts } = await attempt(folder, 'drop');
        const kept = linesOf(join(folder, 'out'), 'symbol_edges');
        const all = await whole(folder);
        assert.ok((artifacts[0]?.bytes ?? Infinity) <= small);
        assert.equal(artifacts[0]?.removedRows, all.length - kept.length);
        assert.ok(kept.every((line) => all.includes(line)));
        assert.equal(artifacts[0].action, 'dropped');
      }));

    it('skip: the artifact is left out', () =>
      withTemporaryFolder(async (folder) => {
        const { artifacts } = await attempt(folder, 'skip');
        assert.deepEqual(linesOf(join(folder, 'out'), 'symbol_edges'), []);
        assert.deepEqual([artifacts[0]?.action, artifacts[0]?.parts], ['skipped', []]);
      }));

    it('warn: everything is written', () =>
      withTemporaryFolder(async (folder) => {
        const { artifacts } = await attempt(folder, 'warn');
        assert.deepEqual(linesOf(join(folder, 'out'), 'symbol_edges'), await whole(folder));
        assert.equal(artifacts[0]?.action, 'warned');
      }));

    for (const [words, overflow, more] of [
      ['fail', 'fail', {}],
      ['a strict trim', 'trim', { strict: true }],
      ['a strict shard of edges', 'shard', { strict: true }],
    ] as const) {
      it(`${words}: nothing is put in place, and what was there stays`, () =>
        withTemporaryFolder(async (folder) => {
          await exportTo(join(folder, 'out'), facts, tree, { artifacts: ['file_meta'] });
          const before = fingerprint(join(folder, 'out'));
          await assert.rejects(attempt(folder, overflow, more), ByteBudgetError);
          assert.deepEqual(fingerprint(join(folder, 'out')), before);
          assert.deepEqual(readdirSync(folder), ['out']);
        }));
    }
  });

  it('are not put in the place of anything else', () =>
    withTemporaryFolder(async (folder) => {
      mkdirSync(join(folder, 'mine'));
      writeFileSync(join(folder, 'mine', 'thesis.txt'), 'years of work');
      await assert.rejects(exportTo(join(folder, 'mine'), facts, tree), FolderRefusedError);
      assert.deepEqual(readdirSync(join(folder, 'mine')), ['thesis.txt']);
    }));

  it('are told of in one order, whichever is written first', () =>
    withTemporaryFolder(async (folder) => {
      const { artifacts } = await exportTo(join(folder, 'out'), facts, tree);
      assert.deepEqual(
        artifacts.map(({ name }) => name),
        artifactNames,
      );
    }));

  it('of a cancelled export are not there', () =>
    withTemporaryFolder(async (folder) => {
      const cancel = new CancelSource();
      cancel.cancel();
      await assert.rejects(exportTo(join(folder, 'out'), facts, tree, { cancel }), CancellationError);
      assert.deepEqual(readdirSync(folder), []);
    }));

  it('of an empty index are empty', () =>
    withTemporaryFolder(async (folder) => {
      const empty = await factsOf(tree.root, []);
      const { artifacts } = await exportTo(join(folder, 'out'), empty, tree);
      assert.ok(artifacts.every(({ rows, bytes }) => rows === 0 && bytes === 0));
      empty.close();
    }));

  it('leave the words of changed files out, and say so', () =>
    withTemporaryFolder(async (folder) => {
      const changing = createFileTree({ 'a.txt': 'before', 'b.txt': 'same' });
      const known = await factsOf(changing.root, ['a.txt', 'b.txt']);
      changing.write('a.txt', 'after');
      const { unreadTexts } = await exportTo(join(folder, 'out'), known, changing, { artifacts: ['token_postings'] });
      assert.equal(unreadTexts, 1);
      assert.deepEqual(linesOf(join(folder, 'out'), 'token_postings'), [
        '{"token":"same","files":1,"postings":[[1,1]]}',
      ]);
      known.close();
      changing.dispose();
    }));

  it('name symbols as the graph does', async () => {
    const lease = facts.lease();
    const graph = await graphOf(tree.root, lease);
    for (const { segment, file } of lease.rows) {
      const number = graph.fileOf(segment.path(file));
      if (number === undefined || graph.symbols.workspace.files[number]?.rules === undefined) continue;
      const first = graph.symbols.first[number] as number;
      const ids = symbolIdsOf(segment.path(file), segment.block(file));
      assert.deepEqual(
        ids,
        ids.map((_, row) => graph.symbolId(first + row)),
      );
      assert.equal(new Set(ids).size, ids.length);
    }
    lease.release();
  });
});
