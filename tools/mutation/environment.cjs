const { TestEnvironment } = require('jest-environment-node');

/**
 * Says of every test of a suite that it reaches what any part of the suite reaches. Stryker alone knows what runs inside a test; what is
 * reached while modules load, by a hook, or by the first test and then kept in memory would be judged without the tests that look at it,
 * or by all tests there are.
 */
module.exports = class extends TestEnvironment {
  async handleTestEvent({ name }, { rootDescribeBlock }) {
    const coverage = this.global.__stryker__?.mutantCoverage;
    if (!coverage || name !== 'run_finish') return;
    const tests = namesBelow(rootDescribeBlock);
    const reached = [coverage.static, ...tests.map((test) => coverage.perTest[test] ?? {})].flatMap(
      Object.keys,
    );
    const once = Object.fromEntries(reached.map((mutant) => [mutant, 1]));
    for (const test of tests) coverage.perTest[test] = { ...once, ...coverage.perTest[test] };
    coverage.static = {};
  }
};

/** Full names of tests, as Jest and Stryker join them. */
const namesBelow = (block, path = []) =>
  block.children.flatMap((child) => {
    const names = [...path, child.name];
    return child.type === 'describeBlock' ? namesBelow(child, names) : [names.join(' ').trimStart()];
  });
