import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { makeImageSet, scenario, temporaryFolder, type ImageDraft, type Scenario } from '@towpath/testing';
import { buffer } from 'node:stream/consumers';
import { copyImages } from './copy.ts';
import { mediaTypes } from './descriptor.ts';
import { afterwards, blobOf, repositoryAt } from './harness/repository-at.ts';
import { scriptedServer } from './harness/scripted-server.ts';
import { Layout } from './layout.ts';
import { parseManifest } from './manifest.ts';
import type { RemoteRepository } from './remote-repository.ts';
import { readManifests, surveyGraph, type Presence } from './survey.ts';

type Fault = Parameters<Scenario['emulator']['addFault']>[0];

const nothing: Presence = {
  blobs: () => Promise.resolve(new Set()),
  manifests: () => Promise.resolve(new Set()),
};

const web: ImageDraft = { name: 'web', platforms: ['linux/amd64', 'linux/arm64'] };

describe('a repository of Amazon ECR', () => {
  /** A repository of the shared account, as seen by one of the accounts. */
  async function stand({
    name = 'payroll/web',
    as = 'shared',
  }: { name?: string; as?: 'shared' | 'prod' } = {}) {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/web');
    const { host, id } = scene.shared;
    const url = scene.emulator.registryUrl(id, 'us-east-1');
    const repository = repositoryAt(url, { host, name, login: await scene[as].login() });
    scene.emulator.clearRequests();
    const operations = () => scene.emulator.requests.map(({ operation, status }) => `${operation} ${status}`);
    return { scene, repository, operations };
  }

  test('stores an image and returns it byte for byte', async () => {
    const { repository } = await stand();
    const layout = new Layout(temporaryFolder());
    const [root] = await makeImageSet(layout.folder, [web]);
    if (root === undefined) throw new Error('an image was drafted');
    const graph = await surveyGraph(await readManifests(layout, root), nothing);
    await copyImages([{ graph, source: layout, target: repository }]);
    const { manifests, blobs } = await surveyGraph(await readManifests(repository, root), nothing);
    expect(manifests).toHaveLength(3);
    for (const { manifest } of manifests) expect(manifest).toEqual(await layout.manifest(manifest));
    for (const { descriptor } of blobs) {
      expect(digestOf(await buffer(await repository.blob(descriptor)))).toBe(descriptor.digest);
    }
  });

  test('accepts a blob that it already has', async () => {
    const { repository } = await stand();
    const { blob, open } = blobOf('a layer');
    await repository.putBlob(blob, open);
    await repository.putBlob(blob, open);
    expect(repository.waits).toEqual([]);
  });

  describe('a temporary failure', () => {
    const { blob, open } = blobOf(Buffer.alloc(300_000, 'x'));
    const put = (repository: RemoteRepository) => repository.putBlob(blob, open);
    const cases: {
      name: string;
      fault: Fault;
      act: (repository: RemoteRepository) => Promise<unknown>;
      operations: string[];
    }[] = [
      {
        name: 'a reset during an upload: a new session is opened',
        fault: { kind: 'reset', operation: 'PUT upload', afterBytesIn: 100_000 },
        act: put,
        operations: ['POST upload 202', 'PUT upload 0', 'POST upload 202', 'PUT upload 201'],
      },
      {
        name: 'an upload whose response is lost',
        fault: { kind: 'reset', operation: 'PUT upload', afterBytesOut: 0 },
        act: put,
        operations: ['POST upload 202', 'PUT upload 201', 'POST upload 202', 'PUT upload 201'],
      },
      {
        name: 'an upload session that the registry has lost',
        fault: { kind: 'exception', operation: 'PUT upload', exception: 'UploadNotFoundException' },
        act: put,
        operations: ['POST upload 202', 'PUT upload 404', 'POST upload 202', 'PUT upload 201'],
      },
      {
        name: 'a throttled session',
        fault: { kind: 'status', operation: 'POST upload', status: 429, retryAfter: 7 },
        act: put,
        operations: ['POST upload 429', 'POST upload 202', 'PUT upload 201'],
      },
      {
        name: 'a failing service',
        fault: { kind: 'status', operation: 'PUT upload', status: 503 },
        act: put,
        operations: ['POST upload 202', 'PUT upload 503', 'POST upload 202', 'PUT upload 201'],
      },
    ];
    test.each(cases)('$name', async ({ fault, act, operations: expected }) => {
      const { scene, repository, operations } = await stand();
      scene.emulator.addFault(fault);
      await act(repository);
      expect(operations()).toEqual(expected);
      // A throttled request also waits for the pace.
      expect([1, 2]).toContain(repository.waits.length);
    });

    test('a truncated manifest', async () => {
      const { scene, repository, operations } = await stand();
      await scene.publish('payroll/web', 'build-1', { name: 'web' });
      const digest = await scene.shared.digestOf('payroll/web', 'build-1');
      if (digest === undefined) throw new Error('the image was published');
      scene.emulator.clearRequests();
      scene.emulator.addFault({ kind: 'truncate', operation: 'GET manifest', afterBytesOut: 50 });
      expect((await repository.manifest({ digest })).digest).toBe(digest);
      expect(operations()).toEqual(['GET manifest 200', 'GET manifest 200']);
    });
  });

  test('fails without a retry if a blob has the wrong bytes', async () => {
    const { repository, operations } = await stand();
    const { blob } = blobOf('a layer');
    const { open } = blobOf('another');
    await expect(repository.putBlob(blob, open)).rejects.toMatchObject({
      code: 'digest-mismatch',
      hint: expect.stringContaining('build again') as unknown,
    });
    expect(operations()).toEqual(['POST upload 202', 'PUT upload 400']);
  });

  test('a missing repository is reported by every operation', async () => {
    const { repository } = await stand({ name: 'payroll/nowhere' });
    const { blob, open } = blobOf('a layer');
    const manifest = parseManifest(Buffer.from('{"schemaVersion":2,"manifests":[]}'), mediaTypes.ociIndex);
    const asked = [
      () => repository.manifest({ digest: blob.digest }),
      () => repository.blob(blob),
      () => repository.putBlob(blob, open),
      () => repository.putManifest(manifest),
    ];
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({
        code: 'repository-missing',
        hint: 'Create the repository. If it existed when the step began, find out who deleted it.',
      });
  });

  test('reports missing content', async () => {
    const { repository } = await stand();
    const { blob } = blobOf('a layer');
    await expect(repository.manifest({ digest: blob.digest })).rejects.toMatchObject({
      code: 'image-missing',
    });
    await expect(repository.blob(blob)).rejects.toMatchObject({ code: 'image-missing' });
  });

  test('distinguishes denied access from missing content', async () => {
    const { repository } = await stand({ as: 'prod' });
    const { blob, open } = blobOf('a layer');
    for (const ask of [
      () => repository.manifest({ digest: blob.digest }),
      () => repository.blob(blob),
      () => repository.putBlob(blob, open),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'access-denied',
        operation: expect.stringMatching(
          /(manifest|blob) sha256:\w+ in 1{4}2{4}3{4}\.dkr\.ecr\.us-east-1\.amazonaws\.com\/payroll\/web$/,
        ) as unknown,
      });
    }
  });
});

describe('a registry with unusual responses', () => {
  const { blob, open } = blobOf('a layer');

  test.each([
    { name: 'a path', location: '/v2/payroll/web/blobs/uploads/7', put: '/v2/payroll/web/blobs/uploads/7?' },
    {
      name: 'a path with a query',
      location: '/uploads/7?_state=a%2Bb%3D&x=1',
      put: '/uploads/7?_state=a%2Bb%3D&x=1&',
    },
    { name: 'a URL with its real name', location: 'https://registry.example/uploads/7', put: '/uploads/7?' },
  ])('may return $name for an upload', async ({ location, put }) => {
    await using server = await scriptedServer(
      afterwards(({ method }, response) => {
        if (method === 'POST') response.writeHead(202, { location }).end();
        else response.writeHead(201).end();
      }),
    );
    await repositoryAt(server.url).putBlob(blob, open);
    expect(server.requests[1]?.line).toBe(`PUT ${put}digest=${encodeURIComponent(blob.digest)}`);
  });

  test.each([undefined, 'http://['])('must return a location for an upload, not %s', async (location) => {
    await using server = await scriptedServer(
      afterwards((_, response) => response.writeHead(202, location === undefined ? {} : { location }).end()),
    );
    await expect(repositoryAt(server.url).putBlob(blob, open)).rejects.toMatchObject({
      code: 'outside-failed',
      message: expect.stringContaining('returned no upload address') as unknown,
    });
  });

  test('is rejected if it returns the wrong bytes for a manifest', async () => {
    await using server = await scriptedServer((_, response) => response.end('{"manifests":[]}'));
    await expect(repositoryAt(server.url).manifest(blob)).rejects.toMatchObject({ code: 'digest-mismatch' });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    {
      name: 'with a parameter',
      headers: { 'content-type': `${mediaTypes.dockerIndex}; charset=utf-8` },
      type: mediaTypes.dockerIndex,
    },
    { name: 'without a Content-Type', headers: {}, type: mediaTypes.ociIndex },
  ])('may return the type of a manifest $name', async ({ headers, type }) => {
    const content = JSON.stringify({
      mediaType: type === mediaTypes.ociIndex ? type : undefined,
      manifests: [],
    });
    await using server = await scriptedServer((_, response) => response.writeHead(200, headers).end(content));
    expect((await repositoryAt(server.url).manifest({ digest: digestOf(content) })).mediaType).toBe(type);
    expect(server.requests[0]?.headers.accept?.split(', ').sort()).toEqual(Object.values(mediaTypes).sort());
  });

  test.each([
    { name: 'fewer', content: 'a lay' },
    { name: 'more', content: 'a layer and a request' },
  ])('is rejected if it returns $name bytes of a blob than expected', async ({ content }) => {
    await using server = await scriptedServer((_, response) => response.end(content));
    await expect(buffer(await repositoryAt(server.url).blob(blob))).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
  });

  test('that breaks off a blob must send the whole blob again', async () => {
    let asked = 0;
    await using from = await scriptedServer((_, response) => {
      asked += 1;
      if (asked > 1) return response.end('a layer');
      response.writeHead(200, { 'content-length': blob.size }).write('a l');
      return setTimeout(() => response.destroy(), 20);
    });
    await using to = await scriptedServer(
      afterwards(({ method }, response) =>
        response.writeHead(method === 'POST' ? 202 : 201, { location: '/x' }).end(),
      ),
    );
    const source = repositoryAt(from.url, { host: 'source.example' });
    await repositoryAt(to.url).putBlob(blob, () => source.blob(blob));
    // The first upload may end before the registry has noticed it.
    const methods = to.requests.map(({ line }) => line.slice(0, 4).trim());
    expect(methods.toSorted()).toEqual(['POST', 'POST', 'PUT', 'PUT']);
  });

  test('that breaks off a blob each time is named in the error', async () => {
    await using from = await scriptedServer((_, response) => {
      response.writeHead(200, { 'content-length': blob.size }).write('a l');
      setTimeout(() => response.destroy(), 5);
    });
    await using to = await scriptedServer((request, response) => {
      request.resume();
      if (request.method === 'POST') response.writeHead(202, { location: '/x' }).end();
    });
    const source = repositoryAt(from.url, { host: 'source.example' });
    await expect(repositoryAt(to.url).putBlob(blob, () => source.blob(blob))).rejects.toMatchObject({
      code: 'registry-unreachable',
      message: expect.stringContaining('source.example: ') as unknown,
    });
  });
});
