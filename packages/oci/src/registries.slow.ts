import { afterAll, afterEach, beforeAll, describe, expect, test as anyTest } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { startDistribution, startOlareg, type RegistryProcess } from '@towpath/stage';
import { makeImageSet, temporaryFolder, type ImageDraft } from '@towpath/testing';
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { copyImages, type Transfer } from './copy.ts';
import { mediaTypes, type Descriptor } from './descriptor.ts';
import { scriptedServer } from './harness/scripted-server.ts';
import { basic, startTokenService, type TokenService } from './harness/token-service.ts';
import { Layout } from './layout.ts';
import { parseManifest } from './manifest.ts';
import { RemoteRepository } from './remote-repository.ts';
import { readManifests, surveyGraph, type ContentSource } from './survey.ts';
import { Transport } from './transport.ts';

const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'], attested: true };
const job: ImageDraft = { name: 'job', attested: true };

/** The name under which the tests use the registry. */
const host = 'registry.example';

interface Stand extends RegistryProcess {
  /** User and password, if the registry requires them. */
  readonly login?: string;
  readonly tokens?: TokenService;
}

const ends: AsyncDisposable[] = [];

function ending<T extends AsyncDisposable>(resource: T): T {
  ends.push(resource);
  return resource;
}

async function endAll(): Promise<void> {
  for (const resource of ends.splice(0).reverse()) await resource[Symbol.asyncDispose]();
}

/** Starts distribution with a token service that issues real tokens, which distribution verifies. */
async function distribution(): Promise<Stand> {
  const folder = temporaryFolder();
  const tokens = ending(await startTokenService(join(folder, 'tokens.pem')));
  const registry = ending(await startDistribution(join(folder, 'registry'), { auth: tokens.auth }));
  return { ...registry, tokens, login: tokens.login };
}

async function olareg(): Promise<Stand> {
  return ending(await startOlareg());
}

const isRequired = process.env.TOWPATH_CLIENTS === 'required';

/** Skips the tests of a missing registry with a message, unless the registry is required. */
function testsWith(program: string): typeof anyTest {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
  } catch {
    if (!isRequired) return anyTest.skip as typeof anyTest;
  }
  return anyTest;
}

function transportTo({ url, tokens }: Stand, login: string | undefined): Transport {
  return new Transport({
    authorize: () => Promise.resolve(login === undefined ? undefined : basic(login)),
    endpoints: new Map([[host, new URL(url)]]),
    env: {},
    tokenHosts: tokens === undefined ? [] : [tokens.host],
  });
}

/** No test here should need a retry. */
const clock = { sleep: () => Promise.reject(new Error('the registry was asked again')) };

/** Returns a function that opens repositories over one transport. */
function repositoriesOf(stand: Stand, login = stand.login): (name: string) => RemoteRepository {
  const transport = transportTo(stand, login);
  return (name) => new RemoteRepository(transport, { clock }, host, name);
}

const nothing = () => Promise.resolve(new Set<never>());

/** Copies images and their referrers into repositories that are treated as empty. */
async function copy(
  source: ContentSource,
  ...images: readonly { roots: readonly Root[]; target: RemoteRepository; tag?: string }[]
): Promise<readonly Transfer[]> {
  const copies = images.map(async ({ roots: [root, ...referrers], target, tag }) => {
    if (root === undefined) throw new Error('an image has a root');
    const manifests = [...(await readManifests(source, root))];
    for (const one of referrers) manifests.push(...(await readManifests(source, one)));
    const graph = await surveyGraph(manifests, { blobs: nothing, manifests: nothing });
    const tagged = graph.manifests.map((move) =>
      move.manifest.digest === root.digest ? { ...move, tag } : move,
    );
    return { graph: { ...graph, manifests: tagged }, source, target };
  });
  return copyImages(await Promise.all(copies));
}

type Root = Pick<Descriptor, 'digest' | 'mediaType'>;

/** Returns a layout with images, each root before its referrers. */
async function draw(...drafts: readonly ImageDraft[]) {
  const layout = new Layout(temporaryFolder());
  const images = await makeImageSet(layout.folder, drafts);
  return { layout, images, roots: images.map((image): readonly Root[] => [image, ...image.attestations]) };
}

/** Requests a path from a registry without Towpath's client. */
async function ask({ url, tokens }: Stand, path: string): Promise<Response> {
  const scope = `repository:${path.replace(/\/(?:manifests|referrers)\/.*/, '')}:pull`;
  const given = tokens && (await fetch(`${tokens.url}/token?scope=${scope}`));
  const { token = '' } = given === undefined ? {} : ((await given.json()) as { token?: string });
  const accept = Object.values(mediaTypes).join(', ');
  return fetch(`${url}/v2/${path}`, { headers: { accept, authorization: `Bearer ${token}` } });
}

const registries = [
  { name: 'distribution', program: 'docker-registry', begin: distribution, lists: 'tag' as const },
  { name: 'olareg', program: 'olareg', begin: olareg, lists: 'api' as const },
];

describe.each(registries)('$name', ({ program, begin, lists }) => {
  const test = testsWith(program);
  let stand: Stand;
  let open: (name: string) => RemoteRepository;

  beforeAll(async () => {
    try {
      stand = await begin();
    } catch (error) {
      if (isRequired || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  });
  afterAll(endAll);

  test('stores a two-platform image under its tag and returns all of it byte for byte', async () => {
    const { layout, roots } = await draw(web);
    open = repositoriesOf(stand);
    await copy(layout, { roots: roots[0] ?? [], target: open('team/web'), tag: '1.0.0' });
    const tagged = await ask(stand, 'team/web/manifests/1.0.0');
    expect(digestOf(Buffer.from(await tagged.arrayBuffer()))).toBe(roots[0]?.[0]?.digest);
    for (const root of roots[0] ?? []) {
      const manifests = await readManifests(open('team/web'), root);
      const { blobs } = await surveyGraph(manifests, { blobs: nothing, manifests: nothing });
      for (const manifest of manifests) expect(manifest).toEqual(await layout.manifest(manifest));
      for (const { descriptor } of blobs)
        expect(digestOf(await buffer(await open('team/web').blob(descriptor)))).toBe(descriptor.digest);
    }
  });

  test('mounts a blob from another repository of the registry', async () => {
    const { layout, roots } = await draw(web, job);
    open = repositoriesOf(stand);
    const [first, second] = await copy(
      layout,
      { roots: roots[0] ?? [], target: open('mounts/web') },
      { roots: roots[1] ?? [], target: open('mounts/job') },
    );
    // One image uploads the base of both, the other mounts it.
    expect((first?.mounted ?? 0) + (second?.mounted ?? 0)).toBeGreaterThanOrEqual('the base of all'.length);
    const [again] = await copy(open('mounts/web'), { roots: roots[0] ?? [], target: open('mounts/copy') });
    const bytes = (first?.uploaded ?? 0) + (first?.mounted ?? 0);
    expect(again).toMatchObject({ uploaded: 0, mounted: bytes });
  });

  test('lists each referrer of an image once, even if it is pushed several times at once', async () => {
    const { layout, images, roots } = await draw(job);
    const [subject] = images;
    const target = repositoriesOf(stand)('referrers/job');
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };
    await copy(layout, { roots: roots[0] ?? [], target });
    await target.putBlob(config, () => Promise.resolve(Readable.from([Buffer.from('{}')])));
    const more = ['sbom', 'signature', 'scan'].map((name) =>
      parseManifest(
        Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: mediaTypes.ociManifest,
            artifactType: `application/vnd.example.${name}`,
            config,
            layers: [config],
            subject: { mediaType: subject?.mediaType, digest: subject?.digest, size: subject?.size },
          }),
        ),
        mediaTypes.ociManifest,
      ),
    );
    // In sequence: distribution cannot store the same manifest twice at the same time on a disk.
    for (const round of [more, more]) await Promise.all(round.map((one) => target.putManifest(one)));
    const path = {
      api: `referrers/job/referrers/${subject?.digest}`,
      tag: `referrers/job/manifests/${subject?.digest.replace(':', '-')}`,
    }[lists];
    const listed = (await (await ask(stand, path)).json()) as { manifests: { artifactType: string }[] };
    expect(listed.manifests.map(({ artifactType }) => artifactType).sort()).toEqual([
      'application/vnd.docker.attestation.manifest.v1+json',
      'application/vnd.example.sbom',
      'application/vnd.example.scan',
      'application/vnd.example.signature',
    ]);
  });

  test('rejects bytes that do not match the digest, and reports missing content', async () => {
    const target = repositoriesOf(stand)('refusals/job');
    const { layout, roots } = await draw(job);
    await copy(layout, { roots: roots[0] ?? [], target });
    const blob = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf('x'), size: 1 };
    const other = () => Promise.resolve(Readable.from([Buffer.from('y')]));
    await expect(target.putBlob(blob, other)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(target.manifest(blob)).rejects.toMatchObject({ code: 'image-missing' });
    await expect(target.blob(blob)).rejects.toMatchObject({ code: 'image-missing' });
  });

  test('accepts a layer of 64 MiB as one stream', async () => {
    const target = repositoriesOf(stand)('large/layer');
    const bytes = Buffer.alloc(64 * 2 ** 20, 'towpath');
    const blob = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: digestOf(bytes),
      size: bytes.length,
    };
    expect(await target.putBlob(blob, () => Promise.resolve(Readable.from([bytes])))).toBe('uploaded');
    expect(digestOf(await buffer(await target.blob(blob)))).toBe(blob.digest);
  });
});

describe('distribution', () => {
  const test = testsWith('docker-registry');
  afterEach(endAll);

  test('allows everyone to read, and rejects writes without a login or with a wrong one', async () => {
    const stand = await distribution();
    const { layout, roots } = await draw(job);
    const [root] = roots[0] ?? [];
    if (root === undefined) throw new Error('an image has a root');
    await copy(layout, { roots: roots[0] ?? [], target: repositoriesOf(stand)('team/job') });
    const everyone = transportTo(stand, undefined);
    const anonymous = new RemoteRepository(everyone, { clock }, host, 'team/job');
    expect((await anonymous.manifest(root)).digest).toBe(root.digest);
    await expect(anonymous.putManifest(await layout.manifest(root))).rejects.toMatchObject({
      code: 'access-denied',
    });
    const denied = repositoriesOf(stand, 'tug:wrong')('team/job');
    await expect(denied.manifest(root)).rejects.toMatchObject({ code: 'access-denied' });
  });

  test('redirects the download of a blob to another host, which gets no token', async () => {
    const folder = temporaryFolder();
    const bucket = ending(
      await scriptedServer((request, response) => {
        createReadStream(join(folder, new URL(request.url ?? '', 'http://bucket.example').pathname))
          .on('error', () => response.writeHead(404).end())
          .pipe(response);
      }),
    );
    const tokens = ending(await startTokenService(join(folder, 'tokens.pem')));
    const redirect = { name: 'redirect', options: { baseurl: `${bucket.url}/` } };
    const registry = ending(
      await startDistribution(folder, { auth: tokens.auth, middleware: { storage: [redirect] } }),
    );
    const { layout, roots } = await draw(job);
    const stand = { ...registry, tokens, login: tokens.login };
    const source = repositoriesOf(stand)('team/job');
    await copy(layout, { roots: roots[0] ?? [], target: source });
    const [root] = roots[0] ?? [];
    if (root === undefined) throw new Error('an image has a root');
    const manifests = await readManifests(layout, root);
    const { blobs } = await surveyGraph(manifests, { blobs: nothing, manifests: nothing });
    for (const { descriptor } of blobs)
      expect(digestOf(await buffer(await source.blob(descriptor)))).toBe(descriptor.digest);
    expect(bucket.requests.length).toBeGreaterThanOrEqual(3);
    expect(bucket.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

describe('between registries', () => {
  const test = testsWith('olareg');
  afterEach(endAll);

  test('copies an image from one that lists referrers by a tag to one with a referrers API', async () => {
    const [from, to] = [await distribution(), await olareg()];
    const { layout, roots } = await draw(web);
    const source = repositoriesOf(from)('team/web');
    await copy(layout, { roots: roots[0] ?? [], target: source });
    const target = repositoriesOf(to)('other/web');
    await copy(source, { roots: roots[0] ?? [], target, tag: 'copy' });
    const [root, ...attestations] = roots[0] ?? [];
    expect((await ask(to, 'other/web/manifests/copy')).headers.get('docker-content-digest')).toBe(
      root?.digest,
    );
    for (const one of attestations) {
      const { subject } = await layout.manifest(one);
      const listed = (await (await ask(to, `other/web/referrers/${subject?.digest}`)).json()) as {
        manifests: Descriptor[];
      };
      expect(listed.manifests.map(({ digest }) => digest)).toEqual([one.digest]);
    }
  });
});
