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
  SNYK_TOKEN: 'hush-snyk-token',
};

async function write({ checkout }: Scene, files: Readonly<Record<string, string>>): Promise<void> {
  await rm(join(checkout.folder, 'towpath.yaml'));
  for (const [path, text] of Object.entries(files)) await writeFile(join(checkout.folder, path), text);
}

const names = Object.keys(credentials);

const dockerfile = `${from}
${[...names, 'TAKEN', 'TAG', 'GITHUB_SHA'].map((name) => `ARG ${name}`).join('\n')}
RUN echo "taken=[$TAKEN${names.map((name) => `$${name}`).join('')}] tag=$TAG sha=[$GITHUB_SHA]" | tee /taken
`;

const bake = `
${names.map((name) => `variable "${name}" { default = "" }`).join('\n')}
variable "TAG" {}
variable "GITHUB_SHA" {}
target "default" {
  context = "job"
  args = { TAKEN = "${names.map((name) => `\${upper("${name}") == "" ? "" : ${name}}`).join('')}", TAG = TAG, GITHUB_SHA = GITHUB_SHA }
}
`;

const compose = (args: string) => `services: { job: { build: { context: job, args: ${args} } } }\n`;
const expanded = names.map((name) => `\${${name}:-}`).join('');

test.each([
  { config: 'docker-bake.hcl', text: bake },
  {
    config: 'compose.yaml',
    text: compose(`{ TAKEN: "${expanded}", TAG: "\${TAG}", GITHUB_SHA: "\${GITHUB_SHA}" }`),
  },
  { config: 'compose.yml', text: compose(`[${names.join(', ')}, TAG, GITHUB_SHA]`) },
])(
  '$config cannot read credentials, but can read variables without credentials',
  async ({ config, text }) => {
    const scene = await begin();
    await write(scene, { [config]: text, 'job/Dockerfile': dockerfile });
    const env = { ...credentials, TAG: '1.2' };
    const [{ log, outputs, summary }, commandLines] = await commandLinesDuring(async () =>
      green(await scene.step('build', { config, scan: 'off' }, { env })),
    );
    expect(log).toMatch(/taken=\[\] tag=1\.2 sha=\[[0-9a-f]{40}\]/);
    expect([log, summary, JSON.stringify(outputs), ...commandLines].join('\n')).not.toContain('hush-');
    expect(await filesWith(scene.temp, ['hush-'])).toEqual([]);
  },
);

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
