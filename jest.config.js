import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{packages,actions,tools}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.demo/'],
  modulePathIgnorePatterns: ['/dist/', '/.demo/'],
  reporters: ['default', '<rootDir>/tools/jest/tally.js'],
  globalSetup: '<rootDir>/tools/jest/prepare.js',
  globalTeardown: '<rootDir>/tools/jest/clean-up.js',
  setupFiles: ['<rootDir>/tools/jest/no-credentials.js'],
  testSequencer: '<rootDir>/tools/jest/longest-first.js',
  testEnvironment: 'node',
  // Most tests wait for programs, connections and retries: with a worker per processor, processors are idle.
  maxWorkers: availableParallelism() + 1,
  // Machines are busy: what takes longer hangs.
  testTimeout: 30_000,
  // The temporary folder, where Jest has it otherwise, is a new one for every run.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};
