/**
 * The doubles that tests with the emulator use, and the emulator with {@link scenario}. A test that needs no emulator imports the module that it uses,
 * such as `@towpath/testing/folder`: Jest loads all imports again for each file of tests, and the emulator takes half a
 * second of processor time.
 */
export { attach, putIndex, type ArtifactDraft } from './attach.ts';
export { isUsable, output, testWith } from './clients.ts';
export { fingerprintsOf } from './fingerprint.ts';
export { fakeRuntime, type FakeOptions, type FakeRuntime } from './fake-runtime.ts';
export { temporaryFolder, writeFiles } from './folder.ts';
export { killAtRequest } from './kill-at-request.ts';
export { makeImageSet, type ImageDraft } from './image-set.ts';
export { standInRuntimes, type Running } from './runtimes.ts';
export { copiesOf, scenario, sessionOf, type Ending, type Play, type Scenario } from './scenario.ts';
export {
  startGitHubApi,
  type ApiFault,
  type ApiNote,
  type ApiRequest,
  type GitHubApi,
} from './github-api.ts';
