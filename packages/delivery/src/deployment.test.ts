import { describe, expect, test } from '@jest/globals';
import { Journal } from '@towpath/flow';
import { mediaTypes, parseManifest } from '@towpath/oci';
import { parseTemplates, renderTags } from '@towpath/tags';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Delivery } from './delivery.ts';
import {
  annotateDeploymentFiles,
  deploymentFiles,
  deploymentFolder,
  parameterOverrides,
  writeDeploymentFiles,
  type Deployment,
} from './deployment.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

function delivery(name: string, account = '111122223333'): Delivery {
  const content = { manifests: [], annotations: { name } };
  const registry = {
    kind: 'private' as const,
    account,
    region: 'us-east-1',
    host: host.replace('111122223333', account),
  };
  return {
    name,
    root: parseManifest(Buffer.from(JSON.stringify(content)), mediaTypes.ociIndex),
    location: { registry, repository: `payroll/${name}` },
    moves: [{ tag: 'dev-1.0.0', action: 'put', isMoving: false }],
    skipped: [],
  };
}

const deliveries = [delivery('backend'), delivery('web')];
const deployment = { environment: 'dev', version: '1.0.0', deliveries };

function contents({ deliveries: given = deliveries }: Partial<Deployment> = {}): Record<string, unknown> {
  const files = deploymentFiles({ ...deployment, deliveries: given });
  // JSON is YAML, too.
  return Object.fromEntries(
    files.flatMap(({ name, text }) => (text === undefined ? [] : [[name, parse(text) as unknown]])),
  );
}

describe('the deployment files', () => {
  test('name images by digest, with the tag as a separate value', () => {
    const [backend] = deliveries;
    const digest = backend?.root.digest ?? '';
    const image = `${host}/payroll/backend@${digest}`;
    expect(contents()).toEqual({
      'imagedefinitions.json': [
        { name: 'backend', imageUri: image },
        { name: 'web', imageUri: expect.stringContaining('/payroll/web@sha256:') as unknown },
      ],
      'towpath.auto.tfvars.json': {
        towpath_images: {
          backend: { repository: `${host}/payroll/backend`, tag: 'dev-1.0.0', digest, image },
          web: expect.anything() as unknown,
        },
      },
      'template-configuration.json': { Parameters: { Environment: 'dev', DeploymentVersion: '1.0.0' } },
      'towpath.values.json': {
        images: {
          backend: { repository: `${host}/payroll/backend`, tag: 'dev-1.0.0', digest, image },
          web: expect.anything() as unknown,
        },
      },
      'kustomize/kustomization.yaml': {
        apiVersion: 'kustomize.config.k8s.io/v1alpha1',
        kind: 'Component',
        images: [
          { name: 'backend', newName: `${host}/payroll/backend`, digest },
          {
            name: 'web',
            newName: `${host}/payroll/web`,
            digest: expect.stringMatching(/^sha256:/) as unknown,
          },
        ],
      },
    });
  });

  test('include imageDetail.json if there is one image, because the file has room for one', () => {
    const one = delivery('backend');
    expect(contents({ deliveries: [one] })['imageDetail.json']).toEqual({
      ImageURI: `${host}/payroll/backend@${one.root.digest}`,
    });
  });

  test('keep the name of an image a string in YAML', () => {
    const names = ['1', '1e3', 'null', 'on'];
    const file = contents({ deliveries: names.map((name) => delivery(name)) })[
      'kustomize/kustomization.yaml'
    ];
    expect(file).toMatchObject({ images: names.map((name) => ({ name })) });
  });

  test('replace imageDetail.json of an earlier run with one image', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'imageDetail.json': '{ "ImageURI": "of an earlier version" }' });
    await writeDeploymentFiles({ workspace: folder, path: folder }, deployment, new Journal());
    expect(readdirSync(folder)).not.toContain('imageDetail.json');
    expect(annotateDeploymentFiles({ workspace: folder, path: folder }, deployment)).toEqual([]);
  });

  test('list an image in several registries once, with the first registry', () => {
    expect(contents({ deliveries: [...deliveries, delivery('web', '444455556666')] })).toEqual(contents());
  });

  describe('are omitted with a warning if the tool that reads them would reject them', () => {
    const several = (count: number) =>
      Array.from({ length: count }, (_, index) => delivery(`image-${index}`));
    const cases: { name: string; deliveries: readonly Delivery[]; why: RegExp | undefined }[] = [
      {
        name: 'an image whose name is not a valid container name',
        deliveries: [delivery('web.api')],
        why: /web\.api/,
      },
      { name: 'the longest image that ECS accepts', deliveries: [delivery('a'.repeat(130))], why: undefined },
      {
        name: 'an image that is one character longer',
        deliveries: [delivery('a'.repeat(131))],
        why: /255 characters/,
      },
      { name: 'the maximum number of images in CodePipeline', deliveries: several(450), why: undefined },
      { name: 'more images than CodePipeline accepts', deliveries: several(600), why: /100 KB/ },
    ];
    test.each(cases)('$name', async ({ deliveries: given, why }) => {
      const folder = temporaryFolder();
      writeFiles(folder, { 'imagedefinitions.json': 'of an earlier version' });
      const one = { ...deployment, deliveries: given };
      const place = { workspace: folder, path: folder };
      await writeDeploymentFiles(place, one, new Journal());
      expect(readdirSync(folder).includes('imagedefinitions.json')).toBe(why === undefined);
      const warnings = annotateDeploymentFiles(place, one)
        .map(({ message }) => message)
        .filter((message) => message.startsWith('imagedefinitions.json'));
      expect(warnings).toEqual(why === undefined ? [] : [expect.stringMatching(why) as unknown]);
      expect(annotateDeploymentFiles(undefined, one)).toEqual([]);
    });
  });
});

describe('the template parameters produce the tag of the image', () => {
  const versions = ['1.0.0', '1.0.0+5', 'feature/x', 'one two=3; exit', '-'];
  test.each(versions)('for the version %s', (version) => {
    const words = parameterOverrides({ environment: 'dev', version });
    const [, environment = '', deploymentVersion = ''] =
      /^Environment=(\S+) DeploymentVersion=([\w.-]+)$/.exec(words) ?? [];
    const parsed = parseTemplates('{environment}-{version}');
    const templates = 'templates' in parsed ? parsed.templates : [];
    const { tags } = renderTags(templates, { environment: 'dev', version }, []);
    expect([`${environment}-${deploymentVersion}`]).toEqual(tags);
  });
});

test('writes the files into a folder of the workspace only', async () => {
  const runtime = fakeRuntime();
  const journal = new Journal();
  const folder = await deploymentFolder({ deploymentFiles: 'deploy/here' }, runtime);
  await writeDeploymentFiles(folder, deployment, journal);
  const written = readFileSync(join(runtime.workspace, 'deploy/here/imagedefinitions.json'), 'utf8');
  expect(JSON.parse(written)).toEqual(contents()['imagedefinitions.json']);
  expect(journal.entries).toHaveLength(5);
  await expect(deploymentFolder({ deploymentFiles: '../x' }, runtime)).rejects.toMatchObject({
    code: 'config-invalid',
  });
});

describe('deployment files are rejected before anything is pushed', () => {
  const cases: { name: string; folder: string; prepare: (workspace: string) => void; code: string }[] = [
    {
      name: 'if one of them is a link',
      folder: 'deploy',
      prepare: (workspace) => {
        mkdirSync(join(workspace, 'deploy'));
        symlinkSync('../Dockerfile', join(workspace, 'deploy/imagedefinitions.json'));
      },
      code: 'input-invalid',
    },
    {
      name: 'if one of them is a folder',
      folder: 'deploy',
      prepare: (workspace) => {
        mkdirSync(join(workspace, 'deploy/towpath.auto.tfvars.json'), { recursive: true });
      },
      code: 'input-invalid',
    },
    {
      name: 'if one of their folders is a file',
      folder: 'deploy',
      prepare: (workspace) => {
        writeFiles(workspace, { 'deploy/kustomize': '' });
      },
      code: 'input-invalid',
    },
    {
      name: 'if the folder is in .git',
      folder: '.git/hooks',
      prepare: () => undefined,
      code: 'input-invalid',
    },
    {
      name: 'if the folder is a link to .git',
      folder: 'deploy',
      prepare: (workspace) => {
        mkdirSync(join(workspace, '.git'));
        symlinkSync('.git', join(workspace, 'deploy'));
      },
      code: 'input-invalid',
    },
    {
      name: 'if the folder is a link to outside',
      folder: 'deploy',
      prepare: (workspace) => {
        symlinkSync(temporaryFolder(), join(workspace, 'deploy'));
      },
      code: 'config-invalid',
    },
  ];
  test.each(cases)('$name', async ({ folder, prepare, code }) => {
    const runtime = fakeRuntime({ files: { Dockerfile: 'FROM scratch' } });
    prepare(runtime.workspace);
    await expect(deploymentFolder({ deploymentFiles: folder }, runtime)).rejects.toMatchObject({ code });
  });

  test('and again before they are written', async () => {
    const runtime = fakeRuntime();
    const outside = temporaryFolder();
    const folder = await deploymentFolder({ deploymentFiles: 'deploy' }, runtime);
    symlinkSync(outside, join(runtime.workspace, 'deploy'));
    await expect(writeDeploymentFiles(folder, deployment, new Journal())).rejects.toMatchObject({
      code: 'input-invalid',
    });
    expect(readdirSync(outside)).toEqual([]);
  });
});

test('writes nothing if the input is not set', async () => {
  const journal = new Journal();
  const folder = await deploymentFolder({ deploymentFiles: undefined }, fakeRuntime());
  await writeDeploymentFiles(folder, deployment, journal);
  expect(journal.entries).toEqual([]);
});
