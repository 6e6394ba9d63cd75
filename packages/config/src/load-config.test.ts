import { describe, expect, test } from '@jest/globals';
import { CodedError, formatPosition } from '@towpath/errors';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { modelBuildConfig, plainBuild } from './build-options.ts';
import type { BakeCall } from './bake-files.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load-config.ts';
import type { ConfigOptions } from './config-options.ts';
import { plainRepositories } from './repository-settings.ts';

/** Fails if buildx would be called with a file of another kind. */
function printBake({ files }: BakeCall): never {
  throw new Error(`buildx was asked for ${files.join(', ')}`);
}

type Files = Readonly<Record<string, string>>;

async function load(files: Files, options: Partial<ConfigOptions> = {}): Promise<Config> {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  return loadConfig({ workspace, defaultName: 'acme', printBake, ...options });
}

/** Returns the error with the positions and hints of all its problems. */
async function failure(files: Files, options: Partial<ConfigOptions> = {}): Promise<unknown> {
  const error: unknown = await load(files, options).catch((reason: unknown) => reason);
  if (!(error instanceof CodedError)) throw error;
  return { code: error.code, message: error.message };
}

const towpath = 'images: { from-towpath: {} }\n';
const model = 'ImageBuildConfiguration:\n  Service: { imageName: from-model }\n';
const sam = `Mappings:\n${model.replace(/^/gm, '  ')}\n`;
const dockerfile = 'FROM scratch\n';
const all: Files = {
  'towpath.yaml': towpath,
  'towpath.yml': 'images: { from-yml: {} }\n',
  'image-build-config.yaml': model,
  'template.yaml': sam.replace('from-model', 'from-sam'),
  Dockerfile: dockerfile,
};

function without(...names: readonly string[]): Files {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
}

describe('the configuration of a repository', () => {
  test.each([
    { name: 'towpath.yaml', files: all, file: 'towpath.yaml', image: 'from-towpath' },
    { name: 'then towpath.yml', files: without('towpath.yaml'), file: 'towpath.yml', image: 'from-yml' },
    {
      name: 'then image-build-config.yaml',
      files: without('towpath.yaml', 'towpath.yml'),
      file: 'image-build-config.yaml',
      image: 'from-model',
    },
    {
      name: 'then image-build-config.yml',
      files: { 'image-build-config.yml': model, 'template.yaml': sam },
      file: 'image-build-config.yml',
      image: 'from-model',
    },
    {
      name: 'then a template.yaml that maps images',
      files: without('towpath.yaml', 'towpath.yml', 'image-build-config.yaml'),
      file: 'template.yaml',
      image: 'from-sam',
    },
    {
      name: 'then a template.yml that maps images',
      files: { 'template.yml': sam, Dockerfile: dockerfile },
      file: 'template.yml',
      image: 'from-model',
    },
    { name: 'then the Dockerfile', files: { Dockerfile: dockerfile }, file: 'Dockerfile', image: 'acme' },
    {
      name: 'then the Dockerfile, if the template maps no images',
      files: { 'template.yaml': 'Resources: {}\n', Dockerfile: dockerfile },
      file: 'Dockerfile',
      image: 'acme',
    },
    {
      name: 'then the Dockerfile, if the template only mentions images',
      files: { 'template.yaml': '# no ImageBuildConfiguration\nMappings: {}\n', Dockerfile: dockerfile },
      file: 'Dockerfile',
      image: 'acme',
    },
    {
      name: 'then the Dockerfile, if the template belongs to another tool and is not YAML',
      files: { 'template.yaml': '{{ range }}\n\t{{- end }}\n', Dockerfile: dockerfile },
      file: 'Dockerfile',
      image: 'acme',
    },
  ])('is $name', async ({ files, file, image }) => {
    const config = await load(files);
    expect(config.file).toBe(file);
    expect(config.images.map(({ name }) => name)).toEqual([image]);
  });

  test('is missing in a repository without any configuration', async () => {
    expect(await failure({ 'README.md': '' }, { single: {} })).toEqual({
      code: 'config-missing',
      message:
        'There is no towpath.yaml, no image-build-config.yaml, no template.yaml that maps images, and no Dockerfile.',
    });
  });

  test('may be missing for steps that do not build', async () => {
    const { images } = await load({ 'README.md': '' });
    expect(images).toMatchObject([{ name: 'acme', dockerfile: 'Dockerfile' }]);
  });

  test('is invalid if the template that maps images is not YAML', async () => {
    expect(await failure({ 'template.yaml': `${sam}x: {` })).toMatchObject({ code: 'config-invalid' });
  });

  test('is invalid with an empty towpath.yaml, even if there is a Dockerfile', async () => {
    await expect(load({ 'towpath.yaml': '', Dockerfile: dockerfile })).rejects.toMatchObject({
      code: 'config-invalid',
      message: 'The file is empty, but must be a map.',
    });
  });
});

describe('a configuration file named in the input', () => {
  test.each([
    { name: 'a towpath.yaml', file: 'ci/images.yaml', content: towpath, image: 'from-towpath' },
    { name: 'in the model’s form', file: 'ci/images.yaml', content: model, image: 'from-model' },
    { name: 'a SAM template', file: 'ci/template.yaml', content: sam, image: 'from-model' },
  ])('may be $name, in any folder', async ({ file, content, image }) => {
    const config = await load({ ...all, [file]: content }, { file });
    expect(config.file).toBe(file);
    expect(config.images.map(({ name }) => name)).toEqual([image]);
  });

  test('is reported by its path in the repository, however it was named', async () => {
    const workspace = temporaryFolder();
    writeFiles(workspace, all);
    for (const file of ['./towpath.yaml', join(workspace, 'towpath.yaml')]) {
      expect((await loadConfig({ workspace, file, defaultName: 'acme', printBake })).file).toBe(
        'towpath.yaml',
      );
    }
  });

  test.each(['nowhere.yaml'])('is reported if it cannot be read: %s', async (file) => {
    const workspace = temporaryFolder();
    expect(await failure({ 'towpath.yaml': towpath }, { workspace, file })).toEqual({
      code: 'config-missing',
      message: `The configuration ${file} cannot be read.`,
    });
  });

  test.each(['../outside.yaml', 'sub/../../outside.yaml', '/etc/hostname'])(
    'is rejected outside the repository: %s',
    async (file) => {
      expect(await failure({}, { file })).toEqual({
        code: 'config-invalid',
        message: `${file} leads out of the repository.`,
      });
    },
  );

  test('is rejected as a link out of the repository, as is a file found by default', async () => {
    const workspace = temporaryFolder();
    symlinkSync('/etc/hostname', join(workspace, 'towpath.yaml'));
    const expected = { code: 'config-invalid', message: 'towpath.yaml leads out of the repository.' };
    expect(await failure({}, { workspace, file: 'towpath.yaml' })).toEqual(expected);
    expect(await failure({}, { workspace })).toEqual(expected);
  });
});

describe('a configured path that is a link out of the repository', () => {
  /** Returns a workspace with a link to its parent folder. */
  function linked(files: Files): string {
    const workspace = temporaryFolder();
    writeFiles(workspace, files);
    symlinkSync('..', join(workspace, 'out'));
    symlinkSync('web', join(workspace, 'alias'));
    return workspace;
  }

  async function problemsOf(files: Files): Promise<readonly string[]> {
    const workspace = linked(files);
    const error: unknown = await load({}, { workspace }).catch((reason: unknown) => reason);
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(
      ({ message, position }) => `${position === undefined ? '' : formatPosition(position)} ${message}`,
    );
  }

  test('is reported with its position, in any key', async () => {
    const yaml = [
      'images:',
      '  web:',
      '    context: out/web',
      '    dockerfile: out/Dockerfile',
      '    contexts: { lib: out/lib, layout: "oci-layout://out/layout", fine: alias }',
      '    secrets: { npm: { file: out/npm } }',
      '    ssh: [default, deploy=out/key]',
      '    cache: { type: local, path: out/cache }',
    ].join('\n');
    expect(await problemsOf({ 'towpath.yaml': yaml })).toEqual([
      'towpath.yaml:3:5 out/web leads out of the repository.',
      'towpath.yaml:4:5 out/Dockerfile leads out of the repository.',
      'towpath.yaml:5:17 out/lib leads out of the repository.',
      'towpath.yaml:5:31 out/layout leads out of the repository.',
      'towpath.yaml:6:23 out/npm leads out of the repository.',
      'towpath.yaml:7:20 out/key leads out of the repository.',
      'towpath.yaml:8:27 out/cache leads out of the repository.',
    ]);
  });

  test('is also reported in the model’s form', async () => {
    const yaml = [
      'ImageBuildConfiguration:',
      '  Web: { imageName: web, buildContext: out }',
      '  Job: { imageName: job, dockerfile: out/Dockerfile }',
    ].join('\n');
    expect(await problemsOf({ 'image-build-config.yaml': yaml })).toEqual([
      'image-build-config.yaml:2:26 out leads out of the repository.',
      'image-build-config.yaml:2:3 out/Dockerfile leads out of the repository.',
      'image-build-config.yaml:3:26 out/Dockerfile leads out of the repository.',
    ]);
  });

  test('is accepted if it stays inside', async () => {
    const workspace = linked({ 'towpath.yaml': 'images: { web: { context: alias } }', 'web/Dockerfile': '' });
    expect((await load({}, { workspace })).images).toHaveLength(1);
  });
});

describe('a file that is too large', () => {
  const comment = `# ${'x'.repeat(1_048_576)}\n`;

  test('is rejected as a configuration', async () => {
    expect(await failure({ 'towpath.yaml': comment + towpath })).toEqual({
      code: 'config-invalid',
      message: 'towpath.yaml has 1048608 bytes; the maximum is 1048576.',
    });
  });

  test('is ignored as a CloudFormation template', async () => {
    const { file } = await load({ 'template.yaml': comment + sam, Dockerfile: dockerfile });
    expect(file).toBe('Dockerfile');
  });
});

describe('a single Dockerfile', () => {
  test('is one image named after the repository, with the model’s conventions', async () => {
    expect(await load({ Dockerfile: dockerfile }, { defaultName: 'payroll' })).toEqual({
      file: 'Dockerfile',
      isBare: true,
      lint: { build: 'warn', ruleSet: 1, rules: new Map() },
      registry: { kind: 'caller' },
      images: [
        {
          name: 'payroll',
          context: '.',
          dockerfile: 'Dockerfile',
          platforms: [],
          ...plainBuild,
        },
      ],
      tags: [expect.objectContaining({ source: 'build-{version}' })],
      environments: [
        {
          name: 'dev',
          from: ['build'],
          tags: [expect.objectContaining({ source: '{environment}-{version}' })],
        },
        {
          name: 'test',
          from: ['dev'],
          tags: [expect.objectContaining({ source: '{environment}-{version}' })],
        },
        {
          name: 'prod',
          from: ['test'],
          tags: [expect.objectContaining({ source: '{environment}-{version}' })],
        },
      ],
      gate: { failOn: 'critical' },
      repositories: plainRepositories,
      ledger: 'if-readable',
      build: modelBuildConfig,
      bases: [],
      notices: [],
    });
  });

  test.each([
    { repository: 'Payroll_Engine', image: 'payroll-engine' },
    { repository: '.github', image: 'github' },
    { repository: 'a--b__c.d', image: 'a-b-c-d' },
    { repository: '---', image: 'image' },
  ])('of the repository $repository becomes the image $image', async ({ repository, image }) => {
    const { images } = await load({ Dockerfile: dockerfile }, { defaultName: repository });
    expect(images[0]?.name).toBe(image);
  });

  test('may be in another folder or have another name', async () => {
    const files = { 'web/Dockerfile': dockerfile, 'web/Containerfile': dockerfile };
    const [inFolder] = (await load(files, { single: { context: 'web' } })).images;
    expect(inFolder).toMatchObject({ context: 'web', dockerfile: 'web/Dockerfile' });
    const [named] = (await load(files, { single: { context: 'web', dockerfile: 'web/Containerfile' } }))
      .images;
    expect(named).toMatchObject({ context: 'web', dockerfile: 'web/Containerfile' });
  });

  test('is reported with its path if it is missing', async () => {
    expect(await failure({ Dockerfile: dockerfile }, { single: { context: 'web' } })).toMatchObject({
      code: 'config-missing',
      message: expect.stringContaining('and no web/Dockerfile.') as unknown,
    });
  });
});

describe('the registry of a configuration without a registry key', () => {
  const parameter = (type: string, fallback: string) =>
    `Parameters:\n  RepositoryPrefix:\n    Type: ${type}\n    Default: ${fallback}\n`;
  const ssm = parameter('AWS::SSM::Parameter::Value<String>', '/account/ecr/main/registry');

  test.each<{ name: string; files: Files }>([
    { name: 'towpath.yaml', files: { 'towpath.yaml': towpath } },
    { name: 'image-build-config.yaml', files: { 'image-build-config.yaml': model } },
    { name: 'a Dockerfile', files: { Dockerfile: dockerfile } },
  ])('comes from the parameter that the template names as $name', async ({ files }) => {
    expect((await load({ ...files, 'template.yaml': ssm })).registry).toEqual({
      kind: 'parameter',
      name: '/account/ecr/main/registry',
    });
  });

  test('comes from the parameter that the template itself declares', async () => {
    const { registry, images } = await load({ 'template.yaml': ssm + sam });
    expect(registry).toEqual({ kind: 'parameter', name: '/account/ecr/main/registry' });
    expect(images).toHaveLength(1);
  });

  test('may be the name of a parameter', async () => {
    const template = parameter('AWS::SSM::Parameter::Name', '/registry');
    expect((await load({ 'towpath.yaml': towpath, 'template.yml': template })).registry).toEqual({
      kind: 'parameter',
      name: '/registry',
    });
  });

  test('may be written out', async () => {
    const template = parameter('String', '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll');
    expect((await load({ 'towpath.yaml': towpath, 'template.yaml': template })).registry).toMatchObject({
      kind: 'literal',
      registry: { account: '111122223333', region: 'us-east-1', prefix: 'payroll' },
    });
  });

  test.each([
    { name: 'there is no template', template: undefined },
    { name: 'the template does not mention it', template: 'Resources: {}\n' },
    { name: 'the template is not YAML and does not mention it', template: '{{ x }}\n\t-' },
    { name: 'its default is not a registry', template: parameter('String', 'payroll') },
    { name: 'it has no default', template: 'Parameters: { RepositoryPrefix: { Type: String } }\n' },
    { name: 'it has no type', template: 'Parameters: { RepositoryPrefix: { Default: x } }\n' },
    { name: 'it is of another type', template: parameter('AWS::SSM::Parameter::Value<List<String>>', '/x') },
    { name: 'it is only mentioned', template: 'Outputs: { X: !Ref RepositoryPrefix }\n' },
    { name: 'it is computed', template: parameter('String', '!Ref Other') },
  ])('is the caller’s if $name', async ({ template }) => {
    const files = {
      'towpath.yaml': towpath,
      ...(template === undefined ? {} : { 'template.yaml': template }),
    };
    expect((await load(files)).registry).toEqual({ kind: 'caller' });
  });

  test('is not looked up in the template if the configuration sets it', async () => {
    const named = 'registry: ssm:mine\nimages: { web: {} }\n';
    expect((await load({ 'towpath.yaml': named, 'template.yaml': ssm })).registry).toEqual({
      kind: 'parameter',
      name: 'mine',
    });
  });

  test('is an error if the template mentions it and is not YAML', async () => {
    expect(await failure({ 'towpath.yaml': towpath, 'template.yaml': `${ssm}x: {` })).toMatchObject({
      code: 'config-invalid',
    });
  });
});
