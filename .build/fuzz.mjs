// `npm run fuzz [-- --seconds 300] [--only extract,query]`: the coverage-guided fuzzer over the targets in native/fuzz, each
// for so many seconds, under the address sanitizer, which watches the C of the grammars, too. Not part of `npm test`. What
// it finds lies in native/fuzz/artifacts/; the fix comes with a test of its own.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './bundle.mjs';
import { complain } from './prerequisites.mjs';

const folder = join(root, 'native/fuzz');
/** Larger input finds nothing that smaller does not, and more slowly. */
const maxBytes = 4096;
/** An input that takes longer, or more memory, is a finding: seconds, MiB. */
const limits = ['-timeout=25', '-rss_limit_mb=3000'];
/** The scanner of the SQL grammar loses a few bytes per quoted text; everything else is still told. */
const leaking = ['extract'];

/** Input to start from, where the fuzzer would take long to come to it by itself. */
const seeds = {
  decode: () => [
    '\u{feff}text',
    'naïve\r\nx',
    Buffer.from('\u{feff}hé😀\r\n', 'utf16le'),
    Buffer.from([0x63, 0xe9, 0x20]),
  ],
  extract: () => fixtures(),
  globs: () => ['src/a/b.ts\n*.ts\n!b.ts\n/src/**/b.*\n[a-z]*{x,y}'],
  names: () => ['FooBar\nfooBar\nfoo_bar_baz', 'hs\nHTTPServer\nhttp_server'],
  pattern: () => ['\x09(a+)+$\naaaa\nfoo', '\x01\\bfoo\\w{2,9}|x$\nfoo bar\r\nfoobar x', '\x04foo\na foo b'],
  query: () => ['a b OR c -d "e f"', 'fooBar->baz_qux 漢字'],
};

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, only: { type: 'string' } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new Error(`--seconds takes a number above 0, not "${values.seconds}".`);
const targets = values.only?.split(',') ?? Object.keys(seeds);
const unknown = targets.find((name) => !(name in seeds));
if (unknown !== undefined)
  throw new Error(`There is no target "${unknown}". There are ${Object.keys(seeds).join(', ')}.`);
requireTools();

let findings = 0;
for (const target of targets) {
  const corpus = join(folder, 'corpus', target);
  mkdirSync(corpus, { recursive: true });
  seeds[target]().forEach((seed, i) => writeFileSync(join(corpus, `seed-${i}`), seed));
  const options = [`-max_total_time=${seconds}`, `-max_len=${maxBytes}`, ...limits];
  const ran = spawnSync('cargo', ['+nightly', 'fuzz', 'run', '--fuzz-dir', folder, target, corpus, '--', ...options], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      ...process.env,
      ASAN_OPTIONS: leaking.includes(target) ? 'detect_leaks=0' : '',
      CFLAGS: `${process.env.CFLAGS ?? ''} -fsanitize=address -O1 -g1`.trim(),
    },
  });
  const done = /Done (\d+) runs in (\d+) second/.exec(ran.stderr);
  if (ran.status === 0 && done) {
    console.log(`${target}: ${Number(done[1]).toLocaleString('en')} executions in ${done[2]} s, nothing found`);
  } else {
    findings++;
    console.error(ran.stderr.slice(-6000));
    console.error(`${target}: failed; the input, if there is one, lies in native/fuzz/artifacts/${target}/`);
  }
}
process.exitCode = findings === 0 ? 0 : 1;

/** The fixtures of all languages, each behind a line with its name. */
function fixtures() {
  const languages = join(root, 'test/fixtures/languages');
  const entries = readdirSync(languages, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => {
    const text = readFileSync(join(entry.parentPath, entry.name)).subarray(0, maxBytes - 256);
    return Buffer.concat([Buffer.from(`${entry.name}\n`), text]);
  });
}

/** Ends the process with a message when the fuzzer is not there. */
function requireTools() {
  const wanted = [
    {
      name: 'Rust nightly',
      oldest: '1.90.0',
      command: ['cargo', '+nightly', '--version'],
      get: 'rustup toolchain install nightly --profile minimal',
    },
    {
      name: 'cargo-fuzz',
      oldest: '0.12.0',
      command: ['cargo', '+nightly', 'fuzz', '--version'],
      get: 'cargo install cargo-fuzz',
    },
  ];
  const versions = wanted.map(({ command: [program, ...args] }) => {
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
    return status === 0 ? /\d+(\.\d+)+/.exec(stdout)?.[0] : undefined;
  });
  const complaints = complain(wanted, versions);
  if (complaints.length === 0) return;
  console.error(['The fuzzer cannot run here yet:', ...complaints.map((line) => `  - ${line}`)].join('\n'));
  process.exit(1);
}
