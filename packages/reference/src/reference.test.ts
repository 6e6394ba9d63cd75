import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from './digest.ts';
import { formatReference, parseReference } from './reference.ts';

const digest = digestOf('manifest');
const imageId = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a';

describe('parseReference', () => {
  test.each([
    { text: 'busybox', expected: 'docker.io/library/busybox:latest' },
    { text: 'busybox:1.37', expected: 'docker.io/library/busybox:1.37' },
    { text: 'bitnami/redis', expected: 'docker.io/bitnami/redis:latest' },
    { text: 'docker.io/busybox', expected: 'docker.io/library/busybox:latest' },
    { text: 'index.docker.io/library/busybox', expected: 'docker.io/library/busybox:latest' },
    { text: 'index.docker.io/busybox', expected: 'docker.io/library/busybox:latest' },
    { text: 'docker.io/library/foo/bar', expected: 'docker.io/library/foo/bar:latest' },
    { text: 'a.b/c', expected: 'a.b/c:latest' },
    { text: 'test_com/c', expected: 'docker.io/test_com/c:latest' },
    { text: 'localhost/c', expected: 'localhost/c:latest' },
    { text: 'localhost', expected: 'docker.io/library/localhost:latest' },
    { text: 'localhost:5000/x', expected: 'localhost:5000/x:latest' },
    { text: 'localhost:5000/x:1', expected: 'localhost:5000/x:1' },
    { text: 'host:5000', expected: 'docker.io/library/host:5000' },
    { text: 'Docker/docker', expected: 'Docker/docker:latest' },
    { text: '192.168.0.1:8/debian', expected: '192.168.0.1:8/debian:latest' },
    { text: '[fc00::1]:5000/docker', expected: '[fc00::1]:5000/docker:latest' },
    { text: 'docker---rules/docker', expected: 'docker.io/docker---rules/docker:latest' },
    { text: `busybox@${digest}`, expected: `docker.io/library/busybox@${digest}` },
    { text: `a.b/c:1.0@${digest}`, expected: `a.b/c:1.0@${digest}` },
    { text: `${imageId}0`, expected: `docker.io/library/${imageId}0:latest` },
    { text: `docker.io/${imageId}`, expected: `docker.io/library/${imageId}:latest` },
    {
      text: '111122223333.dkr.ecr.us-east-1.amazonaws.com/dockerhub/library/nginx:1.27-alpine',
      expected: '111122223333.dkr.ecr.us-east-1.amazonaws.com/dockerhub/library/nginx:1.27-alpine',
    },
  ])('reads $text as $expected', ({ text, expected }) => {
    const reference = parseReference(text);
    expect(reference && formatReference(reference)).toBe(expected);
  });

  test('returns host, repository, tag and digest', () => {
    expect(parseReference(`localhost:5000/team/app:1.0@${digest}`)).toEqual({
      host: 'localhost:5000',
      repository: 'team/app',
      tag: '1.0',
      digest,
    });
  });

  test.each([
    { name: 'an empty text', text: '' },
    { name: 'a capital letter in the repository', text: 'docker/Docker' },
    { name: 'a URL', text: 'https://github.com/docker/docker' },
    { name: 'a leading hyphen', text: '-docker/docker' },
    { name: 'a host that starts with a hyphen', text: '-docker.io/docker/docker' },
    { name: 'a host with an empty label', text: 'a..b/c' },
    { name: 'a colon without a port', text: 'host:/c' },
    { name: 'a port of letters', text: 'host:port/c' },
    { name: 'an IPv6 address without brackets', text: 'fc00::1:5000/debian' },
    { name: 'an IPv6 address with a zone', text: '[fe80::1%eth0]:5000/debian' },
    { name: 'an empty component', text: 'a.b//c' },
    { name: 'a host alone', text: 'a.b/' },
    { name: 'an empty tag', text: 'busybox:' },
    { name: 'a tag that starts with a hyphen', text: 'busybox:-1' },
    { name: 'two tags', text: 'busybox:1:2' },
    { name: 'another digest algorithm', text: `busybox@sha512:${'0'.repeat(128)}` },
    { name: 'two digests', text: `busybox@${digest}@${digest}` },
    { name: 'the id of an image', text: imageId },
    { name: 'a repository longer than 255 characters', text: `a.b/${'c'.repeat(256)}` },
    { name: 'a line end', text: 'busybox\n' },
    { name: 'a variable', text: '$BASE' },
  ])('rejects $name', ({ text }) => {
    expect(parseReference(text)).toBeUndefined();
  });

  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const component = fc
    .array(fc.tuple(word, fc.constantFrom('.', '_', '__', '-', '--')), { maxLength: 3 })
    .chain((pieces) => word.map((last) => pieces.flat().join('') + last));
  const reference = fc.record({
    host: fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', 'HOST', '[::1]:5000'),
    repository: fc.array(component, { minLength: 2, maxLength: 4 }).map((components) => components.join('/')),
    tag: fc.stringMatching(/^\w[\w.-]{0,127}$/),
    digest: fc.option(
      fc.string().map((bytes) => digestOf(bytes)),
      { nil: undefined },
    ),
  });

  test('parses every formatted reference', () => {
    fc.assert(
      fc.property(reference, (one) => {
        expect(parseReference(formatReference(one))).toEqual(one);
      }),
    );
  });

  test('returns undefined for any text, or a reference that parses to itself once formatted', () => {
    const noise = fc.stringMatching(/^[aA0.:/@_[\]-]{0,20}$/);
    fc.assert(
      fc.property(noise, (text) => {
        const parsed = parseReference(text);
        fc.pre(parsed !== undefined);
        expect(parseReference(formatReference(parsed))).toEqual(parsed);
      }),
    );
  });
});
