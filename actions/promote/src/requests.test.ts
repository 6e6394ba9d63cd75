import { expect, test } from '@jest/globals';
import { writeRelease } from '@towpath/ledger';
import { digestOf, parseDigest, parseEcrHost, type Digest } from '@towpath/reference';
import type { Account } from '@towpath/stage';
import { attach, scenario, sessionOf, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const repository = 'payroll/web';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const platforms = ['amd64', 'arm64', 'riscv64'];

/** Pushes an image for three platforms with six blobs each: versions share four of them. */
async function push(account: Account, version: string, tag: string): Promise<void> {
  const put = async (mediaType: string, content: string): Promise<object> => {
    const bytes = Buffer.from(content);
    await account.putBlob(repository, bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const layer = (content: string) => put('application/vnd.oci.image.layer.v1.tar', content);
  const manifests: object[] = [];
  for (const architecture of platforms) {
    const layers: object[] = [];
    for (const part of [1, 2, 3, 4]) layers.push(await layer(`base ${part} for ${architecture}`));
    layers.push(await layer(`web ${version} for ${architecture}`));
    const description = { os: 'linux', architecture, config: {}, rootfs: { type: 'layers', diff_ids: [] } };
    const config = await put(
      'application/vnd.oci.image.config.v1+json',
      JSON.stringify({ ...description, version }),
    );
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers }));
    await account.putManifest(repository, bytes, manifestType);
    const platform = { os: 'linux', architecture };
    manifests.push({ mediaType: manifestType, digest: digestOf(bytes), size: bytes.length, platform });
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
  await account.putManifest(repository, index, indexType, tag);
}

/** Writes the release of 1.1.0 into the ledger of the builds. */
async function recordRelease(scene: Scenario): Promise<void> {
  const registry = parseEcrHost(scene.shared.host);
  if (registry === undefined) throw new Error('the account has a registry');
  const digest = await rootOf(scene);
  const release = {
    ...{ schemaVersion: 1 as const, version: '1.1.0', published: '2026-01-01T00:00:00.000Z', source: {} },
    images: [{ name: 'web', repository, digest, fingerprint: 'x' }],
  };
  await writeRelease({ registry, repository: 'payroll/towpath' }, release, sessionOf(scene, scene.shared));
}

async function rootOf({ shared }: Scenario): Promise<Digest> {
  return parseDigest((await shared.digestOf(repository, 'build-1.1.0')) ?? '');
}

/** Promotes 1.1.0 to an account that has 1.0.0, and counts the requests by operation. */
async function countRequests(
  prepare: (scene: Scenario) => Promise<void>,
  settings = 'ledger: off',
): Promise<Readonly<Record<string, number>>> {
  const scene = await scenario();
  await scene.shared.createRepository(repository, 'MUTABLE', { scanOnPush: false });
  await scene.prod.createRepository(repository, 'MUTABLE', { scanOnPush: false });
  await scene.prod.admit(scene.shared, repository);
  await push(scene.prod, '1.0.0', 'prod-1.0.0');
  await push(scene.shared, '1.1.0', 'build-1.1.0');
  await prepare(scene);
  const config = `
registry: ${scene.shared.host}/payroll
${settings}
images: { web: {} }
environments: { prod: { from: build, gate: off, registry: ${scene.prod.host} } }
`;
  const given = { version: '1.1.0', 'target-environment': 'prod' };
  const { codes, requests } = await scene.play(promote, { files: { 'towpath.yaml': config }, given });
  expect(codes).toEqual([]);
  const counts = new Map<string, number>();
  for (const { operation, plane } of requests) {
    const name = plane === 'blobs' ? 'blob storage' : operation;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}

const nothing = (): Promise<void> => Promise.resolve();

const attachment = async (scene: Scenario): Promise<void> => {
  await attach(scene.shared, repository, { subject: await rootOf(scene), content: 'sbom' });
};

const ledgers = async (scene: Scenario): Promise<void> => {
  for (const account of [scene.shared, scene.prod]) await account.createRepository('payroll/towpath');
  await scene.prod.admit(scene.shared, 'payroll/towpath');
  await recordRelease(scene);
};

/** Six of 18 blobs are missing. Each takes a GET, its redirect to the storage, a POST and a PUT. */
const copy = {
  'GET blob': 6,
  'blob storage': 6,
  'POST upload': 6,
  'PUT upload': 6,
  'PUT manifest': 4,
  'ecr:BatchCheckLayerAvailability': 1,
  'ecr:BatchGetImage': 4,
  'ecr:GetAuthorizationToken': 1,
};

/** One question about attachments for the index and for each platform. */
const questions = { 'ecr:ListImageReferrers': 4, 'ecr:DescribeRepositories': 1 };

test('a copy of 3 platforms with 12 of 18 blobs in the target takes no more requests than the documentation says', async () => {
  const counted = await countRequests(nothing);
  expect(counted).toEqual({ ...copy, ...questions });
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  expect([sum(copy), sum(counted)]).toEqual([34, 39]);
});

test('an attachment of two blobs takes 16 requests more', async () => {
  expect(await countRequests(attachment)).toEqual({
    ...{ ...copy, ...questions },
    'GET blob': 6 + 2,
    'blob storage': 6 + 2,
    'POST upload': 6 + 2,
    'PUT upload': 6 + 2,
    'PUT manifest': 4 + 1,
    'ecr:BatchGetImage': 4 + 4,
    'ecr:ListImageReferrers': 4 + 2,
    // The tag is set when the attachment has arrived.
    'ecr:PutImage': 1,
  });
});

test('the ledgers take 20 requests more, with the release, the adoption of the target and its entry', async () => {
  expect(await countRequests(ledgers, '')).toEqual({
    ...{ ...copy, ...questions },
    'POST upload': 6 + 4,
    'PUT upload': 6 + 4,
    'ecr:BatchCheckLayerAvailability': 1 + 3,
    'ecr:BatchGetImage': 4 + 3,
    'ecr:DescribeRepositories': 1 + 2,
    'ecr:DescribeImages': 1,
    'ecr:PutImage': 3,
  });
});
