import { describe, expect, test } from '@jest/globals';
import { isJobCredential, isJobVariable, withoutJobCredentials } from './job-variables.ts';

describe('the variables of a job', () => {
  test.each([
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_URL',
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_CACHE_URL',
    'ACTIONS_RESULTS_URL',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'GITHUB_TOKEN',
    'GITHUB_ENV',
    'INPUT_BUILD-ARGS',
    'INPUT_TOKEN',
    'STATE_builders',
    'RUNNER_TOKEN',
    'DOCKER_AUTH_CONFIG',
    'CI_JOB_TOKEN',
    'CI_JOB_JWT_V2',
    'CI_REGISTRY_PASSWORD',
    'CI_DEPLOY_PASSWORD',
    'CI_DEPENDENCY_PROXY_PASSWORD',
    'CI_REPOSITORY_URL',
    'CI_SERVER_TLS_KEY_FILE',
    'TRIGGER_PAYLOAD',
    'TOWPATH_CREDENTIAL_111122223333_dkr_ecr_us_east_1_amazonaws_com',
    'actions_runtime_token',
    'Aws_Secret_Access_Key',
  ])('%s is not passed to programs and cannot be the source of a secret', (name) => {
    expect([isJobCredential(name), isJobVariable(name)]).toEqual([true, true]);
    expect(withoutJobCredentials({ [name]: 'value', PATH: '/bin' })).toEqual({ PATH: '/bin' });
  });

  test.each(['SNYK_TOKEN', 'TRIVY_PASSWORD'])(
    '%s is not passed to programs and can be the source of a secret',
    (name) => {
      expect([isJobCredential(name), isJobVariable(name)]).toEqual([true, false]);
      expect(withoutJobCredentials({ [name]: 'value', PATH: '/bin' })).toEqual({ PATH: '/bin' });
    },
  );

  test.each([
    'GITHUB_SHA',
    'GITHUB_REF_NAME',
    'AWS_REGION',
    'RUNNER_OS',
    'RUNNER_TRACKING_ID',
    'BUILDX_CONFIG',
  ])('%s is passed to programs and cannot be the source of a secret', (name) => {
    expect([isJobCredential(name), isJobVariable(name)]).toEqual([false, true]);
  });

  test.each([
    'NPM_TOKEN',
    'GH_TOKEN',
    'SNYK_API',
    'SNYK_CFG_ORG',
    'HTTPS_PROXY',
    'DOCKER_HOST',
    'CI_COMMIT_SHA',
    'CI_NPM_TOKEN',
    'MY_AWS_KEY',
    'TAG',
    '',
  ])('%s is an ordinary variable', (name) => {
    expect([isJobCredential(name), isJobVariable(name)]).toEqual([false, false]);
  });
});
