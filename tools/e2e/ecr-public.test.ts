import { expect, test } from '@jest/globals';
import { PublicRegistry, team } from '@towpath/stage';
import { filesWith } from './files-with.ts';
import { begin, green, imagesOf } from './scene.ts';

test('publishes to a private registry and to Amazon ECR Public in one step', async () => {
  const { stage, temp, step } = await begin();
  const { emulator, shared, addresses } = stage;
  const registry = new PublicRegistry(shared, emulator.api, emulator.ecrPublic);
  for (const name of team.images) await registry.createRepository(`${team.prefix}/${name}`);
  const endpoints = JSON.parse(addresses.TOWPATH_REGISTRY_ENDPOINTS ?? '') as object;
  const env = {
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify({ ...endpoints, 'public.ecr.aws': emulator.ecrPublic.url }),
    // The API of ECR Public does not depend on the region of the job.
    AWS_REGION: 'us-east-1',
  };
  const registries = [shared.host, registry.uri].map((uri) => `${uri}/${team.prefix}`).join('\n');

  const built = imagesOf(green(await step('build')));
  const result = green(await step('publish', { version: '1.0.0', registries }, { env }));

  for (const { name, digest } of built) {
    const repository = `${team.prefix}/${name}`;
    expect(await shared.digestOf(repository, 'build-1.0.0')).toBe(digest);
    expect(await registry.tags(repository)).toEqual({ 'build-1.0.0': digest });
    expect(result.outputs.images).toContain(`${registry.uri}/${repository}@${digest}`);
  }
  expect(await filesWith(temp, [...result.masks])).toEqual([]);
});
