import { describe, expect, test } from '@jest/globals';
import { digestOf, type Digest } from '@towpath/reference';
import { scenario, type Scenario } from '@towpath/testing';
import { gate, type GateEnding } from './harness/gate.ts';

const repository = 'payroll/web';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const imageConfig = 'application/vnd.oci.image.config.v1+json';
const ociLayer = 'application/vnd.oci.image.layer.v1.tar';
const inToto = 'application/vnd.in-toto+json';
const attestationNote = { 'vnd.docker.reference.type': 'attestation-manifest' };
const unknownPlatform = { os: 'unknown', architecture: 'unknown' };
const amd64 = { os: 'linux', architecture: 'amd64' };
const critical = { findings: [{ name: 'CVE-2026-1', severity: 'CRITICAL' as const }] };

interface Child {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** Creates a repository, and functions that push crafted manifests to it. */
async function begin(): Promise<{
  readonly scene: Scenario;
  readonly image: (content: string, types?: { config?: string; layer?: string }) => Promise<Child>;
  readonly index: (children: readonly object[], tag?: string) => Promise<Child>;
}> {
  const scene = await scenario();
  await scene.shared.createRepository(repository);
  const put = async (content: object, mediaType: string, tag?: string): Promise<Child> => {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
    await scene.shared.putManifest(repository, bytes, mediaType, tag);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const blob = async (content: string, mediaType: string): Promise<Child> => {
    const bytes = Buffer.from(content);
    await scene.shared.putBlob(repository, bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  return {
    scene,
    image: async (content, { config: configType = imageConfig, layer = ociLayer } = {}) =>
      put({ config: await blob('{}', configType), layers: [await blob(content, layer)] }, ociManifest),
    index: (children, tag) => put({ manifests: children }, ociIndex, tag),
  };
}

function gating(scene: Scenario, ...platforms: readonly string[]): Promise<GateEnding> {
  return gate(scene, { images: { [repository]: platforms } });
}

function judged({ images }: GateEnding): unknown {
  const subjects = images.flatMap((image) => image.subjects);
  return Object.fromEntries(subjects.map(({ digest, verdict }) => [digest, verdict]));
}

function verdicts({ images }: GateEnding): readonly string[] {
  return images.map(({ verdict }) => verdict);
}

describe('judges a child of an index', () => {
  test.each([
    { name: 'that only an annotation calls an attestation', platform: amd64, annotations: attestationNote },
    { name: 'whose platform is unknown', platform: unknownPlatform },
    {
      name: 'whose operating system is unknown',
      platform: { os: 'unknown', architecture: 'amd64' },
      annotations: attestationNote,
    },
    { name: 'without a platform' },
    {
      name: 'that looks like an attestation but has the layers of an image',
      platform: unknownPlatform,
      annotations: attestationNote,
    },
  ])('$name', async ({ platform, annotations }) => {
    const { scene, image, index } = await begin();
    const child = await image('evil');
    await index([{ ...child, platform, annotations }], 'v1');
    scene.emulator.addFindings({ [child.digest]: critical });
    const ending = await gating(scene);
    expect(verdicts(ending)).toEqual(['fail']);
    expect(judged(ending)).toEqual({ [child.digest]: 'fail' });
  });

  test('that is inside a nested index', async () => {
    const { scene, image, index } = await begin();
    const child = await image('evil');
    const inner = await index([child]);
    await index([{ ...inner, platform: amd64 }], 'v1');
    scene.emulator.addFindings({ [child.digest]: critical });
    const ending = await gating(scene, 'linux/amd64');
    expect(verdicts(ending)).toEqual(['fail']);
    expect(judged(ending)).toEqual({ [child.digest]: 'fail' });
  });
});

test('skips proven attestations and artifacts and lists them', async () => {
  const { scene, image, index } = await begin();
  const child = await image('web');
  const attestation = await image('{}', { layer: inToto });
  const chart = await image('chart', { config: 'application/vnd.cncf.helm.config.v1+json' });
  const children = [
    { ...child, platform: amd64 },
    { ...attestation, platform: unknownPlatform, annotations: attestationNote },
    chart,
  ];
  await index(children, 'v1');
  const ending = await gating(scene, 'linux/amd64');
  expect(ending.codes).toEqual([]);
  expect(judged(ending)).toEqual({ [child.digest]: 'pass' });
  expect(ending.images[0]?.skipped).toEqual([
    { digest: attestation.digest, why: 'an attestation of BuildKit' },
    { digest: chart.digest, why: 'an artifact without a platform' },
  ]);
});

describe('the verdict is unknown for an image', () => {
  const expectUnknown = (ending: GateEnding) => {
    expect(verdicts(ending)).toEqual(['unknown']);
    expect([ending.green, ending.codes]).toEqual([false, ['gate-unknown']]);
  };

  test('that is an index without an image', async () => {
    const { scene, image, index } = await begin();
    const attestation = await image('{}', { layer: inToto });
    await index([{ ...attestation, platform: unknownPlatform, annotations: attestationNote }], 'v1');
    const ending = await gating(scene);
    expectUnknown(ending);
    expect(ending.annotations[0]?.message).toContain('it contains no image');
  });

  test('that lacks a platform of the configuration', async () => {
    const { scene, image, index } = await begin();
    await index([{ ...(await image('web')), platform: amd64 }], 'v1');
    const ending = await gating(scene, 'linux/amd64', 'linux/arm64');
    expectUnknown(ending);
    expect(ending.annotations[0]?.message).toContain('no image for linux/arm64');
  });

  test('that has one manifest although the configuration has several platforms', async () => {
    const { scene } = await begin();
    await scene.publish(repository, 'v1', { name: 'web' });
    expectUnknown(await gating(scene, 'linux/amd64', 'linux/arm64'));
  });

  test('that has more nested indexes than any build creates', async () => {
    const { scene, image, index } = await begin();
    let child = await image('web');
    for (let depth = 0; depth < 5; depth += 1) child = await index([{ ...child, platform: amd64 }]);
    await index([{ ...child, platform: amd64 }], 'v1');
    expectUnknown(await gating(scene));
  });

  test('that is an artifact', async () => {
    const { scene } = await begin();
    const bytes = Buffer.from('{}');
    await scene.shared.putBlob(repository, bytes);
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(bytes), size: 2 };
    const manifest = { schemaVersion: 2, mediaType: ociManifest, config: empty, layers: [empty] };
    await scene.shared.putManifest(repository, Buffer.from(JSON.stringify(manifest)), ociManifest, 'v1');
    expectUnknown(await gating(scene));
  });
});
