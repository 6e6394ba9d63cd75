export {
  buildxFolder,
  dockerProxy,
  hasLogin,
  readDockerConfig,
  type DockerConfig,
  type Env,
} from './docker-config.ts';
export { inspectDocker, loadImages, type Docker } from './docker.ts';
export { lastLine } from './last-line.ts';
export { credentialVariables } from './credential-variables.ts';
export { pluginProgram } from './plugin.ts';
export { parseOutput } from './parse-output.ts';
export { cleaningUp, withVariables, type BuildPort } from './programs.ts';
export { withRegistryCredentials, type RegistryCredentials } from './registry-login.ts';
