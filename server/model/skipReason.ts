// Why a file, or a part of what could be known of it, is not in the index. Each reason is data that users can see.

/**
 * Why a file is not in the index at all. The position in this list is the number used by native (0 = not skipped).
 * - `binary`: a NUL byte or too much undecodable content in its first 8 KiB
 * - `tooLarge`: above the size limit for any indexing
 * - `unreadable`: the operating system refused (permissions, I/O error)
 * - `notRegular`: FIFO, socket, device
 * - `symlink`: symbolic links are never followed
 * - `secret`: its name says that it holds keys or passwords
 * - `invalidPath`: its name is not valid UTF-8
 * - `tooDeep`: nested deeper than the walk's limit
 * - `vanished`: it was there when listed and gone when read
 * - `unstable`: it kept changing while being read
 * - `crashed`: the extractor died on it twice, alone
 * - `tooManyFiles`: its folder has more files than an index takes, and it comes after them
 */
export const skipReasons = [
  'none',
  'binary',
  'tooLarge',
  'unreadable',
  'notRegular',
  'symlink',
  'secret',
  'invalidPath',
  'tooDeep',
  'vanished',
  'unstable',
  'crashed',
  'tooManyFiles',
] as const;
export type SkipReason = Exclude<(typeof skipReasons)[number], 'none'>;

/**
 * Why a file is indexed as text only, or its facts are incomplete. The position is the number in the fact tables.
 * - `noGrammar`: no grammar for its language
 * - `parseLimit`: larger than what is parsed
 * - `deadline`: parsing took longer than allowed
 * - `longLines`: minified or generated, one line longer than what is parsed
 * - `syntaxErrors`: parsed in part; what parses is in the index
 * - `rowLimit`: more rows than one file may contribute
 * - `memoryLimit`: parsing needed more memory than allowed
 */
export const limitReasons = [
  'none',
  'noGrammar',
  'parseLimit',
  'deadline',
  'longLines',
  'syntaxErrors',
  'rowLimit',
  'memoryLimit',
] as const;
export type LimitReason = (typeof limitReasons)[number];

const explanations: Readonly<Record<SkipReason | Exclude<LimitReason, 'none'>, string>> = {
  binary: 'not text',
  tooLarge: 'larger than the limit for indexed files',
  unreadable: 'the operating system refused to read it',
  notRegular: 'not a regular file',
  symlink: 'a symbolic link, which is never followed',
  secret: 'its name says that it holds a secret',
  invalidPath: 'its name is not valid UTF-8',
  tooDeep: 'nested too deep',
  vanished: 'gone when it was read',
  unstable: 'it kept changing while it was read',
  crashed: 'its content crashed the extractor',
  tooManyFiles: 'beyond the number of files that an index takes; excluding folders makes room',
  noGrammar: 'no grammar for its language: text only',
  parseLimit: 'too large to parse: text only',
  deadline: 'took too long to parse: text only',
  longLines: 'has lines too long to parse: text only',
  syntaxErrors: 'has syntax errors: what parses is indexed',
  rowLimit: 'has more facts than one file may contribute: the rest is left out',
  memoryLimit: 'needed too much memory to parse: text only',
};

/** One phrase for people, fit to follow "because it is" or a colon. */
export function explainReason(reason: SkipReason | Exclude<LimitReason, 'none'>): string {
  return explanations[reason];
}
