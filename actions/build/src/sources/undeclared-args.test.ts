import { expect, test } from '@jest/globals';
import { annotateUndeclaredArgs } from './undeclared-args.ts';

const image = (name: string, text: string, args: readonly string[] = [], frontend?: string) => ({
  image: { name, dockerfile: `${name}/Dockerfile`, args: new Map(args.map((arg) => [arg, 'x'])) },
  text,
  frontend: frontend === undefined ? undefined : { image: frontend, args: [] },
});

const versioned = 'ARG BASE=busybox\nFROM $BASE\nARG VERSION=1 COMMIT\nRUN true\n';

test.each([
  { args: ['VERSION', 'COMMIT', 'BASE'] },
  { args: ['HTTP_PROXY', 'no_proxy', 'SOURCE_DATE_EPOCH', 'TARGETARCH', 'BUILDKIT_INLINE_CACHE'] },
])('does not warn of declared or predefined args: $args', ({ args }) => {
  const given = new Map(args.map((arg) => [arg, 'x']));
  expect(annotateUndeclaredArgs([image('web', versioned, args)], new Map())).toEqual([]);
  expect(annotateUndeclaredArgs([image('web', versioned), image('job', 'FROM scratch')], given)).toEqual([]);
});

test('warns of an arg that a Dockerfile does not declare, with the image and the nearest ARG', () => {
  expect(annotateUndeclaredArgs([image('web', versioned, ['VERSON'])], new Map())).toEqual([
    {
      level: 'warning',
      title: 'build-args',
      message:
        'Image web has the build arg VERSON, but web/Dockerfile has no ARG VERSON: the arg is ignored. Did you mean VERSION?',
      position: { file: 'web/Dockerfile' },
    },
  ]);
});

test('warns once of an arg in the input that no Dockerfile declares', () => {
  const images = [image('web', versioned), image('job', 'FROM scratch\nARG JOB')];
  expect(
    annotateUndeclaredArgs(
      images,
      new Map([
        ['JOB', ''],
        ['CMMIT', ''],
      ]),
    ).map(({ message }) => message),
  ).toEqual([
    'The input build-args has CMMIT, but no Dockerfile of web, job has ARG CMMIT: the arg is ignored. Did you mean COMMIT?',
  ]);
});

test('does not warn if another frontend may use the args', () => {
  expect(annotateUndeclaredArgs([image('web', '', ['X'], 'example/buildpack')], new Map())).toEqual([]);
  expect(annotateUndeclaredArgs([image('web', '', ['X'], 'docker/dockerfile:1')], new Map())).toHaveLength(1);
});
