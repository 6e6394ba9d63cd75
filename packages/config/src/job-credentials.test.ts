import { describe, expect, test } from '@jest/globals';
import { imageWith, problemsOf } from './harness/towpath-yaml.ts';

describe('files and variables of the job', () => {
  test.each([
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'ACTIONS_RUNTIME_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'GITHUB_TOKEN',
    'INPUT_PROXY',
    'STATE_builders',
    'RUNNER_TOKEN',
    'DOCKER_AUTH_CONFIG',
    'actions_runtime_token',
  ])('rejects %s as a secret and as a build argument', (name) => {
    expect(problemsOf(imageWith(`secrets: { t: { env: ${name} } }`))).toEqual([
      expect.stringMatching(
        `^3:21 images.web.secrets.t.env may not be ${name}: .*Give the step a variable of your own`,
      ),
    ]);
    expect(problemsOf(imageWith(`args: { ${name}: x }`))).toEqual([
      expect.stringMatching(`^3:13 images.web.args.${name} may not be ${name}: .*Use secrets`),
    ]);
  });

  test.each(['.git/config', 'lib/.git/config', './.GIT/config'])('rejects a secret from %s', (file) => {
    for (const line of [`secrets: { t: { file: ${file} } }`, `ssh: ["deploy=${file}"]`])
      expect(problemsOf(imageWith(line))).toEqual([expect.stringContaining('may not be in .git')]);
  });

  test('accepts a secret from .gitignore or .github', () => {
    expect(problemsOf(imageWith('secrets: { a: { file: .gitignore }, b: { file: .github/x } }'))).toEqual([]);
  });

  test.each(['NPM_TOKEN', 'GH_TOKEN', 'SNYK_TOKEN'])('accepts %s as a secret', (name) => {
    expect(problemsOf(imageWith(`secrets: { t: { env: ${name} } }`))).toEqual([]);
  });

  test.each(['GITHUB_SHA', 'AWS_REGION', 'RUNNER_OS', 'BUILDKIT_CONTEXT_KEEP_GIT_DIR'])(
    'accepts %s as a build argument',
    (name) => {
      expect(problemsOf(imageWith(`args: { ${name}: x }`))).toEqual([]);
    },
  );
});
