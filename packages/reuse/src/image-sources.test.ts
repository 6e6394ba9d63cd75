import { describe, expect, test } from '@jest/globals';
import { parseEndpoints } from '@towpath/oci';
import { parseDigest } from '@towpath/reference';
import {
  pullAddress,
  substitutes,
  takesContexts,
  type ImageSources,
  type NamingDockerfile,
} from './image-sources.ts';

const ecr = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const caches = [
  { upstream: 'docker.io', upstreamPrefix: '', host: ecr, prefix: 'docker-hub' },
  { upstream: 'quay.io', upstreamPrefix: '', host: 'mirror.example', prefix: '' },
];
const plain: ImageSources = { caches, endpoints: new Map() };
const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
const known: ImageSources = {
  ...plain,
  digests: new Map(['busybox:1', 'ghcr.io/a/b:1', `ghcr.io/a/b@${digest}`].map((name) => [name, digest])),
};
const local: ImageSources = {
  caches,
  endpoints: parseEndpoints(`{"${ecr}":"https://far.example/ecr/","ghcr.io":"http://127.0.0.1:5000"}`),
};

describe('the address of an image', () => {
  test.each([
    { image: 'busybox:1', sources: plain, expected: `${ecr}/docker-hub/library/busybox:1` },
    { image: 'quay.io/a/b', sources: plain, expected: 'mirror.example/a/b:latest' },
    { image: 'ghcr.io/a/b:1', sources: plain, expected: undefined },
    { image: `${ecr}/a:1`, sources: plain, expected: undefined },
    { image: 'no reference', sources: plain, expected: undefined },
    { image: 'busybox:1', sources: known, expected: `${ecr}/docker-hub/library/busybox:1@${digest}` },
    { image: 'ghcr.io/a/b:1', sources: known, expected: `ghcr.io/a/b:1@${digest}` },
    { image: 'ghcr.io/a/b:2', sources: known, expected: undefined },
    { image: `ghcr.io/a/b@${digest}`, sources: known, expected: undefined },
    { image: 'busybox:1', sources: local, expected: 'far.example/ecr/docker-hub/library/busybox:1' },
    { image: `${ecr}/a:1`, sources: local, expected: 'far.example/ecr/a:1' },
    { image: 'ghcr.io/a/b:1', sources: local, expected: '127.0.0.1:5000/a/b:1' },
  ])('of $image is $expected', ({ image, sources, expected }) => {
    expect(pullAddress(image, sources)).toBe(expected);
  });
});

function naming(baseImages: readonly string[], stages: readonly string[] = []): NamingDockerfile {
  return { baseImages, stages: new Set(stages), frontend: undefined };
}

test('creates no context for images that are pulled by their own name', () => {
  expect(substitutes(naming(['ghcr.io/a/b:1', 'x y']), plain)).toEqual({
    contexts: new Map(),
    hidden: new Map(),
  });
});

test('creates a context for every image except one that has the name of a stage', () => {
  const images = ['alpine', 'docker.io/library/node:latest', 'alpine:3', 'team/build', 'Build:latest'];
  const { contexts, hidden } = substitutes(naming(images, ['alpine', 'node', 'build']), plain);
  expect([...contexts.keys()]).toEqual(['alpine:3', 'team/build']);
  expect([...hidden]).toEqual([
    ['alpine', 'stage'],
    ['docker.io/library/node:latest', 'stage'],
  ]);
});

test('creates no context if the frontend is too old for contexts', () => {
  const image = { ...naming(['alpine:3', 'ghcr.io/a/b:1']), frontend: { image: 'docker/dockerfile:1.2' } };
  const found = substitutes(image, { ...plain, oldFrontends: new Set(['docker/dockerfile:1.2']) });
  expect(found).toEqual({ contexts: new Map(), hidden: new Map([['alpine:3', 'frontend']]) });
  expect(substitutes(image, plain).hidden).toEqual(new Map());
});

test.each([
  {
    caps: 'moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts',
    expected: true,
  },
  { caps: 'moby.buildkit.frontend.inputs', expected: false },
  { caps: undefined, expected: false },
])('detects support for contexts from the capabilities $caps: $expected', ({ caps, expected }) => {
  expect(takesContexts(caps === undefined ? {} : { 'moby.buildkit.frontend.caps': caps })).toBe(expected);
});
