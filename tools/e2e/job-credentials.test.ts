import { expect, test } from '@jest/globals';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { begin, green, type Scene } from './scene.ts';

const from = 'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

/** Environment variables of a job that contain credentials. */
const credentials = {
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'hush-oidc-token',
  ACTIONS_RUNTIME_TOKEN: 'hush-runtime-token',
  GITHUB_TOKEN: 'hush-github-token',
  AWS_CONTAINER_AUTHORIZATION_TOKEN: 'hush-aws-token',
};

async function write({ checkout }: Scene, files: Readonly<Record<string, string>>): Promise<void> {
  await rm(join(checkout.folder, 'towpath.yaml'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(checkout.folder, path), text);
}

const printing = (name: string) =>
  `${from}\nARG TAKEN\nARG ${name}\nARG TAG\nARG SHA\nARG GITHUB_SHA\nRUN echo "taken=[$TAKEN$${name}] tag=$TAG sha=[\${SHA:-$GITHUB_SHA}]" | tee /taken\n`;

const bake = (name: string) => `
variable "${name}" { default = "" }
variable "TAG" {}
variable "GITHUB_SHA" {}
target "default" {
  context = "job"
  args = { TAKEN = "\${upper("${name}") == "" ? "" : ${name}}", TAG = TAG, SHA = GITHUB_SHA }
}
`;

const compose = (name: string) => `
services:
  job:
    build: { context: job, args: { TAKEN: "\${${name}:-}", TAG: "\${TAG}", SHA: "\${GITHUB_SHA}" } }
`;

const byName = (name: string) => `
services:
  job: { build: { context: job, args: [${name}, TAG, GITHUB_SHA] } }
`;

test.each(
  Object.keys(credentials).flatMap((name) => [
    { name, config: 'docker-bake.hcl', text: bake(name) },
    { name, config: 'compose.yaml', text: compose(name) },
    { name, config: 'compose.yml', text: byName(name) },
  ]),
)('$config cannot read $name, but can read variables without credentials', async ({ name, config, text }) => {
  const scene = await begin();
  await write(scene, { [config]: text, 'job/Dockerfile': printing(name) });
  const env = { ...credentials, TAG: '1.2' };
  const [{ log, outputs, summary }, commandLines] = await commandLinesDuring(async () =>
    green(await scene.step('build', { config }, { env })),
  );
  expect(log).toMatch(/taken=\[\] tag=1\.2 sha=\[[0-9a-f]{40}\]/);
  expect([log, summary, JSON.stringify(outputs), ...commandLines].join('\n')).not.toContain('hush-');
  expect(await filesWith(scene.temp, ['hush-'])).toEqual([]);
});

test.each<{ source: string; config: string; text: string }>([
  {
    source: 'a secret in towpath.yaml',
    config: 'towpath.yaml',
    text: 'images: { job: { secrets: { t: { env: ACTIONS_ID_TOKEN_REQUEST_TOKEN } } } }\n',
  },
  {
    source: 'a secret in a bake file',
    config: 'docker-bake.hcl',
    text: 'target "default" {\n  context = "job"\n  secret = ["id=t,env=ACTIONS_ID_TOKEN_REQUEST_TOKEN"]\n}\n',
  },
  {
    source: 'a secret in a bake file with the variable as its id',
    config: 'docker-bake.hcl',
    text: 'target "default" {\n  context = "job"\n  secret = ["id=ACTIONS_ID_TOKEN_REQUEST_TOKEN"]\n}\n',
  },
  {
    source: 'a secret in a Compose file',
    config: 'compose.yaml',
    text: 'services: { job: { build: { context: job, secrets: [t] } } }\nsecrets: { t: { environment: ACTIONS_ID_TOKEN_REQUEST_TOKEN } }\n',
  },
])('rejects $source that reads a token of the job', async ({ config, text }) => {
  const scene = await begin();
  await write(scene, { [config]: text });
  const { exitCode, outputs, log, annotations } = await scene.step('build', { config }, { env: credentials });
  expect([exitCode, outputs['failure-reason']]).toEqual([1, 'config-invalid']);
  expect(annotations).toContainEqual(
    expect.objectContaining({
      level: 'error',
      file: config,
      message: expect.stringContaining('ACTIONS_ID_TOKEN_REQUEST_TOKEN') as unknown,
    }),
  );
  expect(log).not.toContain('hush-');
});

test('rejects a secret whose file is a symbolic link to the credentials of git', async () => {
  const scene = await begin();
  const { folder } = scene.checkout;
  await write(scene, {
    'towpath.yaml': 'images: { job: { context: job, secrets: { t: { file: job/t } } } }\n',
  });
  await symlink('../.git/config', join(folder, 'job/t'));
  const { exitCode, outputs, log } = await scene.step('build');
  expect([exitCode, outputs['failure-reason']]).toEqual([1, 'config-invalid']);
  expect(log).toContain('the file holds credentials of the job');
});
