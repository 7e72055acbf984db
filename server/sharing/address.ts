// Where the owner of an index listens: a Unix domain socket in the folder of the index, which only this user can enter,
// or on Windows a named pipe with a name that only follows from that folder.

import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { blake3 } from '../../native';
import { makePrivateFolder, pipeName } from '../store/indexFolder';

/** The shortest limit of the systems that have sockets (macOS: 104 bytes with the final zero; Linux: 108). */
const maxPathBytes = 103;

/**
 * The address of the owner of the index in `folder` (a real path). Every process comes to the same one.
 * @throws StoreError when the path is too long for a socket and the folder for such ones cannot be trusted
 */
export async function pipeAddress(folder: string): Promise<string> {
  const id = blake3(Buffer.from(folder)).toString('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\almagest-${id}`;
  const path = join(folder, pipeName);
  if (Buffer.byteLength(path) <= maxPathBytes) return path;
  const short = join(tmpdir(), `almagest-${process.getuid?.() ?? 0}`);
  await makePrivateFolder(short);
  return join(short, id);
}
