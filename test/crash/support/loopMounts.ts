// File systems of our own to pull the plug of: an image in a temporary folder, mounted by a loop device. Everything is
// made and removed by the run, and only such a mount is ever shut down.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingProgram } from './processes';

export type FileSystem = 'ext4' | 'xfs';

/** XFS makes no smaller ones than 300 MiB; the images are sparse. */
const imageBytes: Readonly<Record<FileSystem, number>> = { ext4: 192 << 20, xfs: 320 << 20 };
const makers: Readonly<Record<FileSystem, readonly string[]>> = {
  ext4: ['mkfs.ext4', '-q', '-F'],
  xfs: ['mkfs.xfs', '-q', '-f'],
};

/** EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN, with the flag that leaves the log unwritten: what a power cut leaves. */
const pullPlug =
  'import fcntl,os,struct,sys;fcntl.ioctl(os.open(sys.argv[1],os.O_RDONLY),0x8004587D,struct.pack("I",2))';

/** Mounts of this process that are not unmounted yet; a test that is interrupted leaves none behind. */
const mounted = new Set<string>();
process.on('exit', () => {
  for (const mount of mounted) spawnSync('umount', ['-l', mount]);
});

export class LoopMount {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: string;
  readonly #image: string;

  constructor(fileSystem: FileSystem) {
    this.#folder = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-mount-')));
    this.#image = join(this.#folder, 'image');
    this.path = join(this.#folder, 'mount');
    mkdirSync(this.path);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, imageBytes[fileSystem]);
    const [maker = '', ...options] = makers[fileSystem];
    must(maker, ...options, this.#image);
    this.mount();
  }

  mount(): void {
    must('mount', '-o', 'loop', this.#image, this.path);
    mounted.add(this.path);
  }

  /** Nothing that is not on the medium yet will ever be there; every further write fails. */
  cut(): void {
    const { dev } = statSync(this.path);
    const [major, minor] = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)];
    const backing = readFileSync(`/sys/dev/block/${major}:${minor}/loop/backing_file`, 'utf8').trim();
    assert.equal(backing, this.#image, `${this.path} is not the mount of our image: nothing was shut down`);
    must('python3', '-c', pullPlug, this.path);
  }

  unmount(): void {
    must('umount', this.path);
    mounted.delete(this.path);
  }

  dispose(): void {
    if (mounted.has(this.path)) this.unmount();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Runs a program of the system; throws what it says when it fails. */
export function must(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** Why such mounts cannot be made here; undefined when they can. */
export function missingMounts(fileSystem: FileSystem): string | undefined {
  const reason = missingMountRight() ?? missingMaker(fileSystem) ?? missingProgram('python3');
  if (reason !== undefined) return reason;
  return inTemporaryFolder((folder) => {
    const image = join(folder, 'image');
    writeFileSync(image, Buffer.alloc(1 << 16));
    const { status, stdout, stderr } = spawnSync('losetup', ['-f', '--show', image], { encoding: 'utf8' });
    if (status !== 0) return `there is no loop device: ${stderr.trim()}`;
    must('losetup', '-d', stdout.trim());
    return undefined;
  });
}

/** Why nothing can be mounted here; undefined when it can. */
export function missingMountRight(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs root on Linux';
  return inTemporaryFolder((folder) => {
    const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder], {
      encoding: 'utf8',
    });
    if (status !== 0) return `nothing may be mounted here: ${stderr.trim()}`;
    must('umount', folder);
    return undefined;
  });
}

function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'almagest-mount-')));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function missingMaker(fileSystem: FileSystem): string | undefined {
  const [maker = ''] = makers[fileSystem];
  const { error } = spawnSync(maker, ['-V'], { stdio: 'ignore' });
  const packages = { ext4: 'e2fsprogs', xfs: 'xfsprogs' };
  return error && `${maker} is not installed (Debian: apt-get install ${packages[fileSystem]})`;
}
