// What VS Code calls inside the extension host: runs the bundled suite with mocha and writes the results as JSON to the
// file named in ALMAGEST_TEST_RESULTS, so that nobody has to read them back from a browser's console.
'use strict';

const { readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const Mocha = require('mocha');

const suite = join(__dirname, '../../../dist-test/e2e/suite');

exports.run = () => {
  const mocha = new Mocha({ timeout: 60_000 });
  for (const name of readdirSync(suite, { recursive: true }).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(join(suite, name));
  }
  const results = [];
  return new Promise((resolve, reject) => {
    const runner = mocha.run((failures) => {
      writeFileSync(process.env.ALMAGEST_TEST_RESULTS, JSON.stringify(results));
      if (failures === 0) resolve();
      else reject(new Error(`${failures} tests failed`));
    });
    runner.on('pass', (test) => results.push({ title: test.fullTitle(), outcome: 'passed', ms: test.duration }));
    runner.on('pending', (test) => results.push({ title: test.fullTitle(), outcome: 'skipped' }));
    runner.on('fail', (test, error) =>
      results.push({ title: test.fullTitle(), outcome: 'failed', error: error.stack ?? String(error) }),
    );
  });
};
