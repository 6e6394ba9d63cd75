import { describe, expect, test } from '@jest/globals';
import { throughCache, upstreamHost, type PullThroughCache } from './pull-through.ts';
import { formatReference, parseReference } from './reference.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const cacheOf = (upstream: string, prefix: string, upstreamPrefix = ''): PullThroughCache => ({
  upstream,
  upstreamPrefix,
  host,
  prefix,
});

const caches = [
  cacheOf('docker.io', 'docker-hub'),
  cacheOf('docker.io', 'acme-hub', 'acme'),
  cacheOf('ghcr.io', 'github'),
  cacheOf('quay.io', ''),
];

function cached(image: string): string | undefined {
  const reference = parseReference(image);
  const found = reference === undefined ? undefined : throughCache(reference, caches);
  return found === undefined ? undefined : formatReference(found).replace(host, 'ECR');
}

describe('throughCache', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each([
    { image: 'busybox', expected: 'ECR/docker-hub/library/busybox:latest' },
    { image: 'busybox:1.37', expected: 'ECR/docker-hub/library/busybox:1.37' },
    { image: 'docker.io/library/busybox:1.37', expected: 'ECR/docker-hub/library/busybox:1.37' },
    { image: 'index.docker.io/bitnami/redis:7', expected: 'ECR/docker-hub/bitnami/redis:7' },
    { image: `node:22@${digest}`, expected: `ECR/docker-hub/library/node:22@${digest}` },
    { image: `node@${digest}`, expected: `ECR/docker-hub/library/node@${digest}` },
    { image: 'acme/web:1', expected: 'ECR/acme-hub/web:1' },
    { image: 'acme/a/b:1', expected: 'ECR/acme-hub/a/b:1' },
    { image: 'acmeplus/web:1', expected: 'ECR/docker-hub/acmeplus/web:1' },
    { image: 'ghcr.io/team/tool:2', expected: 'ECR/github/team/tool:2' },
    { image: 'quay.io/team/tool:2', expected: 'ECR/team/tool:2' },
    { image: 'registry.k8s.io/pause:3', expected: undefined },
    { image: `${host}/docker-hub/library/busybox:1`, expected: undefined },
    { image: 'localhost:5000/busybox', expected: undefined },
  ])('maps $image to $expected', ({ image, expected }) => {
    expect(cached(image)).toBe(expected);
  });
});

test.each([
  ['registry-1.docker.io', 'docker.io'],
  ['https://registry-1.docker.io', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['docker.io', 'docker.io'],
  ['https://ghcr.io/', 'ghcr.io'],
  ['Quay.io', 'quay.io'],
])('returns the registry of the upstream %s: %s', (text, expected) => {
  expect(upstreamHost(text)).toBe(expected);
});
