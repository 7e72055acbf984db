// Puts a disk in memory in the place of `fs.promises` and of native's file calls for everything below `mountPoint`, and
// makes its calls fail on demand. Bundled code calls both through their module objects, so the product needs no seam.
// Calls on other paths go to the real ones; a call that is not modelled throws.

import { createRequire } from 'node:module';
import { constants } from 'node:fs';
import { join } from 'node:path';
import type * as Native from '../../../native';
import type { FaultyDisk } from './faultyDisk';
import { folderNode, type DiskNode, type Place } from './faultyDisk';

/** Below it the disk in memory is seen. No such folder exists. */
export const mountPoint = '/almagest-faulty-disk';

/** A call about to be made; `number` counts the calls of this mount from 1. */
export interface Call {
  readonly number: number;
  readonly name: string;
  readonly path: string;
  /** Whether it changes the disk or its durability. */
  readonly changes: boolean;
  /** Bytes of a write. */
  readonly length?: number;
}

/** What happens to a call: it fails, takes only some bytes (and says so, or lies), or reports a sync that was none. */
export type Fault =
  { readonly error: string } | { readonly take: number; readonly claim?: number } | { readonly skip: true };

export interface Mount {
  readonly disk: FaultyDisk;
  /** Decides about a call before it is made. */
  fault?: ((call: Call) => Fault | undefined) | undefined;
  /** Sees a call after it was made, failed or not. */
  after?: (call: Call) => void;
  /** Calls so far. */
  calls: number;
  /** Descriptors and locks that are open. */
  open: number;
  readonly locks: Map<number, string>;
}

/** A mount of a disk on which nothing fails yet. */
export function mountOf(disk: FaultyDisk): Mount {
  return { disk, calls: 0, open: 0, locks: new Map() };
}

/** Runs `use` with the mount in place. One at a time. */
export async function withMount<T>(mount: Mount, use: () => Promise<T>): Promise<T> {
  if (current !== undefined) throw new Error('a faulty disk is mounted already');
  const restore = [replace(promises, promisesFor), replace(native, nativeFor)];
  current = mount;
  try {
    return await use();
  } finally {
    current = undefined;
    for (const undo of restore) undo();
  }
}

// Modules as bags of functions of any kind.
type Functions = Record<string, (...args: never[]) => unknown>;

const load = createRequire(__filename);
const promises = load('node:fs/promises') as Functions;
const native = load(join(process.cwd(), 'native/index.js')) as Functions;
const { blake3 } = native as unknown as typeof Native;
let current: Mount | undefined;

/** Puts ours in the place of the module's functions for paths below the mount; returns how to undo that. */
function replace(module: Functions, ours: Functions): () => void {
  const originals = { ...module };
  for (const [name, original] of Object.entries(originals)) {
    if (typeof original !== 'function' || /^[A-Z]/.test(name)) continue;
    module[name] = (...args: never[]) => {
      const path: unknown = args[0];
      if (typeof path !== 'string' || !isMounted(path)) return original(...args);
      const substitute = ours[name];
      if (substitute === undefined) throw new Error(`the faulty disk has no ${name} (${path})`);
      return substitute(...args);
    };
  }
  return () => void Object.assign(module, originals);
}

function isMounted(path: string): boolean {
  return path === mountPoint || path.startsWith(`${mountPoint}/`);
}

// The calls

const promisesFor: Functions = {
  async open(path: string, flags: string | number = 'r', mode = 0o666) {
    const bits = typeof flags === 'number' ? flags : flagBits(flags);
    const mount = begin('open', path, (bits & constants.O_CREAT) !== 0);
    const place = placeOf(mount, path, 'open');
    let { id, node } = place;
    if (node?.kind === 'link' && (bits & constants.O_NOFOLLOW) !== 0) throw failure('ELOOP', 'open', path);
    if (node?.kind === 'link') ({ id, node } = follow(mount, place, 'open'));
    if (node?.kind === 'fifo' && (bits & constants.O_NONBLOCK) === 0) throw new Error(`open of ${path} never ends`);
    if (node !== undefined && (bits & constants.O_CREAT) !== 0 && (bits & constants.O_EXCL) !== 0) {
      throw failure('EEXIST', 'open', path);
    }
    if (node === undefined || id === undefined) {
      if ((bits & constants.O_CREAT) === 0) throw failure('ENOENT', 'open', path);
      id = mount.disk.add({ kind: 'file', bytes: Buffer.alloc(0), mode });
      mount.disk.change({ kind: 'name', folder: place.folder, name: place.name, id });
    } else if (node.kind !== 'file' && (bits & (constants.O_WRONLY | constants.O_RDWR)) !== 0) {
      throw failure(node.kind === 'folder' ? 'EISDIR' : 'ENXIO', 'open', path);
    } else if ((bits & constants.O_TRUNC) !== 0) {
      mount.disk.change({ kind: 'truncate', id, size: 0 });
    }
    done(mount);
    return new FaultyHandle(mount, id, path, (bits & constants.O_APPEND) !== 0);
  },

  async rename(from: string, to: string) {
    const mount = begin('rename', from, true);
    const source = existing(mount, from, 'rename');
    const target = placeOf(mount, to, 'rename');
    if (target.node?.kind === 'folder' && source.node.kind !== 'folder') throw failure('EISDIR', 'rename', to);
    const { folder, name, id } = source;
    mount.disk.change({ kind: 'rename', from: folder, oldName: name, to: target.folder, newName: target.name, id });
    done(mount);
  },

  async rm(path: string, { force = false, recursive = false }: { force?: boolean; recursive?: boolean } = {}) {
    const mount = begin('rm', path, true);
    const place = mount.disk.find(namesOf(path));
    if (place?.node === undefined) {
      if (!force) throw failure('ENOENT', 'rm', path);
    } else {
      if (place.node.kind === 'folder' && !recursive) throw failure('ERR_FS_EISDIR', 'rm', path);
      mount.disk.change({ kind: 'name', folder: place.folder, name: place.name, id: undefined });
    }
    done(mount);
  },

  async unlink(path: string) {
    const mount = begin('unlink', path, true);
    const { node, folder, name } = existing(mount, path, 'unlink');
    if (node.kind === 'folder') throw failure('EPERM', 'unlink', path);
    mount.disk.change({ kind: 'name', folder, name, id: undefined });
    done(mount);
  },

  async readdir(path: string) {
    const mount = begin('readdir', path, false);
    const { node } = existing(mount, path, 'readdir');
    if (node.kind !== 'folder') throw failure('ENOTDIR', 'readdir', path);
    done(mount);
    return [...node.entries.keys()].sort();
  },

  async mkdir(path: string, options: { recursive?: boolean; mode?: number } = {}): Promise<string | undefined> {
    const mount = begin('mkdir', path, true);
    const names = namesOf(path);
    let first: string | undefined;
    for (let depth = options.recursive === true ? 1 : names.length; depth <= names.length; depth++) {
      const at = [mountPoint, ...names.slice(0, depth)].join('/');
      const place = placeOf(mount, at, 'mkdir');
      if (place.node !== undefined) {
        if (options.recursive === true && place.node.kind === 'folder') continue;
        throw failure('EEXIST', 'mkdir', path);
      }
      const id = mount.disk.add(folderNode(options.mode));
      mount.disk.change({ kind: 'name', folder: place.folder, name: place.name, id });
      first ??= at;
    }
    done(mount);
    return options.recursive === true ? first : undefined;
  },

  async stat(path: string) {
    const mount = begin('stat', path, false);
    const { id, node } = follow(mount, existing(mount, path, 'stat'), 'stat');
    if (node === undefined || id === undefined) throw failure('ENOENT', 'stat', path);
    done(mount);
    return statsOf(id, node);
  },

  async statfs(path: string) {
    const mount = begin('statfs', path, false);
    existing(mount, path, 'statfs');
    done(mount);
    return { bsize: 4096, bavail: 1 << 20 };
  },

  async lstat(path: string) {
    const mount = begin('lstat', path, false);
    const { id, node } = existing(mount, path, 'lstat');
    done(mount);
    return statsOf(id, node);
  },

  async realpath(path: string) {
    const mount = begin('realpath', path, false);
    existing(mount, path, 'realpath');
    done(mount);
    return path;
  },

  async chmod(path: string, mode: number) {
    const mount = begin('chmod', path, true);
    mount.disk.setMode(existing(mount, path, 'chmod').id, mode);
    done(mount);
  },

  async writeFile(path: string, data: string | Uint8Array, options: { mode?: number; flag?: string } = {}) {
    const handle = (await promisesFor['open']?.(
      ...([path, options.flag ?? 'w', options.mode] as never[]),
    )) as FaultyHandle;
    try {
      const bytes = Buffer.from(data as string);
      for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
    } finally {
      await handle.close();
    }
  },

  async appendFile(path: string, data: string | Uint8Array, options: { mode?: number } = {}) {
    await promisesFor['writeFile']?.(...([path, data, { ...options, flag: 'a' }] as never[]));
  },
};

const nativeFor: Functions = {
  async hashFile(path: string, offset: number, length: number) {
    const mount = begin('hashFile', path, false, nativeCodes);
    const { node } = existing(mount, path, 'hashFile');
    if (node.kind !== 'file' || node.bytes.length < offset + length) throw failure('ERR_IO', 'hashFile', path);
    done(mount);
    return blake3(node.bytes.subarray(offset, offset + length));
  },

  async syncFolder(path: string) {
    await Promise.resolve();
    const mount = begin('syncFolder', path, true, nativeCodes);
    if (!skipped) mount.disk.sync(existing(mount, path, 'syncFolder').id);
    done(mount);
  },

  async acquireLock(path: string, note: string) {
    const mount = begin('acquireLock', path, true, nativeCodes);
    const place = placeOf(mount, path, 'acquireLock');
    const id = place.id ?? mount.disk.add({ kind: 'file', bytes: Buffer.from(note), mode: 0o600 });
    if (place.id === undefined) mount.disk.change({ kind: 'name', folder: place.folder, name: place.name, id });
    const holder = mount.locks.get(id);
    if (holder !== undefined) throw failure('ERR_LOCKED', 'acquireLock', `${path} is locked by ${holder}`);
    mount.locks.set(id, note);
    mount.open++;
    done(mount);
    let held = true;
    return {
      get held() {
        return held;
      },
      release() {
        if (!held) return;
        held = false;
        mount.open--;
        mount.locks.delete(id);
      },
    };
  },

  networkFileSystem: () => undefined,
};

/** The part of a FileHandle that is modelled. */
class FaultyHandle {
  readonly #mount: Mount;
  readonly #id: number;
  readonly #path: string;
  readonly #appends: boolean;
  #position = 0;
  #closed = false;

  constructor(mount: Mount, id: number, path: string, appends: boolean) {
    this.#mount = mount;
    this.#id = id;
    this.#path = path;
    this.#appends = appends;
    mount.open++;
  }

  async write(data: Uint8Array, offset = 0, length = data.length - offset, position: number | null = null) {
    this.#begin('write', true, length);
    const count = Math.min(length, taken);
    const at = this.#appends ? this.#bytes.length : (position ?? this.#position);
    // What the ballast holds means nothing, and its megabytes would make every state of the disk slow.
    if (this.#path.endsWith('/ballast')) {
      this.#mount.disk.change({ kind: 'truncate', id: this.#id, size: at + count });
    } else {
      const bytes = Buffer.from(data.subarray(offset, offset + count));
      this.#mount.disk.change({ kind: 'write', id: this.#id, offset: at, bytes });
    }
    this.#position = at + count;
    const bytesWritten = claimed ?? count;
    done(this.#mount);
    return { bytesWritten, buffer: data };
  }

  async read(into: Uint8Array, offset = 0, length = into.length - offset, position: number | null = null) {
    this.#begin('read', false, length);
    if (this.#mount.disk.node(this.#id).kind === 'folder') throw failure('EISDIR', 'read', this.#path);
    const at = position ?? this.#position;
    const bytes = this.#bytes.subarray(at, at + Math.min(length, taken));
    into.set(bytes, offset);
    this.#position = at + bytes.length;
    done(this.#mount);
    return { bytesRead: bytes.length, buffer: into };
  }

  async readFile() {
    this.#begin('readFile', false);
    const bytes = Buffer.from(this.#bytes);
    done(this.#mount);
    return bytes;
  }

  async stat() {
    this.#begin('fstat', false);
    done(this.#mount);
    return statsOf(this.#id, this.#mount.disk.node(this.#id));
  }

  async truncate(size = 0) {
    this.#begin('truncate', true);
    this.#mount.disk.change({ kind: 'truncate', id: this.#id, size });
    done(this.#mount);
  }

  async sync() {
    await this.#sync('sync');
  }

  async datasync() {
    await this.#sync('datasync');
  }

  async close() {
    if (this.#closed) throw failure('EBADF', 'close', this.#path);
    this.#closed = true;
    this.#mount.open--;
  }

  async #sync(name: string) {
    // Others get their turn meanwhile, as with a disk that takes its time.
    await Promise.resolve();
    try {
      this.#begin(name, true);
    } catch (error) {
      this.#mount.disk.drop(this.#id);
      throw error;
    }
    if (!skipped) this.#mount.disk.sync(this.#id);
    done(this.#mount);
  }

  get #bytes(): Buffer {
    const node = this.#mount.disk.node(this.#id);
    return node.kind === 'file' ? node.bytes : Buffer.alloc(0);
  }

  #begin(name: string, changes: boolean, length?: number): void {
    if (this.#closed) throw failure('EBADF', name, this.#path);
    begin(name, this.#path, changes, {}, length);
  }
}

// The call under way. Between `begin` and `done` nothing is awaited, so there is one at a time.

let call: Call | undefined;
let taken = Infinity;
let claimed: number | undefined;
let skipped = false;

function begin(
  name: string,
  path: string,
  changes: boolean,
  codes: Readonly<Record<string, string>> = {},
  length?: number,
): Mount {
  const mount = current;
  if (mount === undefined) throw new Error(`${name} of ${path} came after its faulty disk was taken away`);
  call = { number: ++mount.calls, name, path, changes, ...(length !== undefined && { length }) };
  const fault = mount.fault?.(call);
  [taken, claimed, skipped] = [Infinity, undefined, false];
  if (fault === undefined) return mount;
  if ('error' in fault) {
    done(mount);
    throw failure(codes[fault.error] ?? fault.error, name, path);
  }
  if ('skip' in fault) skipped = true;
  else [taken, claimed] = [fault.take, fault.claim];
  return mount;
}

function done(mount: Mount): void {
  const made = call;
  call = undefined;
  if (made !== undefined) mount.after?.(made);
}

/** How native names what the operating system reports. */
const nativeCodes: Readonly<Record<string, string>> = {
  ENOSPC: 'ERR_NO_SPACE',
  EIO: 'ERR_IO',
  EACCES: 'ERR_IO',
  EMFILE: 'ERR_IO',
  EINTR: 'ERR_IO',
};

function namesOf(path: string): string[] {
  return path
    .slice(mountPoint.length)
    .split('/')
    .filter((name) => name !== '');
}

function placeOf(mount: Mount, path: string, name: string): Place {
  const place = mount.disk.find(namesOf(path));
  if (place === undefined) throw failure('ENOENT', name, path);
  return place;
}

function existing(mount: Mount, path: string, name: string): Place & { id: number; node: DiskNode } {
  const { folder, name: last, id, node } = placeOf(mount, path, name);
  if (id === undefined || node === undefined) throw failure('ENOENT', name, path);
  return { folder, name: last, id, node };
}

function follow(mount: Mount, place: Place, name: string): Pick<Place, 'id' | 'node'> {
  return place.node?.kind === 'link' ? existing(mount, place.node.target, name) : place;
}

function statsOf(id: number, node: DiskNode) {
  return {
    ino: id,
    size: node.kind === 'file' ? node.bytes.length : 0,
    mode: node.kind === 'file' || node.kind === 'folder' ? node.mode : 0o777,
    uid: process.getuid?.() ?? 0,
    mtimeMs: 0,
    isFile: () => node.kind === 'file',
    isDirectory: () => node.kind === 'folder',
    isSymbolicLink: () => node.kind === 'link',
  };
}

function flagBits(flags: string): number {
  const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_APPEND } = constants;
  const known: Readonly<Record<string, number>> = {
    r: O_RDONLY,
    'r+': O_RDWR,
    w: O_WRONLY | O_CREAT | O_TRUNC,
    wx: O_WRONLY | O_CREAT | O_EXCL,
    a: O_WRONLY | O_CREAT | O_APPEND,
  };
  const bits = known[flags];
  if (bits === undefined) throw new Error(`the faulty disk knows no flags "${flags}"`);
  return bits;
}

function failure(code: string, name: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${name} '${path}'`), { code, syscall: name, path });
}
