import { ECRClient } from '@aws-sdk/client-ecr';
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public';
import { afterEach, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PrivateEcr, PublicEcr } from './aws.ts';
import { requireOwnAlias } from './public-registry.ts';
import { listTags } from './list-tags.ts';
import { pullThroughRules } from './pull-through-rules.ts';
import { readPages } from './pages.ts';
import { newestImage } from './pushed-at.ts';
import { listReferrers } from './referrers.ts';
import { readScan } from './scan.ts';

const digest = digestOf('an image');
const enough = 50;

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** Starts an API with endless pages and two alternating tokens. It fails after 50 pages. */
async function endless(): Promise<{ readonly url: string; readonly pages: () => number }> {
  let pages = 0;
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      pages += 1;
      response.statusCode = pages > enough ? 400 : 200;
      const nextToken = pages % 2 === 0 ? 'even' : 'odd';
      response.end(JSON.stringify({ nextToken, imageScanStatus: { status: 'COMPLETE' } }));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, pages: () => pages };
}

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };

function privateEcr(endpoint: string): PrivateEcr {
  const client = new ECRClient({ endpoint, region: 'us-east-1', credentials });
  const account = '111122223333';
  return {
    kind: 'private',
    client,
    account,
    region: 'us-east-1',
    host: `${account}.dkr.ecr.us-east-1.amazonaws.com`,
  };
}

function publicEcr(endpoint: string): PublicEcr {
  const client = new ECRPUBLICClient({ endpoint, region: 'us-east-1', credentials });
  const remote = () => {
    throw new Error('unexpected call of the registry');
  };
  return {
    kind: 'public',
    client: () => Promise.resolve(client),
    alias: 'team',
    host: 'public.ecr.aws',
    remote,
  };
}

const readers: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'tags of a repository': (url) => listTags(privateEcr(url), 'team/a'),
  'referrers of an image': (url) => listReferrers(privateEcr(url), 'team/a', digest, ['x/y']),
  'images of a repository': (url) => newestImage(privateEcr(url), 'team/a'),
  'findings of an image': (url) => readScan(privateEcr(url), 'team/a', digest),
  'pull-through rules of a registry': (url) => pullThroughRules(privateEcr(url)),
  'public registries of an account': (url) => requireOwnAlias(publicEcr(url)),
};

test.each(Object.entries(readers))('stops reading %s if a page token repeats', async (_, read) => {
  const { url, pages } = await endless();
  await expect(read(url)).rejects.toMatchObject({
    code: 'outside-failed',
    message: expect.stringContaining('endless pages') as unknown,
  });
  expect(pages()).toBe(3);
});

test('reads all pages, at most 1,000', async () => {
  const count = async (last: number): Promise<number> => {
    let pages = 0;
    const read = (token = '0') =>
      Promise.resolve({ nextToken: Number(token) + 1 < last ? String(Number(token) + 1) : undefined });
    const iterator = readPages({ operation: 'ecr:ListImages' }, read);
    while ((await iterator.next()).done !== true) pages += 1;
    return pages;
  };
  expect(await count(1)).toBe(1);
  expect(await count(1000)).toBe(1000);
  await expect(count(1001)).rejects.toMatchObject({
    code: 'outside-failed',
    message: 'ecr:ListImages returned endless pages: stopped after 1000.',
  });
});
