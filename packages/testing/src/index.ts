export { fakeRuntime, type FakeOptions, type FakeRuntime } from './fake-runtime.ts';
export { temporaryFolder, writeFiles } from './folder.ts';
