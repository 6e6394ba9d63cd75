import { describe, expect, test } from '@jest/globals';
import { PublicRegistry } from '@towpath/stage';
import {
  makeImageSet,
  scenario,
  temporaryFolder,
  type Ending,
  type ImageDraft,
  type Play,
  type Scenario,
} from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from './action.ts';

const backend: ImageDraft = { name: 'backend' };
const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'], attested: true };
const images = [backend, web];
const names = images.map(({ name }) => `payroll/${name}`);

/** Creates a team with public repositories and private ones of the same names. */
async function team(): Promise<[Scenario, PublicRegistry]> {
  const scene = await scenario();
  const registry = new PublicRegistry(scene.shared, scene.emulator.api, scene.emulator.ecrPublic);
  for (const name of names) await registry.createRepository(name);
  return [scene, registry];
}

function publishing(
  scene: Scenario,
  registry: string,
  { given, ...play }: Partial<Play> = {},
): Promise<Ending> {
  return scene.play(publish, {
    files: {
      'towpath.yaml': `registry: ${registry}/payroll\nimages:\n  backend: {}\n  web: { platforms: [linux/amd64, linux/arm64] }\n`,
    },
    imageSet: images,
    ...play,
    given: { version: '1.0.0', ...given },
  });
}

function expectGreen({ green, annotations, lines }: Ending): void {
  if (!green) throw new Error([...lines, ...annotations.map(({ message }) => message)].join('\n'));
}

/** Returns all successful write requests. */
function writes({ requests }: Ending): readonly string[] {
  return requests
    .filter(({ operation, status }) => /Create|PUT|POST|Put/.test(operation) && status < 300)
    .map(({ operation, repository = '' }) => `${operation} ${repository}`);
}

describe('an image set in Amazon ECR Public', () => {
  test('arrives byte for byte, with its attestations', async () => {
    const [scene, registry] = await team();
    const ending = await publishing(scene, registry.uri);
    expectGreen(ending);
    const set = await makeImageSet(temporaryFolder(), images);
    for (const { name, digest } of set)
      expect(await registry.tags(`payroll/${name}`)).toEqual({ 'build-1.0.0': digest });
    const platforms = Object.values(set.find(({ name }) => name === 'web')?.platforms ?? {});
    const referrers = await Promise.all(platforms.map((digest) => registry.referrers('payroll/web', digest)));
    const attestation = 'application/vnd.docker.attestation.manifest.v1+json';
    expect(referrers).toEqual([[attestation], [attestation]]);
  });

  test('is reported with its public address', async () => {
    const [scene, registry] = await team();
    const ending = await publishing(scene, registry.uri, {
      given: { only: 'backend', 'deployment-files': 'out' },
    });
    const { outputs, workspace, lines } = ending;
    const digest = outputs.digest ?? '';
    expect(outputs).toMatchObject({
      registry: registry.uri,
      repository: 'payroll/backend',
      image: `${registry.uri}/payroll/backend@${digest}`,
      digests: JSON.stringify({ backend: `payroll/backend@${digest}` }),
    });
    expect(lines.join('\n')).toContain(`${digest} is in ${registry.uri}/payroll/backend`);
    expect(JSON.parse(readFileSync(join(workspace, 'out/imagedefinitions.json'), 'utf8'))).toEqual([
      { name: 'backend', imageUri: outputs.image },
    ]);
  });

  test('is not written again if it is published again', async () => {
    const [scene, registry] = await team();
    await publishing(scene, registry.uri);
    const again = await publishing(scene, registry.uri);
    expectGreen(again);
    expect(writes(again)).toEqual([]);
  });

  test('sends no request to the API of private registries', async () => {
    const [scene, registry] = await team();
    const { requests } = await publishing(scene, registry.uri);
    const asked = requests.filter(({ plane }) => plane === 'api').map(({ operation }) => operation);
    expect(new Set(asked)).toEqual(
      new Set(['ecr-public:GetAuthorizationToken', 'ecr-public:BatchCheckLayerAvailability']),
    );
    expect(asked.filter((one) => one.endsWith('GetAuthorizationToken'))).toHaveLength(1);
    expect(requests.filter(({ operation }) => operation === 'GET token').length).toBeLessThan(10);
  });

  test('never reveals its token', async () => {
    const [scene, registry] = await team();
    const { masks, lines, debugLines, outputs, summaries } = await publishing(scene, registry.uri);
    expect(masks.length).toBeGreaterThan(0);
    const said = [...lines, ...debugLines, ...summaries, JSON.stringify(outputs)].join('\n');
    for (const secret of masks) expect(said).not.toContain(secret);
  });
});

describe('a version in Amazon ECR Public', () => {
  const changed = [{ ...backend, content: 'another' }, web];

  test('is kept: a different image is rejected before anything is written', async () => {
    const [scene, registry] = await team();
    await publishing(scene, registry.uri);
    const before = await registry.tags('payroll/backend');
    const ending = await publishing(scene, registry.uri, { imageSet: changed });
    expect(ending.codes).toEqual(['tag-conflict']);
    expect(writes(ending)).toEqual([]);
    expect(await registry.tags('payroll/backend')).toEqual(before);
    const said = ending.annotations.map(({ message }) => message).join('');
    expect(said).toMatch(
      /build-1\.0\.0 of public\.ecr\.aws\/\w+\/payroll\/backend holds the version and names sha256:/,
    );
    // Public registries get no ledger, so the message does not recommend one.
    expect(said).not.toContain('create-repository');
  });

  test('is kept if another run sets its tag meanwhile', async () => {
    const [scene, registry] = await team();
    const first = (await publishing(scene, registry.uri, { given: { tags: '{version}' } })).outputs;
    // The plan does not see the tag, as if it were set later.
    scene.emulator.addFault({
      kind: 'exception',
      exception: 'ImageNotFound',
      operation: 'GET manifest',
      repository: '*/backend',
      times: 1,
    });
    const ending = await publishing(scene, registry.uri, {
      given: { tags: '{version}', only: 'backend' },
      imageSet: changed,
    });
    expect(ending.codes).toEqual(['tag-conflict']);
    const digests = JSON.parse(first.digests ?? '{}') as Record<string, string>;
    expect(digests.backend).toContain((await registry.tags('payroll/backend'))['1.0.0'] ?? 'nothing');
  });

  test('has aliases that move with the next version', async () => {
    const [scene, registry] = await team();
    const tags = '{version}, {major}, latest';
    await publishing(scene, registry.uri, { given: { tags } });
    const next = await publishing(scene, registry.uri, {
      given: { tags, version: '1.1.0' },
      imageSet: changed,
    });
    expectGreen(next);
    const named = await registry.tags('payroll/backend');
    expect(Object.keys(named).sort()).toEqual(['1', '1.0.0', '1.1.0', 'latest']);
    expect([named.latest, named['1']]).toEqual([named['1.1.0'], named['1.1.0']]);
    expect(named['1.0.0']).not.toBe(named['1.1.0']);
  });

  test('is not adopted from a build with different bytes, because no ledger lists it', async () => {
    const [scene, registry] = await team();
    await publishing(scene, registry.uri);
    const before = await registry.tags('payroll/backend');
    const rebuilt = [{ ...backend, content: 'another', sources: 'backend' }, web];
    const ending = await publishing(scene, registry.uri, { imageSet: rebuilt });
    expect(ending.codes).toEqual(['tag-conflict']);
    expect(await registry.tags('payroll/backend')).toEqual(before);
  });
});

describe('a public repository', () => {
  test('that is missing is an error, and nothing is written', async () => {
    const scene = await scenario();
    const registry = new PublicRegistry(scene.shared, scene.emulator.api, scene.emulator.ecrPublic);
    const ending = await publishing(scene, registry.uri);
    expect(ending.codes).toEqual(['repository-missing', 'repository-missing']);
    expect(writes(ending)).toEqual([]);
  });

  test('is created on request, and no public ledger is created', async () => {
    const scene = await scenario();
    const registry = new PublicRegistry(scene.shared, scene.emulator.api, scene.emulator.ecrPublic);
    const ending = await publishing(scene, registry.uri, { given: { 'create-repository': 'true' } });
    expectGreen(ending);
    expect(await registry.repositories()).toEqual(names);
  });

  test('is created only in the caller’s own registry', async () => {
    const scene = await scenario();
    const registry = new PublicRegistry(scene.shared, scene.emulator.api, scene.emulator.ecrPublic);
    for (const alias of ['another', scene.emulator.ecrPublic.aliases[scene.prod.id] ?? '']) {
      const ending = await publishing(scene, `public.ecr.aws/${alias}`, {
        given: { 'create-repository': 'true' },
      });
      expect(ending.codes).toEqual(['registry-unknown']);
      expect(ending.annotations.map(({ message }) => message).join('')).toContain(registry.uri);
      expect(writes(ending)).toEqual([]);
    }
  });

  test('has no ledger: a repository of that name is neither read nor written', async () => {
    const [scene, registry] = await team();
    await registry.createRepository('payroll/towpath');
    const ending = await publishing(scene, registry.uri);
    expectGreen(ending);
    expect(await registry.tags('payroll/towpath')).toEqual({});
    expect(ending.requests.filter(({ repository }) => repository === 'payroll/towpath')).toEqual([]);
  });
});

describe('a private registry together with Amazon ECR Public', () => {
  async function both(): Promise<[Scenario, PublicRegistry, string]> {
    const [scene, registry] = await team();
    for (const name of names) await scene.shared.createRepository(name);
    return [scene, registry, [scene.shared.host, registry.uri].map((uri) => `${uri}/payroll`).join('\n')];
  }

  test('gets the same set', async () => {
    const [scene, registry, registries] = await both();
    expectGreen(await publishing(scene, registry.uri, { given: { registries } }));
    const digest = (await registry.tags('payroll/web'))['build-1.0.0'];
    expect(await scene.shared.digestOf('payroll/web', 'build-1.0.0')).toBe(digest);
  });

  test.each(['private', 'public'])('gets nothing if the %s one has a conflict', async (which) => {
    const [scene, registry, registries] = await both();
    const first = which === 'public' ? registry.uri : scene.shared.host;
    await publishing(scene, first, { imageSet: [{ ...backend, content: 'another' }, web] });
    const ending = await publishing(scene, registry.uri, { given: { registries } });
    expect([ending.codes, writes(ending)]).toEqual([['tag-conflict'], []]);
  });
});

describe('a request to Amazon ECR Public that fails', () => {
  const passing = [
    { kind: 'reset', operation: 'GET token' },
    { kind: 'status', status: 503, operation: 'GET token' },
    { kind: 'status', status: 429, retryAfter: 1, operation: 'PUT manifest', nth: 2 },
    { kind: 'reset', operation: 'PUT upload', afterBytesOut: 0 },
    { kind: 'status', status: 500, operation: 'GET tags' },
    { kind: 'status', status: 429, operation: 'ecr-public:BatchCheckLayerAvailability' },
  ] as const;

  test.each(passing)('$operation is retried after a $kind', async (fault) => {
    const [scene, registry] = await team();
    scene.emulator.addFault(fault);
    expectGreen(await publishing(scene, registry.uri));
    expect(Object.keys(await registry.tags('payroll/web'))).toEqual(['build-1.0.0']);
  });

  test.each([
    { kind: 'exception', exception: 'AccessDeniedException', operation: 'PUT upload', nth: 3 },
    { kind: 'exception', exception: 'AccessDeniedException', operation: 'PUT manifest', nth: 2 },
    { kind: 'corrupt', at: 1, operation: 'GET tags', nth: 3 },
  ] as const)('nothing is tagged after $operation failed, and the next run succeeds', async (fault) => {
    const [scene, registry] = await team();
    scene.emulator.addFault(fault);
    const ending = await publishing(scene, registry.uri);
    expect([ending.green, ending.codes.includes('internal-error')]).toEqual([false, false]);
    for (const name of names) expect(await registry.tags(name)).toEqual({});
    scene.emulator.clearFaults();
    expectGreen(await publishing(scene, registry.uri));
  });
});
