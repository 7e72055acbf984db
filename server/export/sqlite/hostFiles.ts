// Lets the SQLite of sql.js work on real files instead of copies in memory: the system calls that its WebAssembly module
// imports are answered for the one database that is open, with its journal, and for temporary files. Everything else
// stays in the module's own memory, so that no statement can reach another file. Knows nothing of SQL.

import * as fs from 'node:fs';
import { join } from 'node:path';
import { lockRange, rangeIsLocked } from '../../store/rangeLock';

/** What a WebAssembly module imports, by name. */
export type Imports = Record<string, (...args: never[]) => unknown>;

/** The files of one database. */
export interface OpenFiles {
  /** The database; its journal lies beside it. */
  readonly database: string;
  /** An existing folder for temporary files, which are unlinked as soon as they are open. */
  readonly temporary: string;
  /** Whether the database and its journal can be written to. */
  readonly writable: boolean;
}

// The numbers of WASI, which are not those of the machine.
const errno = { access: 2, again: 6, badFile: 8, exists: 20, invalid: 28, io: 29, noEntry: 44, noSpace: 51 } as const;
const errnoOf: Readonly<Record<string, number>> = {
  EACCES: errno.access,
  EPERM: errno.access,
  EEXIST: errno.exists,
  ENOENT: errno.noEntry,
  ENOSPC: errno.noSpace,
  EDQUOT: errno.noSpace,
  EROFS: errno.access,
  ELOOP: errno.access,
};

/** Descriptors of ours begin here; smaller ones are the module's own. */
const firstDescriptor = 1 << 20;
/** What sql.js calls every database that it opens, and where SQLite puts temporary files. */
const databasePrefix = '/dbfile_';
const temporaryPrefix = '/tmp/';

// Flags of openat and commands of fcntl, as the module's C library numbers them.
const openFlag = { accessMode: 3, create: 0o100, exclusive: 0o200, truncate: 0o1000 } as const;
const command = { getLock: 12, setLock: 13, setLockWait: 14 } as const;
const lockKinds = ['shared', 'exclusive', 'free'] as const;
const freeLock = 2;

interface OpenFile {
  readonly descriptor: number;
  position: number;
}

export class HostFiles {
  readonly #heapLimit: number;
  readonly #open = new Map<number, OpenFile>();
  #files: OpenFiles | undefined;
  #memory: WebAssembly.Memory | undefined;
  #next = firstDescriptor;

  /** @param heapLimit bytes that the module's memory may grow to; beyond them SQLite is out of memory */
  constructor(heapLimit: number) {
    this.#heapLimit = heapLimit;
  }

  /** The files that the next database to be opened stands for. Those of the one before must be closed. */
  use(files: OpenFiles | undefined): void {
    for (const { descriptor } of this.#open.values()) fs.closeSync(descriptor);
    this.#open.clear();
    this.#files = files;
  }

  /** The memory of the module, known only after its start. */
  set memory(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** The module's own imports with the system calls on files answered here first. */
  wrap(own: Imports): Imports {
    const onDescriptor =
      (name: string, answer: (file: OpenFile, ...args: never[]) => number, sign: 1 | -1) =>
      (fd: number, ...args: never[]): number => {
        const file = this.#open.get(fd);
        if (file === undefined) return call(own, name, fd, ...args);
        return attempt(sign, () => answer(file, ...args));
      };
    const onPath =
      (name: string, pathAt: number, answer: (path: string, ...args: number[]) => number) =>
      (...args: number[]): number => {
        const path = this.#text(args[pathAt] as number);
        const real = this.#realPath(path);
        if (real === undefined) return call(own, name, ...args);
        return attempt(-1, () => answer(real, ...args));
      };
    return {
      ...own,
      __syscall_openat: (folder: number, path: number, flags: number, ...rest: number[]) => {
        const real = this.#realPath(this.#text(path));
        // Nothing in the module's own memory is a database: what is attached must fail, not be made there.
        if (real === undefined)
          return this.#files === undefined
            ? call(own, '__syscall_openat', folder, path, flags, ...rest)
            : -errno.access;
        return attempt(-1, () => this.#openFile(real, flags));
      },
      __syscall_faccessat: onPath('__syscall_faccessat', 1, (path) => (fs.accessSync(path), 0)),
      __syscall_stat64: onPath('__syscall_stat64', 0, (path, _, into) => this.#writeStat(fs.statSync(path), into)),
      __syscall_lstat64: onPath('__syscall_lstat64', 0, (path, _, into) => this.#writeStat(fs.lstatSync(path), into)),
      __syscall_unlinkat: onPath('__syscall_unlinkat', 1, (path) => this.#unlink(path)),
      __syscall_fstat64: onDescriptor(
        '__syscall_fstat64',
        ({ descriptor }, into: number) => this.#writeStat(fs.fstatSync(descriptor), into),
        -1,
      ),
      __syscall_ftruncate64: onDescriptor(
        '__syscall_ftruncate64',
        ({ descriptor }, length: bigint) => (fs.ftruncateSync(descriptor, Number(length)), 0),
        -1,
      ),
      __syscall_fcntl64: onDescriptor('__syscall_fcntl64', (file, ...args: number[]) => this.#control(file, args), -1),
      __syscall_fchmod: onDescriptor('__syscall_fchmod', () => 0, -1),
      __syscall_fchown32: onDescriptor('__syscall_fchown32', () => 0, -1),
      fd_close: (fd: number) => {
        const file = this.#open.get(fd);
        if (file === undefined) return call(own, 'fd_close', fd);
        this.#open.delete(fd);
        return attempt(1, () => (fs.closeSync(file.descriptor), 0));
      },
      fd_seek: onDescriptor('fd_seek', (file, ...args: never[]) => this.#seek(file, args), 1),
      fd_read: onDescriptor('fd_read', (file, ...args: number[]) => this.#transfer(file, args, fs.readSync), 1),
      fd_write: onDescriptor('fd_write', (file, ...args: number[]) => this.#transfer(file, args, fs.writeSync), 1),
      fd_sync: onDescriptor('fd_sync', ({ descriptor }) => (fs.fsyncSync(descriptor), 0), 1),
      emscripten_resize_heap: (bytes: number) =>
        bytes >>> 0 > this.#heapLimit ? 0 : call(own, 'emscripten_resize_heap', bytes),
    };
  }

  /** The real file of a path of the module; undefined: it has none. */
  #realPath(path: string): string | undefined {
    const files = this.#files;
    if (files === undefined) return undefined;
    if (path.startsWith(temporaryPrefix)) {
      const name = path.slice(temporaryPrefix.length);
      return /^etilqs_\w+$/.test(name) ? join(files.temporary, name) : undefined;
    }
    const suffix = /^\d+(-journal)?$/.exec(path.slice(databasePrefix.length));
    return path.startsWith(databasePrefix) && suffix !== null ? files.database + (suffix[1] ?? '') : undefined;
  }

  #openFile(path: string, flags: number): number {
    const files = this.#files as OpenFiles;
    const isTemporary = !path.startsWith(files.database);
    const wantsToWrite = (flags & openFlag.accessMode) !== 0;
    // SQLite then opens it for reading.
    if (wantsToWrite && !isTemporary && !files.writable) throw new Refusal(errno.access);
    const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC } = fs.constants;
    const noFollow = (fs.constants.O_NOFOLLOW as number | undefined) ?? 0; // not defined on Windows
    const mode =
      (wantsToWrite ? O_RDWR : O_RDONLY) |
      (wantsToWrite && (flags & openFlag.create) !== 0 ? O_CREAT : 0) |
      ((flags & openFlag.exclusive) !== 0 ? O_EXCL : 0) |
      ((flags & openFlag.truncate) !== 0 ? O_TRUNC : 0) |
      noFollow;
    const descriptor = fs.openSync(path, mode, 0o600);
    this.#open.set(this.#next, { descriptor, position: 0 });
    return this.#next++;
  }

  #unlink(path: string): number {
    if (!(this.#files as OpenFiles).writable && path.startsWith((this.#files as OpenFiles).database)) {
      throw new Refusal(errno.access);
    }
    fs.unlinkSync(path);
    return 0;
  }

  #seek(file: OpenFile, [offset, whence, into]: unknown[]): number {
    const base = whence === 0 ? 0 : whence === 1 ? file.position : fs.fstatSync(file.descriptor).size;
    const position = base + Number(offset);
    if (position < 0) throw new Refusal(errno.invalid);
    file.position = position;
    this.#view().setBigInt64(into as number, BigInt(position), true);
    return 0;
  }

  /** Reads or writes the pieces of memory that a list of (address, length) names. */
  #transfer(
    file: OpenFile,
    [list, count, into]: number[],
    move: (descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => number,
  ): number {
    const view = this.#view();
    const bytes = new Uint8Array(view.buffer);
    let total = 0;
    for (let i = 0; i < (count as number); i++) {
      const address = view.getUint32((list as number) + i * 8, true);
      const length = view.getUint32((list as number) + i * 8 + 4, true);
      const moved = move(file.descriptor, bytes, address, length, file.position);
      file.position += moved;
      total += moved;
      if (moved < length) break;
    }
    view.setUint32(into as number, total, true);
    return 0;
  }

  /** Locks are the kernel's, so that other programs can have the same database open. */
  #control({ descriptor }: OpenFile, [what, argument]: number[]): number {
    if (what !== command.getLock && what !== command.setLock && what !== command.setLockWait) return 0;
    // fcntl's third argument comes as a pointer to it; it is itself the address of a struct flock.
    const view = this.#view();
    const lock = view.getUint32(argument as number, true);
    const start = Number(view.getBigInt64(lock + 8, true));
    const length = Number(view.getBigInt64(lock + 16, true));
    if (what === command.getLock) {
      if (!rangeIsLocked(descriptor, start, length)) view.setInt16(lock, freeLock, true);
      return 0;
    }
    const kind = lockKinds[view.getInt16(lock, true)];
    if (kind === undefined) throw new Refusal(errno.invalid);
    return lockRange(descriptor, kind, start, length) ? 0 : -errno.again;
  }

  /** Fills a struct stat as the module's C library lays it out. */
  #writeStat(stat: fs.Stats, into: number): number {
    const view = this.#view();
    new Uint8Array(view.buffer, into, 96).fill(0);
    view.setUint32(into, stat.dev >>> 0, true);
    view.setUint32(into + 4, stat.mode, true);
    view.setUint32(into + 8, stat.nlink, true);
    view.setBigInt64(into + 24, BigInt(stat.size), true);
    view.setInt32(into + 32, 4096, true);
    view.setInt32(into + 36, Math.ceil(stat.size / 512) | 0, true);
    for (const [at, ms] of [
      [40, stat.atimeMs],
      [56, stat.mtimeMs],
      [72, stat.ctimeMs],
    ] as const) {
      view.setBigInt64(into + at, BigInt(Math.floor(ms / 1000)), true);
    }
    view.setBigInt64(into + 88, BigInt(stat.ino), true);
    return 0;
  }

  #text(address: number): string {
    const bytes = new Uint8Array(this.#view().buffer);
    return Buffer.from(bytes.subarray(address, bytes.indexOf(0, address))).toString('utf8');
  }

  #view(): DataView {
    if (this.#memory === undefined) throw new Error('A system call came before the memory of the module was known');
    return new DataView(this.#memory.buffer);
  }
}

/** An answer that is an error number. */
class Refusal extends Error {
  constructor(readonly errno: number) {
    super(`error ${errno}`);
  }
}

/** What `answer` returns, or the number of its error with the sign that the call uses. */
function attempt(sign: 1 | -1, answer: () => number): number {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Refusal) return sign * error.errno;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return sign * (errnoOf[code] ?? errno.io);
  }
}

function call(own: Imports, name: string, ...args: unknown[]): number {
  return (own[name] as (...args: unknown[]) => number)(...args);
}
