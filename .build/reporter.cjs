// Mocha's usual report, and the counts as JSON in the file named by the reporter option `results`, so that a run of
// several suites can add them up without reading text.
'use strict';

const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      writeFileSync(options.reporterOption.results, JSON.stringify({ passed, failed, skipped }));
    });
  }
};
