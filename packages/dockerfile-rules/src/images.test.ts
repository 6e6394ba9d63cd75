import { describe, expect, test } from '@jest/globals';
import { parsePlatform } from '@towpath/reference';
import { found } from './harness/found.ts';
import { lint, type LintOptions } from './index.ts';

describe('images', () => {
  const only = ['base-tag', 'base-docker-hub', 'base-digest', 'base-mirror'];
  const tags = (text: string, options?: LintOptions) =>
    found(text, ['base-tag'], options).map((one) => one.split(' ')[0]);
  test.each<[name: string, text: string, lines: readonly string[]]>([
    ['no tag', 'FROM node', ['1']],
    ['latest', 'FROM quay.io/a/b:latest AS x', ['1']],
    ['a registry with a port', 'FROM localhost:5000/a', ['1']],
    ['a digest', `FROM node@sha256:${'a'.repeat(64)}`, []],
    [
      'a stage, scratch and a number',
      'FROM node:1 AS b\nFROM b\nCOPY --from=b /a /b\nCOPY --from=0 /a /b\nFROM scratch',
      [],
    ],
    ['a default of ARG', 'ARG V=22\nFROM node:$V\nFROM node:${V:-1}', []],
    ['an image in an ARG without a tag', 'ARG BASE=node\nFROM ${BASE}', ['2']],
    ['a default where the ARG is used', 'FROM ${BASE:-node}\nFROM ${BASE-node:1}', ['1']],
    ['an ARG without a default', 'ARG BASE\nFROM $BASE\nFROM node:$BASE', []],
    ['COPY --from', 'FROM a:1\nCOPY --from=nginx /a /b', ['2']],
    ['RUN --mount', 'FROM a:1\nRUN --mount=type=bind,from=tools/x,target=/t true', ['2']],
    ['a platform', 'FROM --platform=$BUILDPLATFORM node AS node', ['1']],
    ['CRLF', 'FROM node\r\nRUN a\r\n', ['1']],
    ['the escape directive', '# escape=`\nFROM `\n  node\n', ['2']],
    ['a byte order mark', '\uFEFFFROM node\n', ['1']],
    ['a byte order mark before a directive', '\uFEFF# escape=`\r\nFROM `\r\n  node\r\n', ['2']],
    ['a linked copy', 'FROM a:1\nCOPY --link --from=nginx --chown=1:1 /a /b', ['2']],
    ['a flag in a later line', 'FROM a:1\nCOPY --link \\\n  # why\n  --from=nginx \\\n  /a /b', ['4']],
    ['a stage in upper case', 'FROM node:1 AS Build\nFROM BUILD\nCOPY --from=bUILD /a /b', []],
    ['ONBUILD', 'FROM a:1\nONBUILD COPY --from=nginx /a /b', ['2']],
    ['a stage that comes later', 'FROM later\nFROM node:1 AS later', ['1']],
  ])('%s', (_name, text, lines) => {
    expect(tags(text)).toEqual(lines);
  });

  test('are not reported if a named context replaces them', () => {
    expect(tags('FROM node\nCOPY --from=tools /a /b', { contexts: new Set(['node', 'tools']) })).toEqual([]);
  });

  test('are reported with build args of the configuration', () => {
    expect(tags('ARG BASE\nFROM $BASE', { args: new Map([['BASE', 'node:latest']]) })).toEqual(['2']);
  });

  const mirrors = new Map([['docker.io', '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub']]);
  test.each<[text: string, expected: readonly string[]]>([
    [
      'FROM node:22 AS b',
      ['FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/node:22 AS b'],
    ],
    [
      'FROM a:1\nCOPY --from=grafana/k6:1 /a /b',
      [
        'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/a:1',
        'COPY --from=111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/grafana/k6:1 /a /b',
      ],
    ],
    [
      'FROM scratch\nRUN --mount=from=busybox:1,target=/b true',
      [
        'RUN --mount=from=111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1,target=/b true',
      ],
    ],
  ])('have the line with the cache in the hint of %j', (text, lines) => {
    const { findings } = lint({ file: 'Dockerfile', text, options: { mirrors } });
    const hints = findings.filter(({ rule }) => rule === 'base-mirror').map(({ hint }) => hint);
    expect(hints).toEqual(lines.map((line) => `For other tools, write: ${line}`));
  });

  test('of hosts without a cache are a warning, those of ECR and with a cache are not', () => {
    const text =
      'FROM quay.io/a/b:1\nFROM public.ecr.aws/a/b:1\nFROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/x:1\nFROM node:1';
    expect(found(text, only.slice(3), { mirrors })).toEqual(['1 base-mirror warning', '4 base-mirror info']);
  });

  test.each([
    'dkr.ecr.cn-north-1.amazonaws.com.cn',
    'dkr-ecr.cn-north-1.on.amazonwebservices.com.cn',
    'dkr.ecr-fips.us-gov-west-1.amazonaws.com',
    'dkr.ecr.eusc-de-east-1.amazonaws.eu',
  ])('of ECR at %s need no cache', (host) => {
    expect(found(`FROM 111122223333.${host}/x:1`, only.slice(3), { mirrors })).toEqual([]);
  });

  test('of the dual-stack host of ECR Public need no cache', () => {
    expect(found('FROM ecr-public.aws.com/a/b:1', only.slice(3), { mirrors })).toEqual([]);
  });

  test('of Docker Hub that are official are in ECR Public, unless there is a cache', () => {
    const text = 'FROM node:22\nFROM grafana/k6:1\nFROM docker.io/library/nginx';
    expect(found(text, ['base-docker-hub'])).toEqual(['1 base-docker-hub info', '3 base-docker-hub info']);
    expect(found(text, ['base-docker-hub'], { mirrors })).toEqual([]);
  });
});

describe('users, stages, arguments and platforms', () => {
  const only = [
    'user-root',
    'user-missing',
    'stage-undefined',
    'stage-self',
    'stage-name',
    'stage-unused',
    'arg-scope',
    'arg-undeclared',
    'platform-unknown',
    'platform-fixed',
  ];
  test.each<[name: string, text: string, expected: readonly string[]]>([
    ['a user at the end', 'FROM a:1\nUSER root\nRUN a\nUSER app', []],
    ['root by number, with a group', 'FROM a:1\nUSER 0:0', ['2 user-root warning']],
    ['root in a variable', 'FROM a:1\nARG U=root\nUSER $U', ['3 user-root warning']],
    ['an unknown variable', 'FROM a:1\nUSER ${APP_UID}', []],
    ['the administrator of Windows', 'FROM a:1\nUSER ContainerAdministrator', ['2 user-root warning']],
    [
      'the system account of Windows, in another case',
      '# escape=`\nFROM a:1\nUSER "nt authority\\system"',
      ['3 user-root warning'],
    ],
    [
      'an ordinary user of Windows, and of Linux',
      'FROM a:1 AS b\nUSER ContainerUser\nFROM b\nUSER system',
      [],
    ],
    ['an image of Windows with a user of its own', 'FROM mcr.microsoft.com/windows/nanoserver:ltsc2025', []],
    ['root in another stage', 'FROM a:1 AS b\nUSER root\nFROM a:1\nUSER 1\nCOPY --from=b /a /b', []],
    ['the user of a base stage', 'FROM a:1 AS b\nUSER 0\nFROM b\nRUN x', ['2 user-root warning']],
    ['no user', 'FROM a:1', ['1 user-missing info']],
    ['an image with a user of its own', 'FROM gcr.io/distroless/static:nonroot', []],
    ['a base of AWS Lambda', 'FROM public.ecr.aws/lambda/nodejs:22\nUSER root', []],
    [
      'a misspelt stage',
      'FROM a:1 AS builder\nFROM a:1\nUSER 1\nCOPY --from=buidler /a /b',
      ['1 stage-unused info', '4 stage-undefined error'],
    ],
    [
      'a stage number that does not exist',
      'FROM a:1\nUSER 1\nCOPY --from=3 /a /b',
      ['3 stage-undefined error'],
    ],
    [
      'a stage that is defined later',
      'FROM a:1 AS one\nUSER 1\nCOPY --from=two /a /b\nFROM a:1 AS two\nUSER 1',
      ['1 stage-unused info', '3 stage-undefined error'],
    ],
    [
      'a stage without any stage of this name',
      'FROM a:1\nUSER 1\nCOPY --from=builder /a /b',
      ['3 stage-undefined error'],
    ],
    ['an image as a source', 'FROM a:1\nUSER 1\nCOPY --from=busybox:1 /a /b\nCOPY --from=golang /a /b', []],
    [
      'upper case in the names of bases, mounts and linked copies',
      'FROM a:1 AS Build\nUSER 1\nFROM BUILD AS Run\nCOPY --link --chown=1:1 --from=build /a /b\nRUN --mount=type=bind,from=Build,target=/b true',
      [],
    ],
    [
      'a linked copy of a stage from itself',
      'FROM a:1 AS Run\nUSER 1\nCOPY --link --from=RUN /a /b',
      ['3 stage-self error'],
    ],
    ['upper case in names', 'FROM a:1 AS Build\nFROM a:1\nUSER 1\nCOPY --from=BUILD /a /b', []],
    [
      'a stage that copies from itself, by name and number',
      'FROM a:1 AS x\nCOPY --from=x /a /b\nUSER 1\nRUN --mount=from=x,target=/y a\nCOPY --from=0 /a /b',
      ['2 stage-self error', '4 stage-self error', '5 stage-self error'],
    ],
    ['a stage with the name of its image', 'FROM node:22 AS node\nUSER 1', []],
    [
      'two stages of a name',
      'FROM a:1 AS x\nFROM a:1 AS X\nUSER 1',
      ['1 stage-unused info', '2 stage-name error'],
    ],
    ['a reserved name', 'FROM a:1 AS scratch\nUSER 1', ['1 stage-name error']],
    [
      'an ARG of the file in a stage',
      'ARG V=1\nFROM a:1\nUSER 1\nRUN echo $V\nENV A=${V}',
      ['4 arg-scope warning', '5 arg-scope warning'],
    ],
    ['an ARG that is declared again', 'ARG V=1\nFROM a:1\nARG V\nUSER 1\nRUN echo $V\nENV A=${V}', []],
    ['an ARG that is inherited', 'FROM a:1 AS b\nARG V=1\nFROM b\nUSER 1\nENV A=$V', []],
    [
      'an ARG of a stage that is not inherited',
      'FROM scratch AS b\nARG V=1\nFROM scratch\nUSER 1\nENV A=$V\nCOPY --from=b / /',
      ['5 arg-scope warning'],
    ],
    [
      'an ENV of several lines with a comment',
      'ARG V=1\nFROM a:1\nUSER 1\nENV A=1 \\\n  # $V\n  B=$V \\\n\n  C=2',
      ['6 arg-scope warning'],
    ],
    ['an ARG that is declared below', 'FROM a:1\nUSER 1\nENV A=$V\nARG V=1', ['3 arg-scope warning']],
    [
      'predefined arguments and defaults',
      'FROM a:1\nUSER 1\nRUN echo $HTTP_PROXY\nARG TARGETARCH\nENV A=$TARGETARCH B=${C:-d} PATH=$PATH:/x',
      [],
    ],
    ['a variable of the shell', 'ARG V=1\nFROM a:1\nUSER 1\nRUN V=2; for v in a; do echo $V $v; done', []],
    ['FROM with a variable that is not declared', 'FROM a:$V\nUSER 1', ['1 arg-scope warning']],
    ['FROM with a default or a predefined variable', 'FROM --platform=$BUILDPLATFORM a:${V:-1}\nUSER 1', []],
    [
      'platform arguments without an ARG in the stage',
      'ARG TARGETARCH\nFROM --platform=$TARGETPLATFORM a:1\nUSER 1\nCOPY a-$TARGETARCH /\nRUN echo $TARGETOS $HTTP_PROXY',
      ['4 arg-scope warning', '5 arg-scope warning'],
    ],
    ['PATH, which BuildKit always sets', 'FROM scratch\nUSER 1\nENV PATH=/x:$PATH', []],
    ['an unknown platform', 'FROM --platform=linux/amd46 a:1\nUSER 1', ['1 platform-unknown error']],
    ['a fixed platform', 'FROM --platform=linux/arm64/v8 a:1\nUSER 1', ['1 platform-fixed warning']],
    [
      'a fixed platform of a stage that compiles',
      'FROM --platform=linux/amd64 a:1 AS b\nFROM a:1\nUSER 1\nCOPY --from=b /a /b',
      [],
    ],
  ])('%s', (_name, text, expected) => {
    expect(found(text, only)).toEqual(expected);
  });

  test('a fixed platform is an error for an image of another one, and right for an image of only this one', () => {
    const of = (...names: readonly string[]) => ({
      platforms: names.flatMap((name) => parsePlatform(name) ?? []),
    });
    const text = 'FROM --platform=linux/amd64 a:1\nUSER 1';
    expect(found(text, only, of('linux/amd64', 'linux/arm64'))).toEqual(['1 platform-fixed error']);
    expect(found(text, only, of('linux/amd64'))).toEqual([]);
  });

  test('an image for AWS Lambda needs no user', () => {
    expect(found('FROM a:1\nUSER root', only, { isLambda: true })).toEqual([]);
  });

  test('a stage that another image has as its target is used', () => {
    const text = 'FROM a:1 AS dev\nFROM a:1 AS prod\nUSER 1';
    expect(found(text, only, { otherTargets: ['dev'] })).toEqual([]);
    expect(found(text, only, { target: 'dev' })).toContain('2 stage-unused info');
  });

  test('a build arg that no ARG declares is reported, and those of BuildKit are not', () => {
    const args = new Map([
      ['VERSION', '1'],
      ['BUILDKIT_INLINE_CACHE', '1'],
      ['HTTP_PROXY', 'http://p'],
    ]);
    expect(found('FROM a:1\nUSER 1', only, { args })).toEqual(['1 arg-undeclared warning']);
    expect(found('ARG VERSION\nFROM a:1\nUSER 1', only, { args })).toEqual([]);
  });
});
