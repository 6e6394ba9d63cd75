import { describe, expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { begin, green, type How, type Inputs, type Scene } from './scene.ts';

interface Case {
  readonly name: string;
  readonly action: string;
  readonly inputs?: Inputs;
  readonly env?: How['env'];
  readonly prepare?: (scene: Scene) => Promise<void>;
  readonly code: string;
  /** Patterns for the error annotations. */
  readonly messages: readonly RegExp[];
  /** A pattern for the log. */
  readonly logs?: RegExp;
}

const write = (path: string, text: string) => (scene: Scene) =>
  writeFile(join(scene.checkout.folder, path), text);

const cases: readonly Case[] = [
  {
    name: 'an unknown key in towpath.yaml',
    action: 'build',
    prepare: write('towpath.yaml', 'images:\n  web:\n    contxt: web\n'),
    code: 'config-invalid',
    messages: [/towpath\.yaml:3:5/, /Did you mean context\?/],
  },
  {
    name: 'an image-set that is the checkout',
    action: 'build',
    inputs: { 'image-set': '.' },
    code: 'input-invalid',
    messages: [/The image set cannot be written to \.: it contains \.git/],
  },
  {
    name: 'an image-set inside a build context',
    action: 'build',
    inputs: { 'image-set': 'job/out' },
    code: 'input-invalid',
    messages: [/The image set cannot be written to job\/out: it is in the build context of image reconcile/],
  },
  {
    name: 'a missing Dockerfile',
    action: 'build',
    prepare: ({ checkout }) => rm(join(checkout.folder, 'web/Dockerfile')),
    code: 'dockerfile-missing',
    messages: [/Image web has no Dockerfile: web\/Dockerfile/],
  },
  {
    name: 'a RUN that fails',
    action: 'build',
    prepare: write(
      'job/Dockerfile',
      'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37\nRUN echo "no such ledger" && false\n',
    ),
    code: 'build-failed',
    messages: [
      /Image reconcile could not be built/,
      /RUN echo "no such ledger" && false/,
      /^no such ledger$/m,
    ],
  },
  {
    name: 'invalid patterns in .dockerignore files',
    action: 'build',
    prepare: async (scene) => {
      await write('job/.dockerignore', 'fine\n[a\n')(scene);
      await write('web/.dockerignore', 'b]\n[c')(scene);
    },
    code: 'config-invalid',
    messages: [
      /Image reconcile, context job: "\[a" is not a valid pattern/,
      /Image web, context web: "\[c" is not a valid pattern/,
    ],
  },
  {
    name: 'a base image that does not exist',
    action: 'build',
    prepare: write(
      'job/Dockerfile',
      'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:9.99\n',
    ),
    code: 'build-failed',
    messages: [/Image reconcile could not be built/, /busybox:9\.99/],
    logs: /Image \S+busybox:9\.99: its digest is unknown \(\S+busybox has no image 9\.99\)/,
  },
  {
    name: 'a boolean with a typo',
    action: 'publish',
    inputs: { version: '1.0.0', 'dry-run': 'ture' },
    code: 'input-invalid',
    messages: [/Input dry-run is "ture": it must be true or false/],
  },
  {
    name: 'missing AWS credentials',
    action: 'publish',
    inputs: { version: '1.0.0' },
    env: {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    code: 'credentials-missing',
    messages: [/aws-actions\/configure-aws-credentials/],
  },
  {
    name: 'a missing repository',
    action: 'publish',
    inputs: { version: '1.0.0', registry: '111122223333.dkr.ecr.us-east-1.amazonaws.com/nowhere' },
    code: 'repository-missing',
    messages: [
      /nowhere\/reconcile/,
      /set create-repository: true .* aws ecr create-repository --region us-east-1 --repository-name nowhere\/reconcile /,
    ],
  },
  {
    name: 'an API that cannot be reached',
    action: 'publish',
    inputs: { version: '1.0.0' },
    env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    code: 'registry-unreachable',
    messages: [/could not be reached/, /AWS_ENDPOINT_URL/],
  },
  {
    name: 'a registry that cannot be reached',
    action: 'publish',
    inputs: { version: '1.0.0' },
    env: {
      TOWPATH_REGISTRY_ENDPOINTS: '{"111122223333.dkr.ecr.us-east-1.amazonaws.com":"http://127.0.0.1:9"}',
    },
    code: 'registry-unreachable',
    messages: [/could not be reached/, /TOWPATH_REGISTRY_ENDPOINTS/],
  },
];

describe('fails with a coded error and a hint, without a stack trace or a tag', () => {
  test.each(cases)('$name', async ({ action, inputs, env, prepare, code, messages, logs = /./ }) => {
    const scene = await begin();
    if (action !== 'build') green(await scene.step('build'));
    await prepare?.(scene);
    const { exitCode, outputs, log, annotations, summary } = await scene.step(action, inputs, { env });
    expect(exitCode).toBe(1);
    expect(outputs['failure-reason']).toBe(code);
    const errors = annotations.filter(({ level }) => level === 'error');
    expect(new Set(errors.map(({ title }) => title))).toEqual(new Set([code]));
    for (const pattern of messages) expect(errors.map(({ message }) => message).join('\n')).toMatch(pattern);
    expect(log).toMatch(logs);
    expect(log).not.toMatch(/^\s+at /m);
    expect(summary).toContain(`${action} failed`.replace('-', '\\-'));
    for (const image of team.images)
      expect(await scene.stage.shared.tags(`${team.prefix}/${image}`)).toEqual([]);
  });
});
