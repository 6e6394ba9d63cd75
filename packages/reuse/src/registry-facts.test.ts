import { describe, expect, test } from '@jest/globals';
import type { DockerConfig } from '@towpath/docker';
import { parsePrivateRegistry, type PrivateRegistry } from '@towpath/reference';
import { Session } from '@towpath/session';
import { fakeRuntime, scenario } from '@towpath/testing';
import { readRegistries, type RegistryFacts, type RegistryQuestion } from './registry-facts.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const docker: DockerConfig = { folder: '/docker', entries: [], content: {} };
const images = new Set(['busybox:1.37', `${host}/base:1`, 'ghcr.io/team/tool:1']);

interface Asked extends RegistryFacts {
  readonly lines: readonly string[];
}

/** Reads the registries with a pull-through cache for Docker Hub, as the shared account or without credentials. */
async function ask(
  question: Partial<RegistryQuestion> & { readonly isKnown?: boolean; readonly endpoints?: object } = {},
): Promise<Asked> {
  const { isKnown = true, endpoints = {}, ...rest } = question;
  const { emulator, shared } = await scenario();
  await shared.pullThrough('docker-hub', 'registry-1.docker.io');
  const env = {
    ...(isKnown ? shared.credentials : {}),
    AWS_ENDPOINT_URL: emulator.api,
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(endpoints),
  };
  const runtime = fakeRuntime({ env });
  const whole = {
    images,
    layerCaches: new Set<string>(),
    pullThrough: caches(),
    docker,
    fromFork: false,
    ...rest,
  };
  const found = await readRegistries(whole, new Session(runtime), runtime.log);
  return { ...found, lines: runtime.lines };
}

function caches(): ReadonlyMap<string, PrivateRegistry> {
  const registry = parsePrivateRegistry(`${host}/docker-hub`);
  if (registry === undefined) throw new Error('it is a registry');
  return new Map([['docker.io', registry]]);
}

describe('reading the registries of a build', () => {
  test('logs in to ECR registries with the address that the builder connects to', async () => {
    const { credentials, sources, withheld } = await ask({ endpoints: { [host]: 'http://127.0.0.1:5000' } });
    expect([...credentials.keys()]).toEqual(['127.0.0.1:5000']);
    expect(credentials.get('127.0.0.1:5000')?.username).toBe('AWS');
    expect(sources.caches).toMatchObject([{ upstream: 'docker.io', prefix: 'docker-hub' }]);
    expect(withheld).toEqual([]);
  });

  test('logs in to the ECR registries of layer caches and pull-through caches', async () => {
    for (const question of [
      { images: new Set<string>(), layerCaches: new Set([`${host}/web-cache:layers`]) },
      { images: new Set(['busybox:1.37']) },
    ])
      expect([...(await ask(question)).credentials.keys()]).toEqual([host]);
  });

  test('needs no AWS credentials if all images are public', async () => {
    const { credentials, withheld } = await ask({ isKnown: false, images: new Set(['ghcr.io/team/tool:1']) });
    expect([credentials.size, withheld]).toEqual([0, []]);
  });

  test('needs AWS credentials if an image is private', async () => {
    const asking = ask({ isKnown: false, images: new Set([`${host}/base:1`]) });
    await expect(asking).rejects.toMatchObject({
      code: 'credentials-missing',
      message: expect.stringMatching(
        new RegExp(
          `^The build pulls ${RegExp.escape(host)}/base:1 from Amazon ECR, and has no AWS credentials`,
        ),
      ) as unknown,
      hint: expect.stringContaining('In the reusable workflows, set build-role (pipeline)') as unknown,
    });
  });

  test.each([
    { name: 'a login', content: { auths: { [host]: { auth: 'x' } } } },
    { name: 'a helper', content: { credHelpers: { [host]: 'ecr-login' } } },
  ])('needs no AWS credentials if Docker has $name', async ({ content }) => {
    const only = new Set([`${host}/base:1`]);
    const { credentials, withheld } = await ask({
      isKnown: false,
      images: only,
      docker: { ...docker, content },
    });
    expect([credentials.size, withheld]).toEqual([0, []]);
  });

  test('prefers the credential helper that the user configured over AWS credentials', async () => {
    const content = { credHelpers: { [host]: 'ecr-login' } };
    expect((await ask({ docker: { ...docker, content } })).credentials.size).toBe(0);
  });

  test('pulls from the upstream registries in a run for a fork, which has no access to a cache', async () => {
    const { sources, withheld, lines } = await ask({ isKnown: false, fromFork: true });
    expect(sources.caches).toEqual([]);
    expect(withheld).toEqual([`${host}/base:1`]);
    expect(lines.join()).toContain('A fork has no AWS credentials for the pull-through cache');
  });

  test('does not request pull-through rules that no image needs', async () => {
    const { sources } = await ask({ isKnown: false, images: new Set(['ghcr.io/team/tool:1']) });
    expect(sources.caches).toEqual([]);
  });
});
