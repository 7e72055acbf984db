// The manifest: read back as written, refused when a single bit or any field is not as it must be.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { blake3 } from '../../../native';
import {
  loadManifests,
  manifestName,
  parseGeneration,
  readManifest,
  writeManifest,
  type Manifest,
} from '../../../server/store/manifest';
import { withTemporaryFolder } from '../../support/temporaryFolder';

const root = { path: '/home/x/"quoted" ünï', id: 'ab'.repeat(16) };
const manifest: Manifest = {
  format: 1,
  minReader: 1,
  minWriter: 1,
  generation: 7,
  indexId: '0e984725-c51c-4bf4-9960-e1c80e27aba0',
  root,
  seq: 12,
  snapshot: { file: 'snapshot-7.seg', length: 5, hash: 'cd'.repeat(32), files: 3 },
  search: { folder: 'search-0a1b', seq: 11 },
  firstJournal: 4,
  languages: [
    ['typescript', 3],
    ['__proto__', 1],
  ],
};

describe('manifest', () => {
  it('comes back as it was written', () =>
    withTemporaryFolder(async (folder) => {
      await writeManifest(folder, manifest);
      assert.deepEqual(await readManifest(folder, manifestName(7)), manifest);
      JSON.parse(await readFile(join(folder, manifestName(7)), 'utf8'));
      assert.equal(await readManifest(folder, manifestName(8)), undefined);
    }));

  it('is refused with any flipped bit, and when cut or longer', () =>
    withTemporaryFolder(async (folder) => {
      await writeManifest(folder, manifest);
      const path = join(folder, manifestName(7));
      const bytes = await readFile(path);
      const damages = fc.oneof(
        fc.nat(bytes.length * 8 - 1).map((bit) => {
          const flipped = Buffer.from(bytes);
          flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
          return flipped;
        }),
        fc.nat(bytes.length - 1).map((length) => bytes.subarray(0, length)),
        fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Buffer.concat([bytes, more])),
      );
      await fc.assert(
        fc.asyncProperty(damages, async (damaged) => {
          await writeFile(path, damaged);
          await assert.rejects(readManifest(folder, manifestName(7)), { code: 'ERR_DAMAGED' });
        }),
        { numRuns: 300 },
      );
    }));

  const wrong: readonly [string, unknown][] = [
    ['a list', []],
    ['null', null],
    ['a seq that is no count', { ...manifest, seq: -1 }],
    ['a seq beyond exact numbers', { ...manifest, seq: 2 ** 60 }],
    ['a seq as text', { ...manifest, seq: '12' }],
    ['a snapshot elsewhere', { ...manifest, snapshot: { ...manifest.snapshot, file: '../snapshot-7.seg' } }],
    ['a search folder elsewhere', { ...manifest, search: { folder: '/etc', seq: 1 } }],
    ['a root that is text', { ...manifest, root: '/home' }],
    ['a short hash', { ...manifest, snapshot: { ...manifest.snapshot, hash: 'cd' } }],
    ['languages as an object', { ...manifest, languages: { typescript: 1 } }],
    ['a language without version', { ...manifest, languages: [['typescript']] }],
    ['another generation than its name', { ...manifest, generation: 8 }],
    ['no uuid', { ...manifest, indexId: '' }],
    ['a seq without snapshot', { ...manifest, snapshot: undefined }],
    ['fields only by inheritance', JSON.parse('{"__proto__":{"format":1,"minReader":1,"seq":1}}')],
  ];
  for (const [what, content] of wrong) {
    it(`is refused with ${what}, though its checksum is right`, () =>
      withTemporaryFolder(async (folder) => {
        const body = JSON.stringify(content);
        const hash = blake3(Buffer.from(body)).toString('hex');
        await writeFile(join(folder, manifestName(7)), `{"blake3":"${hash}",\n"manifest":${body}}\n`);
        await assert.rejects(readManifest(folder, manifestName(7)), { code: 'ERR_DAMAGED' });
      }));
  }

  it('is found newest first, with the damaged ones named', () =>
    withTemporaryFolder(async (folder) => {
      for (const generation of [9, 10, 11]) await writeManifest(folder, { ...manifest, generation });
      await writeFile(join(folder, manifestName(11)), 'x');
      const found = await loadManifests(folder, root);
      assert.deepEqual(
        [found.valid.map(({ generation }) => generation), found.damaged.map(({ name }) => name)],
        [[10, 9], ['manifest-11.json']],
      );
    }));

  it('knows its own names', () => {
    assert.equal(parseGeneration('manifest-10.json', 'manifest'), 10);
    assert.equal(parseGeneration('snapshot-10.seg', 'snapshot'), 10);
    for (const name of ['manifest-010.json', 'manifest-1.seg', 'snapshot-1.seg', 'manifest-1.json.tmp']) {
      assert.equal(parseGeneration(name, 'manifest'), undefined);
    }
  });
});
