// `npm run test:sanitize`: the tests of the Rust crate under the address sanitizer, which watches the C of the grammars,
// too. Not part of `npm test`: everything is compiled once more, into a folder of its own, and runs several times slower.

import { join } from 'node:path';
import { root } from './bundle.mjs';
import { summary } from './mocha.mjs';
import { runNativeTests } from './nativeTests.mjs';

// A release has the sanitizer as well as a nightly, and this lets it be asked for. As under the fuzzer, the system's
// allocator stays, which is the one that the sanitizer knows.
Object.assign(process.env, {
  RUSTC_BOOTSTRAP: '1',
  RUSTFLAGS: '-Zsanitizer=address --cfg fuzzing',
  CFLAGS: `${process.env.CFLAGS ?? ''} -fsanitize=address -O1 -g1`.trim(),
  CARGO_TARGET_DIR: join(root, 'native/target/sanitize'),
  CARGO_PROFILE_RELEASE_LTO: 'off',
  // What is lost at the end of a test binary counts as a failure, but for what grammars lose.
  ASAN_OPTIONS: 'detect_leaks=1',
  LSAN_OPTIONS: `suppressions=${join(root, 'native/leaks.txt')}:print_suppressions=0`,
});
const counts = await runNativeTests();
console.log(summary(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
