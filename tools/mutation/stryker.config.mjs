import { fileURLToPath } from 'node:url';
import jest from '../../jest.config.js';

const { displayName: _, testPathIgnorePatterns, ...unit } = jest.projects[0];

/** Suites that look at the repository and not at what it does, or take minutes each time that a mutant is in their way. */
const LEFT_OUT = ['architecture', 'layers', 'docs', 'docs-commands', 'constructs/planted-text', 'tools/.*'];

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'jest',
  jest: {
    projectType: 'custom',
    config: {
      ...unit,
      testTimeout: jest.testTimeout,
      rootDir: undefined,
      testEnvironment: fileURLToPath(new URL('environment.cjs', import.meta.url)),
      runner: fileURLToPath(new URL('runner.mjs', import.meta.url)),
      testPathIgnorePatterns: [
        ...testPathIgnorePatterns,
        ...LEFT_OUT.map((name) => `/__tests__/${name}\\.test\\.ts$`),
      ],
    },
    enableFindRelatedTests: true,
  },
  coverageAnalysis: 'perTest',
  ignorePatterns: ['.cache', 'cdktf.out', 'dist', 'docs/api', 'coverage', 'state'],
  disableTypeChecks: false,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
  timeoutMS: 90_000,
  dryRunTimeoutMinutes: 30,
  thresholds: { high: 95, low: 90, break: 85 },
  tempDirName: '.stryker-tmp',
};
