import { describe, expect, test } from '@jest/globals';
import { promote } from '@towpath/action-promote';
import { publish } from '@towpath/action-publish';
import { scanGate } from '@towpath/action-scan-gate';
import { scenario } from '@towpath/testing';
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { readJenkinsfile } from './jenkinsfile.ts';
import type { Policy } from './policy.ts';

/** Tests of the examples for other CI systems. */

const commands = z.union([z.string(), z.array(z.string())]);
const texts = z.array(z.string());
const artifact = {
  files: texts,
  name: z.string().optional(),
  'discard-paths': z.enum(['yes', 'no']).optional(),
  'base-directory': z.string().optional(),
};
const phase = z.strictObject({
  'run-as': z.string().optional(),
  'on-failure': z.enum(['ABORT', 'CONTINUE', 'RETRY']).optional(),
  'runtime-versions': z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  commands,
  finally: commands.optional(),
});

/** The form of a buildspec (CodeBuild user guide, "Build specification reference"). Unlike CodeBuild, it allows no other keys. */
const buildspec = z.strictObject({
  version: z.literal(0.2),
  'run-as': z.string().optional(),
  env: z
    .strictObject({
      shell: z.enum(['bash', '/bin/sh']).optional(),
      variables: z.record(z.string(), z.string()).optional(),
      'parameter-store': z.record(z.string(), z.string()).optional(),
      'secrets-manager': z.record(z.string(), z.string()).optional(),
      'exported-variables': texts.optional(),
      'git-credential-helper': z.enum(['yes', 'no']).optional(),
    })
    .optional(),
  phases: z.strictObject({
    install: phase.optional(),
    pre_build: phase.optional(),
    build: phase.optional(),
    post_build: phase.optional(),
  }),
  reports: z
    .record(
      z.string(),
      z.strictObject({
        files: texts,
        'base-directory': z.string().optional(),
        'discard-paths': z.enum(['yes', 'no']).optional(),
        'file-format': z
          .enum([
            'CUCUMBERJSON',
            'JUNITXML',
            'NUNITXML',
            'NUNIT3XML',
            'TESTNGXML',
            'VISUALSTUDIOTRX',
            'CLOVERXML',
            'COBERTURAXML',
            'JACOCOXML',
            'SIMPLECOV',
          ])
          .optional(),
      }),
    )
    .optional(),
  artifacts: z.strictObject(artifact).optional(),
  cache: z.strictObject({ paths: texts, key: z.string().optional() }).optional(),
});

const buildspecs = globSync('examples/*/buildspec*.yml').sort();

describe('the buildspecs of the examples', () => {
  test.each(buildspecs)('%s has the form that CodeBuild documents', (file) => {
    expect(buildspec.safeParse(parse(readFileSync(file, 'utf8'))).error?.issues).toBeUndefined();
  });

  test('are checked strictly', () => {
    expect(buildspecs).toHaveLength(5);
    const text = readFileSync('examples/codebuild/buildspec.yml', 'utf8');
    for (const [from, to] of [
      ['JUNITXML', 'SARIF'],
      ['commands:', 'command:'],
      ['version: 0.2', 'version: 0.1'],
    ] as const)
      expect(buildspec.safeParse(parse(text.replace(from, to))).success).toBe(false);
  });
});

describe('the Jenkinsfile', () => {
  const text = readFileSync('examples/jenkins/Jenkinsfile', 'utf8');

  test('builds without credentials, and publishes and promotes with different ones', async () => {
    const { environment, assigned, steps } = await readJenkinsfile(text);
    expect(environment).toMatchObject({ NO_COLOR: '1', TOWPATH_PROGRESS: 'false' });
    expect(assigned.VERSION).toMatch(/^\$\{env\.BUILD_ID\}-/);
    const of = (word: string) =>
      steps.find(({ command }) => command.startsWith(`towpath ${word}`))?.credentials;
    expect(steps).toHaveLength(5);
    expect([of('build'), of('publish'), of('scan-gate'), of('promote')]).toEqual([
      [],
      ['ecr-publish'],
      ['ecr-publish'],
      ['ecr-promote'],
    ]);
  });

  test('of promotions is started by a person with the version, and has a credential of its own', async () => {
    const promotion = readFileSync('examples/jenkins/Jenkinsfile.promote', 'utf8');
    const { steps } = await readJenkinsfile(promotion);
    expect(promotion).toMatch(/string\(name: 'VERSION'/);
    expect(steps.map(({ command, credentials }) => [command.replace(/ --.*/, ''), credentials])).toEqual([
      ['npm install', []],
      ['towpath promote', ['ecr-promote-prod']],
    ]);
  });

  test.each([
    ['an unclosed block', 'stages {', 'stages {{'],
    ['an unclosed string', "sh 'towpath build'", "sh 'towpath build"],
    ['an unknown section', 'options {', 'option {'],
    ['a stage without steps', /stage\('Build'\) \{\s+steps/, "stage('Build') { post"],
    ['a pipeline without an agent', "agent { label 'docker' }", ''],
  ])('is rejected with %s', async (_, from, to) => {
    await expect(readJenkinsfile(text.replace(from, to))).rejects.toThrow(Error);
  });
});

test('each action of the pipeline runs a project, and passes the execution id on', () => {
  const { Resources } = parse(readFileSync('examples/codepipeline/pipeline.yaml', 'utf8'), {
    logLevel: 'silent',
  }) as {
    Resources: Readonly<Record<string, { Properties: { Source?: { BuildSpec: string }; Stages?: Stage[] } }>>;
  };
  const specs = Object.values(Resources).flatMap(({ Properties: { Source } }) => Source?.BuildSpec ?? []);
  expect(specs.map((name) => `examples/codepipeline/${name}`).sort()).toEqual(
    buildspecs.filter((file) => file.startsWith('examples/codepipeline/')),
  );
  const actions = (Resources.Pipeline?.Properties.Stages ?? []).flatMap((stage) => stage.Actions);
  const names = actions.map(({ ActionTypeId: { Provider }, Name }) => `${Provider} ${Name}`);
  expect(names).toEqual([
    'CodeStarSourceConnection Source',
    'CodeBuild Build',
    'CodeBuild Gate',
    'CodeBuild Promote',
    'Manual Approve',
    'CodeBuild Promote',
    'ECS Deploy',
  ]);
  for (const { Configuration, ActionTypeId } of actions.filter(
    (one) => one.ActionTypeId.Provider === 'CodeBuild',
  )) {
    expect(ActionTypeId.Provider).toBe('CodeBuild');
    expect(JSON.parse(Configuration.EnvironmentVariables ?? '')).toContainEqual({
      name: 'DESTINATION_TAG',
      value: '#{codepipeline.PipelineExecutionId}',
      type: 'PLAINTEXT',
    });
  }
});

interface Stage {
  readonly Actions: readonly {
    readonly Name: string;
    readonly ActionTypeId: { readonly Provider: string };
    readonly Configuration: { readonly EnvironmentVariables?: string };
  }[];
}

test('the service role of the CodeBuild example may do what its commands do', async () => {
  const policy = JSON.parse(readFileSync('examples/codebuild/service-role-policy.json', 'utf8')) as Policy;
  const scene = await scenario();
  await scene.shared.createRepository('demo/server', 'MUTABLE');
  await scene.shared.createRepository('towpath');
  scene.emulator.addRoles({ [`arn:aws:iam::${scene.shared.id}:role/codebuild`]: { policy } });
  const as = await scene.shared.assume('codebuild');
  const files = { 'towpath.yaml': readFileSync('examples/codebuild/towpath.yaml', 'utf8') };
  const published = await scene.play(publish, {
    ...{ as, files, imageSet: [{ name: 'server' }] },
    given: {
      version: '1.0.7',
      tags: '{version},latest',
      registry: scene.shared.host,
      'ecr-repository': 'demo/server',
    },
  });
  expect(published.codes).toEqual([]);
  expect(await scene.shared.digestOf('demo/server', 'latest')).toBe(
    await scene.shared.digestOf('demo/server', '1.0.7'),
  );
  scene.emulator.advance(3_600_000);
  const judged = await scene.play(scanGate, {
    as: await scene.shared.assume('codebuild'),
    files,
    given: { images: published.outputs.image ?? '' },
  });
  expect(judged).toMatchObject({ codes: [], outputs: { verdict: 'pass' } });
  const promoted = await scene.play(promote, {
    as: await scene.shared.assume('codebuild'),
    files,
    given: { version: '1.0.7', 'target-environment': 'test' },
  });
  expect(promoted.codes).toEqual([]);
  expect(await scene.shared.digestOf('demo/server', 'test-1.0.7')).toBe(published.outputs.digest);
});
