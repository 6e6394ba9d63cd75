import { ECRClient } from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { previewLifecycle, type PreviewedImage } from './lifecycle-preview.ts';

const policy = '{"rules":[]}';
const digest = `sha256:${'a'.repeat(64)}`;
const expiring = {
  imageDigest: digest,
  imageTags: ['a'],
  action: { type: 'EXPIRE' },
  appliedRulePriority: 1,
};

/** Reads a preview from a server that gives these answers, the last one again and again. */
async function preview(...answers: readonly object[]): Promise<readonly PreviewedImage[]> {
  let read = 0;
  const server = createServer((request, response) => {
    const isStart = String(request.headers['x-amz-target']).endsWith('.StartLifecyclePolicyPreview');
    const answer = isStart ? { status: 'IN_PROGRESS' } : answers[Math.min(read++, answers.length - 1)];
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const client = new ECRClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
  const registry = { kind: 'private', account: '111122223333', region: 'us-east-1', host, client } as const;
  try {
    return await previewLifecycle(registry, 'web', policy, { sleep: () => Promise.resolve() });
  } finally {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test.each<{ name: string; answers: readonly object[]; message: string }>([
  { name: 'failed', answers: [{ status: 'FAILED' }], message: 'ended with FAILED' },
  { name: 'expired', answers: [{ status: 'EXPIRED' }], message: 'ended with EXPIRED' },
  { name: 'has no status', answers: [{}], message: 'ended with no status' },
  { name: 'never ends', answers: [{ status: 'IN_PROGRESS' }], message: 'did not finish in ten minutes' },
  {
    name: 'expires between two pages',
    answers: [{ status: 'COMPLETE', previewResults: [expiring], nextToken: 'x' }, { status: 'EXPIRED' }],
    message: 'ended with EXPIRED',
  },
  {
    name: 'is one of another policy',
    answers: [{ status: 'COMPLETE', lifecyclePolicyText: '{"rules":[1]}' }],
    message: 'belongs to another policy',
  },
  {
    name: 'has an unknown action',
    answers: [{ status: 'COMPLETE', previewResults: [{ ...expiring, action: { type: 'BURN' } }] }],
    message: 'unknown preview of an image',
  },
])('a preview that $name is an error, never an empty list', async ({ answers, message }) => {
  await expect(preview(...answers)).rejects.toThrow(message);
});

test('a preview is read page by page once it is complete', async () => {
  const complete = { status: 'COMPLETE', lifecyclePolicyText: ' { "rules": [] } ' };
  const images = await preview(
    { status: 'IN_PROGRESS' },
    { ...complete, previewResults: [expiring], nextToken: 'x' },
    { ...complete, previewResults: [{ ...expiring, action: { type: 'TRANSITION' }, imageTags: [] }] },
  );
  expect(images).toEqual([
    { digest, tags: ['a'], action: 'expire', rule: 1 },
    { digest, tags: [], action: 'archive', rule: 1 },
  ]);
});
