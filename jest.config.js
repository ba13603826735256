const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  modulePathIgnorePatterns: [
    '<rootDir>/cdktf.out',
    '<rootDir>/.stryker-tmp',
    '<rootDir>/.cache',
    '<rootDir>/dist',
    '<rootDir>/examples',
  ],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022' } }] },
};

/** @type {import('jest').Config} */
module.exports = {
  // Much of the time goes into waiting for other programs: suites run side by side on all cores.
  maxWorkers: '100%',
  // For a test that hangs. How long one takes is measured elsewhere: a busy machine is no failure.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/__tests__/acceptance/', '<rootDir>/__tests__/full/'],
    },
    {
      ...shared,
      displayName: 'acceptance',
      testMatch: ['<rootDir>/__tests__/acceptance/**/*.test.ts'],
      // Builds the real provider, once; says loudly what is missing.
      globalSetup: '<rootDir>/__tests__/acceptance/setup.ts',
    },
    {
      ...shared,
      // What needs a real Kubernetes: `npm run test:full`.
      displayName: 'full',
      testMatch: ['<rootDir>/__tests__/full/**/*.test.ts'],
      globalSetup: '<rootDir>/__tests__/full/setup.ts',
    },
  ],
};
