// Mocha's usual report, and the counts and tests as JSON in the file named by the reporter option `results`, so that a
// run of several suites can add them up without reading text.
'use strict';

const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const tests = [];
    runner.on('test end', (test) => tests.push({ title: test.fullTitle(), state: test.state, ms: test.duration ?? 0 }));
    runner.once('end', () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      writeFileSync(options.reporterOption.results, JSON.stringify({ passed, failed, skipped, tests }));
    });
  }
};
