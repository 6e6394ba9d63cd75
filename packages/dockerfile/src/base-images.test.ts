import { describe, expect, test } from '@jest/globals';
import type { Platform } from '@towpath/reference';
import { baseImages, stageNames } from './base-images.ts';

const amd64: Platform = { os: 'linux', architecture: 'amd64' };
const armV7: Platform = { os: 'linux', architecture: 'arm', variant: 'v7' };

function imagesOf(
  lines: readonly string[],
  { args = {}, platforms = [amd64] }: { args?: Record<string, string>; platforms?: readonly Platform[] } = {},
): readonly string[] {
  return baseImages(lines.join('\n'), { args: new Map(Object.entries(args)), platforms });
}

describe('baseImages', () => {
  test.each([
    { name: 'returns the image of FROM', lines: ['FROM busybox:1.37'], expected: ['busybox:1.37'] },
    {
      name: 'returns each image once',
      lines: ['FROM a', 'FROM b', 'FROM a', 'COPY --from=0 x y', 'COPY --from=1 x y'],
      expected: ['a', 'b'],
    },
    {
      name: 'skips images of stages that the target does not need',
      lines: ['FROM private AS unused', 'COPY --from=other x y', 'FROM a AS used', 'FROM used'],
      expected: ['a'],
    },
    { name: 'skips scratch', lines: ['FROM scratch'], expected: [] },
    {
      name: 'returns the images of ONBUILD in the base stage',
      lines: [
        'FROM a AS base',
        'ONBUILD COPY --from=b x y',
        'ONBUILD RUN --mount=type=bind,from=c true',
        'ONBUILD COPY --from=other x y',
        'FROM d AS other',
        'FROM base',
      ],
      expected: ['a', 'd', 'b', 'c'],
    },
    {
      name: 'skips the images of an ONBUILD that no stage runs',
      lines: ['FROM a', 'ONBUILD COPY --from=b x y'],
      expected: ['a'],
    },
    {
      name: 'takes a number in a mount for an image',
      lines: ['FROM a AS first', 'FROM b', 'RUN --mount=from=0,target=/x true'],
      expected: ['b', '0'],
    },
    {
      name: 'skips earlier stages',
      lines: ['FROM golang AS Build', 'FROM build AS test', 'FROM TEST'],
      expected: ['golang'],
    },
    {
      name: 'returns an image with the name of its own stage',
      lines: ['FROM alpine AS alpine', 'FROM node as node', 'COPY --from=alpine a b'],
      expected: ['alpine', 'node'],
    },
    {
      name: 'returns an image with the name of a later stage',
      lines: ['FROM build', 'FROM golang AS build', 'COPY --from=0 x y'],
      expected: ['build', 'golang'],
    },
    {
      name: 'returns an image with a digest, a port and a platform',
      lines: ['FROM --platform=$BUILDPLATFORM localhost:5000/x:1@sha256:abc AS x'],
      expected: ['localhost:5000/x:1@sha256:abc'],
    },
    {
      name: 'returns the image of COPY --from among other flags',
      lines: [
        'FROM scratch',
        'COPY --from=nginx:1 a b',
        'COPY --link --from=redis a b',
        'copy --from=7zip --chown=1:1 --chmod=755 a b',
      ],
      expected: ['nginx:1', 'redis', '7zip'],
    },
    {
      name: 'skips stages in COPY --from, by name or number, earlier or later',
      lines: [
        'FROM a AS one',
        'COPY --from=ONE x y',
        'COPY --from=0 x y',
        'COPY --from=two x y',
        'FROM b AS two',
        'COPY --from=one x y',
      ],
      expected: ['a', 'b'],
    },
    {
      name: 'returns the images of RUN --mount',
      lines: [
        'FROM a AS one',
        'RUN --mount=type=bind,from=tools:1,target=/t --mount=from=more,target=/m \\',
        '    --mount=type=cache,target=/c --network=none true',
        'RUN --mount=type=bind,from=one,target=/t true',
      ],
      expected: ['a', 'tools:1', 'more'],
    },
    {
      name: 'skips the content of heredocs',
      lines: [
        'FROM a',
        'RUN <<EOF',
        'FROM fake',
        'COPY --from=fake x y',
        'EOF',
        'RUN <<-ONE cat && <<"TWO" cat',
        'FROM fake',
        '\tONE',
        'FROM fake',
        'TWO',
        'COPY <<EOF /file',
        'FROM fake',
        'EOF',
        'COPY --from=b x y',
      ],
      expected: ['a', 'b'],
    },
    {
      name: 'skips comments and commands',
      lines: [
        '# FROM fake',
        'FROM a',
        '  # COPY --from=fake x y',
        'RUN echo --mount=from=fake',
        'RUN FROM fake',
      ],
      expected: ['a'],
    },
    {
      name: 'reads instructions in lower case, indented and over several lines',
      lines: ['  from \\', '# why', '    a \\', '    as one', '\tcopy --from=b \\', '  x y'],
      expected: ['a', 'b'],
    },
    { name: 'returns nothing for an empty file', lines: [], expected: [] },
    { name: 'skips a FROM without an image', lines: ['FROM', 'FROM a'], expected: ['a'] },
  ])('$name', ({ lines, expected }) => {
    expect(imagesOf(lines)).toEqual(expected);
  });

  test('accepts a byte order mark and CRLF line ends', () => {
    expect(imagesOf(['\uFEFFFROM a AS one\r', 'COPY --from=b x y\r', 'FROM one\r'])).toEqual(['a', 'b']);
  });
});

describe('baseImages, with arguments', () => {
  test.each([
    { name: 'uses the default of an ARG', lines: ['ARG V=1.37', 'FROM a:$V'], expected: ['a:1.37'] },
    {
      name: 'expands an ARG in the default of another',
      lines: ['ARG A=1', 'ARG B=${A}.2', 'FROM a:$B'],
      expected: ['a:1.2'],
    },
    { name: 'reads several ARGs of one line', lines: ['ARG A=1 B="2"', 'FROM a:$A.$B'], expected: ['a:1.2'] },
    {
      name: 'reads quoted defaults',
      lines: [`ARG A="x-$TARGETARCH" B='$A'`, 'FROM $A:$B'],
      expected: ['x-amd64:$A'],
    },
    { name: 'reads escaped defaults', lines: ['ARG A=\\$B', 'FROM a:$A'], expected: ['a:$B'] },
    { name: 'accepts an ARG without a default', lines: ['ARG A', 'FROM ${A:-b}'], expected: ['b'] },
    {
      name: 'skips an image that expands to nothing',
      lines: ['ARG A', 'FROM $A', 'FROM b'],
      expected: ['b'],
    },
    {
      name: 'ignores an ARG after the first FROM',
      lines: ['FROM a:${V:-1}', 'ARG V=2', 'FROM b:${V:-1}', 'COPY --from=0 x y'],
      expected: ['a:1', 'b:1'],
    },
    {
      name: 'finds a stage by an ARG',
      lines: ['ARG BASE=build', 'FROM golang AS build', 'FROM $BASE'],
      expected: ['golang'],
    },
    {
      name: 'uses the character of the escape directive',
      lines: ['# escape=`', 'ARG A=a`$b', 'FROM $A'],
      expected: ['a$b'],
    },
  ])('$name', ({ lines, expected }) => {
    expect(imagesOf(lines)).toEqual(expected);
  });

  test('uses build args in place of defaults, without expanding them', () => {
    expect(
      imagesOf(['ARG HOST=docker.io', 'ARG V', 'FROM $HOST/a:$V'], { args: { HOST: '$V', V: '2' } }),
    ).toEqual(['$V/a:2']);
  });

  test('uses an empty build arg', () => {
    expect(imagesOf(['ARG SUFFIX=-slim', 'FROM a$SUFFIX'], { args: { SUFFIX: '' } })).toEqual(['a']);
  });

  test('ignores a build arg that the Dockerfile does not declare', () => {
    expect(imagesOf(['FROM a:${V:-1}'], { args: { V: '2' } })).toEqual(['a:1']);
  });

  test('returns an image for each platform', () => {
    const lines = [
      'FROM a:$TARGETOS-$TARGETARCH$TARGETVARIANT AS one',
      'FROM b:${TARGETPLATFORM}',
      'FROM c',
      'COPY --from=one x y',
      'COPY --from=1 x y',
    ];
    expect(imagesOf(lines, { platforms: [amd64, armV7] })).toEqual([
      'a:linux-amd64',
      'b:linux/amd64',
      'c',
      'a:linux-armv7',
      'b:linux/arm/v7',
    ]);
  });

  test('fills in the platform of the builder', () => {
    const text =
      'FROM --platform=$BUILDPLATFORM go:$BUILDARCH AS build\nFROM a:$TARGETARCH\nCOPY --from=build x y';
    const options = { args: new Map(), platforms: [armV7], buildPlatform: amd64 };
    expect(baseImages(text, options)).toEqual(['go:amd64', 'a:arm']);
  });

  test('leaves platform arguments empty if the platform is unknown', () => {
    expect(imagesOf(['FROM a', 'FROM b$TARGETARCH', 'COPY --from=0 x y'], { platforms: [] })).toEqual([
      'a',
      'b',
    ]);
  });
});

describe('baseImages, with a target', () => {
  const text = 'FROM a AS one\nFROM b AS Two\nCOPY --from=c x y\nFROM one AS three\nFROM private';
  const of = (target?: string, contexts?: ReadonlySet<string>) =>
    baseImages(text, { args: new Map(), platforms: [amd64], target, contexts });

  test.each([
    { target: 'one', expected: ['a'] },
    { target: 'TWO', expected: ['b', 'c'] },
    { target: '1', expected: ['b', 'c'] },
    { target: 'three', expected: ['a'] },
    { target: undefined, expected: ['private'] },
    { target: 'gone', expected: [] },
  ])('returns the images of target $target: $expected', ({ target, expected }) => {
    expect(of(target)).toEqual(expected);
  });

  test('skips a stage that a named context replaces', () => {
    expect(of('three', new Set(['one']))).toEqual([]);
    expect(of('two', new Set(['two']))).toEqual([]);
  });
});

test('returns the names of stages in lower case', () => {
  expect([...stageNames('FROM a AS Build\nFROM b\nFROM c as test')]).toEqual(['build', 'test']);
});
