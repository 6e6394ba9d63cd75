import { describe, expect, test } from '@jest/globals';
import { Aws } from '@towpath/ecr';
import { Journal } from '@towpath/flow';
import { mediaTypes, parseManifest } from '@towpath/oci';
import { fakeRuntime } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Delivery } from './delivery.ts';
import { deploymentFiles, deploymentFolder, parameterOverrides, writeDeploymentFiles } from './deployment.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

function delivery(name: string, account = '111122223333'): Delivery {
  const content = { manifests: [], annotations: { name } };
  const registry = new Aws({}).registry({
    account,
    region: 'us-east-1',
    host: host.replace('111122223333', account),
  });
  return {
    name,
    root: parseManifest(Buffer.from(JSON.stringify(content)), mediaTypes.ociIndex),
    location: { registry, repository: `payroll/${name}` },
    moves: [{ tag: 'dev-1.0.0', action: 'put' }],
    skipped: [],
  };
}

const deliveries = [delivery('backend'), delivery('web')];
const deployment = { environment: 'dev', version: '1.0.0', deliveries };

/** What each consumer says that it reads. */
const consumers: Readonly<Record<string, z.ZodType>> = {
  // CodePipeline user guide, "Image definitions file reference": a container name and an image URI each, up to 255 and 1024 characters.
  'imagedefinitions.json': z
    .array(z.strictObject({ name: z.string().min(1).max(255), imageUri: z.string().regex(/^\S{1,1024}$/) }))
    .min(1),
  // As the variable of a Terraform module would be declared: map(object({…})).
  'towpath.auto.tfvars.json': z.strictObject({
    towpath_images: z.record(
      z.string(),
      z.strictObject({ repository: z.string(), tag: z.string(), digest: z.string(), image: z.string() }),
    ),
  }),
  // CodePipeline user guide, "Template configuration file": Parameters, StackPolicy and Tags of texts.
  'template-configuration.json': z.strictObject({ Parameters: z.record(z.string(), z.string().min(1)) }),
};

describe('the files for those who deploy', () => {
  const files = deploymentFiles(deployment);

  test('are those that somebody reads', () => {
    expect(Object.keys(files).sort()).toEqual(Object.keys(consumers).sort());
  });

  test.each(Object.entries(consumers))('%s is as its reader wants it', (name, schema) => {
    expect(schema.safeParse(files[name]).error).toBeUndefined();
  });

  test('name images by digest, and the tag beside it', () => {
    const [backend] = deliveries;
    const image = `${host}/payroll/backend@${backend?.root.digest ?? ''}`;
    expect(files['imagedefinitions.json']).toContainEqual({ name: 'backend', imageUri: image });
    expect(files['towpath.auto.tfvars.json']).toMatchObject({
      towpath_images: { backend: { repository: `${host}/payroll/backend`, tag: 'dev-1.0.0', image } },
    });
  });

  test('name an image of several registries once, from the first', () => {
    const twice = [...deliveries, delivery('web', '444455556666')];
    const again = deploymentFiles({ ...deployment, deliveries: twice });
    expect(again).toEqual(files);
  });
});

test('the parameters are written as sam deploy takes them', () => {
  expect(parameterOverrides(deployment)).toBe('Environment=dev DeploymentVersion=1.0.0');
});

test('the files are written into a folder of the workspace, and nowhere else', async () => {
  const runtime = fakeRuntime();
  const journal = new Journal();
  const folder = await deploymentFolder({ deploymentFiles: 'deploy/here' }, runtime);
  await writeDeploymentFiles(folder, deployment, journal);
  const written = readFileSync(join(runtime.workspace, 'deploy/here/imagedefinitions.json'), 'utf8');
  expect(JSON.parse(written)).toEqual(deploymentFiles(deployment)['imagedefinitions.json']);
  expect(journal.entries).toHaveLength(3);
  await expect(deploymentFolder({ deploymentFiles: '../x' }, runtime)).rejects.toMatchObject({
    code: 'config-invalid',
  });
});

test('nothing is written where nobody asked', async () => {
  const journal = new Journal();
  const folder = await deploymentFolder({ deploymentFiles: undefined }, fakeRuntime());
  await writeDeploymentFiles(folder, deployment, journal);
  expect(journal.entries).toEqual([]);
});
