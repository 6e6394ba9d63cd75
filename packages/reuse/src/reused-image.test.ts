import { expect, test } from '@jest/globals';
import { imageSource } from '@towpath/ecr';
import type { BuiltImage } from '@towpath/image-set';
import { parseEcrHost } from '@towpath/reference';
import { Session } from '@towpath/session';
import { fakeRuntime, scenario, type ImageDraft } from '@towpath/testing';
import type { KnownImage } from './fingerprints.ts';
import { describeReused } from './reused-image.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };

const known = {
  image: { name: 'web', labels: new Map() },
  platforms: [amd64],
  fingerprint: { value: 'f'.repeat(64) },
  baseDigests: new Map(),
} as unknown as KnownImage;

/** Describes an image of a repository, and returns the requests that this took. */
async function describeDraft(draft: Partial<ImageDraft>) {
  const { emulator, shared, publish } = await scenario();
  await shared.createRepository('payroll/web');
  await publish('payroll/web', '1', { name: 'web', ...draft });
  const endpoints = JSON.stringify({ [shared.host]: emulator.registryUrl(shared.id, 'us-east-1') });
  const env = {
    ...shared.credentials,
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: endpoints,
  };
  const session = new Session(fakeRuntime({ env }));
  const registry = parseEcrHost(shared.host);
  if (registry === undefined) throw new Error('the account has a host of ECR');
  const source = imageSource(session.ecr(registry), 'payroll/web', session.remote(registry, 'payroll/web'));
  const digest = await shared.digestOf('payroll/web', '1');
  if (digest === undefined) throw new Error('the image was published');
  const root = await source.manifest({ digest, mediaType: '' });
  emulator.clearRequests();
  const reused = { registry: shared.host, repository: 'payroll/web', tag: '1', version: '1.0.0' };
  const image: BuiltImage = await describeReused(known, root, source, reused);
  return { image, requests: emulator.requests.map(({ operation }) => operation) };
}

test.each<{ name: string; draft: Partial<ImageDraft> }>([
  { name: 'an index', draft: {} },
  { name: 'an index of an index', draft: { shape: 'nested' } },
  { name: 'an index with an artifact', draft: { shape: 'with-artifact' } },
  { name: 'an index whose descriptors name no platform', draft: { shape: 'without-platforms' } },
])('describes all platforms of a reused image that is $name', async ({ draft }) => {
  const platforms = ['linux/amd64', 'linux/arm64'];
  const { image } = await describeDraft({ platforms, ...draft });
  expect(Object.keys(image.platforms)).toEqual(platforms);
  expect(new Set(Object.values(image.platforms)).size).toBe(2);
});

test('reads the platforms of an index in one request', async () => {
  const { requests } = await describeDraft({ platforms: ['linux/amd64', 'linux/arm64', 'linux/s390x'] });
  expect(requests).toEqual(['ecr:BatchGetImage']);
});

test('describes the platform of a reused single-platform image without a request', async () => {
  const { image, requests } = await describeDraft({});
  expect(image.platforms).toEqual({ 'linux/amd64': image.digest });
  expect(image.bytes).toBeGreaterThan(image.size);
  expect(requests).toEqual([]);
});
