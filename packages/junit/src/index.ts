export { serialise, type TestCase, type TestResult, type TestSuite } from './serialise.ts';
