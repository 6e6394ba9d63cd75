/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{packages,actions,tools}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.demo/'],
  modulePathIgnorePatterns: ['/dist/', '/.demo/'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};
