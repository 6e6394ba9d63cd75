export { attach, putIndex, type ArtifactDraft } from './attach.ts';
export { isUsable, output, testWith } from './clients.ts';
export { fingerprintsOf } from './fingerprint.ts';
export { makeFinding } from './finding.ts';
export { fakeRuntime, type FakeOptions, type FakeRuntime } from './fake-runtime.ts';
export { temporaryFolder, writeFiles } from './folder.ts';
export { killAtRequest } from './kill-at-request.ts';
export { linkToDevice, makeOdd, oddFiles, type OddFile } from './odd-files.ts';
export { makeImageSet, type ImageDraft } from './image-set.ts';
export { standInRuntimes, type Running } from './runtimes.ts';
export { sarifCheck } from './sarif-schema.ts';
export { copiesOf, scenario, sessionOf, type Ending, type Play, type Scenario } from './scenario.ts';
export {
  startGitHubApi,
  type ApiFault,
  type ApiNote,
  type ApiRequest,
  type GitHubApi,
} from './github-api.ts';
