import { describe, expect, test } from '@jest/globals';
import { digestOf, type Digest } from '@towpath/reference';
import { scenario, type Ending, type Scenario } from '@towpath/testing';
import { scanGate } from './action.ts';

const config = (image: string) => `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  web: ${image}
`;

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

function gating(scene: Scenario, image = '{}'): Promise<Ending> {
  return scene.play(scanGate, { files: { 'towpath.yaml': config(image) }, given: { version: '1.0.0' } });
}

function judged({ outputs }: Ending): unknown {
  const findings = JSON.parse(outputs.findings ?? '[]') as { digest: string; verdict: string }[];
  return Object.fromEntries(findings.map(({ digest, verdict }) => [digest, verdict]));
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
    await index([{ ...child, platform, annotations }], 'build-1.0.0');
    scene.emulator.addFindings({ [child.digest]: critical });
    const ending = await gating(scene);
    expect(ending.outputs.verdict).toBe('fail');
    expect(judged(ending)).toEqual({ [child.digest]: 'fail' });
  });

  test('that is inside a nested index', async () => {
    const { scene, image, index } = await begin();
    const child = await image('evil');
    const inner = await index([child]);
    await index([{ ...inner, platform: amd64 }], 'build-1.0.0');
    scene.emulator.addFindings({ [child.digest]: critical });
    const ending = await gating(scene, '{ platforms: [linux/amd64] }');
    expect(ending.outputs.verdict).toBe('fail');
    expect(judged(ending)).toEqual({ [child.digest]: 'fail' });
  });
});

test('skips proven attestations and artifacts and lists them in the summary', async () => {
  const { scene, image, index } = await begin();
  const child = await image('web');
  const attestation = await image('{}', { layer: inToto });
  const chart = await image('chart', { config: 'application/vnd.cncf.helm.config.v1+json' });
  const children = [
    { ...child, platform: amd64 },
    { ...attestation, platform: unknownPlatform, annotations: attestationNote },
    chart,
  ];
  await index(children, 'build-1.0.0');
  const ending = await gating(scene, '{ platforms: [linux/amd64] }');
  expect(ending.codes).toEqual([]);
  expect(judged(ending)).toEqual({ [child.digest]: 'pass' });
  const summary = ending.summaries.join();
  expect(summary).toContain('an attestation of BuildKit');
  expect(summary).toContain('an artifact without a platform');
});

describe('the verdict is unknown for an image', () => {
  const expectUnknown = ({ green, outputs, codes }: Ending) => {
    expect(green).toBe(false);
    expect(outputs.verdict).toBe('unknown');
    expect(JSON.parse(outputs.images ?? '')).toEqual([expect.objectContaining({ verdict: 'unknown' })]);
    expect(codes).toEqual(['gate-unknown']);
  };

  test('that is an index without an image', async () => {
    const { scene, image, index } = await begin();
    const attestation = await image('{}', { layer: inToto });
    await index([{ ...attestation, platform: unknownPlatform, annotations: attestationNote }], 'build-1.0.0');
    const ending = await gating(scene);
    expectUnknown(ending);
    expect(ending.annotations[0]?.message).toContain('it contains no image');
  });

  test('that lacks a platform of the configuration', async () => {
    const { scene, image, index } = await begin();
    await index([{ ...(await image('web')), platform: amd64 }], 'build-1.0.0');
    const ending = await gating(scene, '{ platforms: [linux/amd64, linux/arm64] }');
    expectUnknown(ending);
    expect(ending.annotations[0]?.message).toContain('no image for linux/arm64');
  });

  test('that has one manifest although the configuration has several platforms', async () => {
    const { scene } = await begin();
    await scene.publish(repository, 'build-1.0.0', { name: 'web' });
    expectUnknown(await gating(scene, '{ platforms: [linux/amd64, linux/arm64] }'));
  });

  test('that has more nested indexes than any build creates', async () => {
    const { scene, image, index } = await begin();
    let child = await image('web');
    for (let depth = 0; depth < 5; depth += 1) child = await index([{ ...child, platform: amd64 }]);
    await index([{ ...child, platform: amd64 }], 'build-1.0.0');
    expectUnknown(await gating(scene));
  });

  test('that is an artifact', async () => {
    const { scene } = await begin();
    const bytes = Buffer.from('{}');
    await scene.shared.putBlob(repository, bytes);
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(bytes), size: 2 };
    const manifest = { schemaVersion: 2, mediaType: ociManifest, config: empty, layers: [empty] };
    await scene.shared.putManifest(
      repository,
      Buffer.from(JSON.stringify(manifest)),
      ociManifest,
      'build-1.0.0',
    );
    expectUnknown(await gating(scene));
  });
});

test('an image that is missing in the image set is unknown, and the others are still judged', async () => {
  const scene = await scenario();
  for (const name of ['payroll/web', 'payroll/api']) await scene.shared.createRepository(name);
  await scene.publish('payroll/web', 'build-1.0.0', { name: 'web' });
  const files = { 'towpath.yaml': `${config('{}')}  api: {}\n` };
  const { green, outputs, codes } = await scene.play(scanGate, { files, imageSet: [{ name: 'web' }] });
  expect(green).toBe(false);
  expect(outputs.verdict).toBe('unknown');
  expect(codes).toEqual(['gate-unknown']);
  expect(JSON.parse(outputs.images ?? '')).toEqual([
    expect.objectContaining({ name: 'web', verdict: 'pass' }),
  ]);
});
