// Why the operating system refused something, in words that a user can act on.

const words: Readonly<Record<string, string>> = {
  EACCES: 'this user has no right to it',
  EBUSY: 'something else is using it',
  EDQUOT: 'the quota of this user is used up',
  EEXIST: 'something of that name is there already',
  EINVAL: 'it is no place for files',
  EIO: 'the disk does not work',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  EMFILE: 'this process has too many files open',
  ENAMETOOLONG: 'a name in the path is too long',
  ENFILE: 'the system has too many files open',
  ENODEV: 'the device is gone',
  ENOENT: 'there is no such place',
  ENOSPC: 'there is no space left',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENXIO: 'the device is gone',
  EPERM: 'the system does not allow it to this user',
  EROFS: 'the file system is read-only',
};

/** `a name in the path is too long (ENAMETOOLONG)`; undefined for what is no error of the system, or not of these. */
export function systemReason(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && Object.hasOwn(words, code) ? `${words[code]} (${code})` : undefined;
}
