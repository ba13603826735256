import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import TestRunner from 'jest-runner';

/** Where the run without a mutant leaves which tests a suite has, and how long it takes; below the copy that Stryker works on. */
const SUITES = '.mutation-suites.json';

/** Nearly every suite loads the definition's schema, say: a mutant that the nearest suites do not notice counts as unnoticed. */
const MOST_SUITES = 30;

/**
 * Runs only suites with a test that reaches the mutant, the likeliest first, and none after the first failure. Stryker tells Jest the
 * names of such tests alone, for which Jest would load every suite that imports the file.
 */
export default class extends TestRunner {
  async runTests(tests, watcher, options) {
    const { rootDir } = tests[0].context.config;
    const known = join(rootDir, SUITES);
    if (!process.env.__STRYKER_ACTIVE_MUTANT__) return this.#record(known, tests, watcher, options);
    const stop = this.on('test-file-success', ([, { numFailingTests, testExecError }]) => {
      if (numFailingTests > 0 || testExecError) watcher.setState({ interrupted: true });
    });
    await super.runTests(this.#chosen(known, tests), watcher, options);
    stop();
  }

  async #record(known, tests, watcher, options) {
    const suites = {};
    const stop = this.on('test-file-success', ([test, { testResults, perfStats }]) => {
      suites[test.path] = { names: testResults.map(({ fullName }) => fullName), runtime: perfStats.runtime };
    });
    await super.runTests(tests, watcher, options);
    stop();
    writeFileSync(known, JSON.stringify(suites));
  }

  #chosen(known, tests) {
    if (!existsSync(known)) return tests;
    const suites = JSON.parse(readFileSync(known, 'utf8'));
    const { rootDir, testNamePattern = '', nonFlagArgs } = this._globalConfig;
    const reaches = new RegExp(testNamePattern, 'i');
    const folders = nonFlagArgs.map((file) => join(rootDir, '__tests__', dirname(relative(rootDir, file))));
    const distance = ({ path }) => (folders.some((folder) => path.startsWith(folder)) ? 0 : 1);
    return tests
      .filter(({ path }) => suites[path]?.names.some((name) => reaches.test(name)))
      .sort((a, b) => distance(a) - distance(b) || suites[a.path].runtime - suites[b.path].runtime)
      .slice(0, MOST_SUITES);
  }
}
