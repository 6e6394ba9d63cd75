import { describe, expect, test } from '@jest/globals';
import { remoteSources } from './remote-sources.ts';

const commit = 'a'.repeat(40);
const checksum = `sha256:${'b'.repeat(64)}`;
const amd64 = { os: 'linux', architecture: 'amd64' };

function read(text: string, args: Readonly<Record<string, string>> = {}): readonly string[] {
  return remoteSources(text, { args: new Map(Object.entries(args)), platforms: [amd64] });
}

test.each([
  ['ADD https://example.com/a.tgz /', ['https://example.com/a.tgz']],
  [
    'ADD --chmod=644 https://a.example/1 https://a.example/2 /',
    ['https://a.example/1', 'https://a.example/2'],
  ],
  [
    'add ["http://example.com/a.tgz", "https://example.com/b", "/"]',
    ['http://example.com/a.tgz', 'https://example.com/b'],
  ],
  [`ADD --checksum=${checksum} https://example.com/a.tgz /`, []],
  ['ADD --checksum=sha256:0123 https://example.com/a.tgz /', ['https://example.com/a.tgz']],
  ['ADD --checksum= https://example.com/a.tgz /', ['https://example.com/a.tgz']],
  [`ADD https://example.com/a.tgz#${commit} /`, [`https://example.com/a.tgz#${commit}`]],
  ['ADD git@github.com:acme/tool.git#main /', ['git@github.com:acme/tool.git#main']],
  ['ADD deploy@git.example.com:acme/tool.git /', ['deploy@git.example.com:acme/tool.git']],
  ['ADD git://example.com/acme/tool /', ['git://example.com/acme/tool']],
  ['ADD ssh://git@example.com/acme/tool.git /', ['ssh://git@example.com/acme/tool.git']],
  ['ADD https://github.com/acme/tool.git#main /', ['https://github.com/acme/tool.git#main']],
  [
    `ADD https://github.com/acme/tool.git#${commit.slice(1)} /`,
    [`https://github.com/acme/tool.git#${commit.slice(1)}`],
  ],
  [`ADD https://github.com/acme/tool.git#${commit} /`, []],
  [`ADD --keep-git-dir=true https://github.com/acme/tool.git#${commit}:sub /`, []],
  [`ADD deploy@git.example.com:acme/tool.git#${commit} /`, []],
  [`ADD --checksum=${commit} https://github.com/acme/tool.git#v1 /`, []],
  [
    `ADD --checksum=${checksum} https://github.com/acme/tool.git#v1 /`,
    ['https://github.com/acme/tool.git#v1'],
  ],
  [`ADD --checksum=${'c'.repeat(64)} https://github.com/acme/tool.git /`, []],
  [
    `ADD --checksum=${commit.slice(30)} https://github.com/acme/tool.git /`,
    ['https://github.com/acme/tool.git'],
  ],
  ['ADD --unpack https://example.com/a.tgz /', ['https://example.com/a.tgz']],
  ['ADD --unpack=true --link https://example.com/a.tgz /', ['https://example.com/a.tgz']],
  [`ADD --unpack --checksum=${checksum} https://example.com/a.tgz /`, []],
  ['ADD --exclude=*.md https://github.com/acme/tool.git /', ['https://github.com/acme/tool.git']],
  ['ADD https://github.com/acme/tool.git?ref=main /', ['https://github.com/acme/tool.git?ref=main']],
  ['ADD https://github.com/a/b.git?tag=v1&subdir=a /', ['https://github.com/a/b.git?tag=v1&subdir=a']],
  [`ADD https://github.com/acme/tool.git?ref=${commit}&subdir=a /`, []],
  [`ADD https://github.com/acme/tool.git?branch=main&commit=${commit} /`, []],
  [`ADD https://github.com/acme/tool.git?checksum=${commit}#main /`, []],
  [`ADD https://github.com/a/b.git?tag=${commit} /`, [`https://github.com/a/b.git?tag=${commit}`]],
  ['ADD git@github.com:acme/tool.git?ref=main /', ['git@github.com:acme/tool.git?ref=main']],
  [`ADD git@github.com:acme/tool.git?ref=${commit} /`, []],
  [`ADD https://example.com/a.GIT#${commit} /`, [`https://example.com/a.GIT#${commit}`]],
  [`ADD https://tool.git#${commit} /`, [`https://tool.git#${commit}`]],
  [`ADD https://example.com/?x=a.git#${commit} /`, [`https://example.com/?x=a.git#${commit}`]],
  [`ADD https://example.com/a%2egit#${commit} /`, []],
  [`ADD https://example.com/a.git/#${commit} /`, [`https://example.com/a.git/#${commit}`]],
  ['ADD ["https:\\u002f\\u002fexample.com/a", "/"]', ['https://example.com/a']],
  ["ADD 'https://example.com/a' /", ['https://example.com/a']],
  ['ADD https://a.example/a \\\n  https://a.example/b /', ['https://a.example/a', 'https://a.example/b']],
  ['ADD a b $JAR /', []],
  ['ADD package.json a/b:c ./d@e:f /', []],
  ['COPY https://example.com/a /', []],
  ['RUN curl https://example.com/a', []],
  ['ADD <<EOF /\nhttps://example.com/a\nEOF', []],
  ['ADD <<EOF https://example.com/b /\nhttps://example.com/a\nEOF', ['https://example.com/b']],
])('finds the mutable sources of %j: %j', (line, expected) => {
  expect(read(`FROM scratch\n${line}\n`)).toEqual(expected);
});

test.each<{ name: string; text: string; args?: Record<string, string>; expected: readonly string[] }>([
  {
    name: 'expands an arg',
    text: 'ARG URL=https://a.example/a\nADD ${URL} /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'expands an ENV variable',
    text: 'ENV URL https://a.example/a\nADD "$URL" /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'expands an arg with the protocol',
    text: 'ARG PROTO=http\nADD ${PROTO}://a.example/a /',
    expected: ['http://a.example/a'],
  },
  {
    name: 'expands a build arg',
    text: 'ARG URL\nADD $URL/a.tgz /',
    args: { URL: 'http://a.example' },
    expected: ['http://a.example/a.tgz'],
  },
  {
    name: 'finds an address in a build arg that replaces a path',
    text: 'ARG A=a.tgz\nADD $A /',
    args: { A: 'https://a.example/a' },
    expected: ['https://a.example/a'],
  },
  {
    name: 'expands the default of an unset variable',
    text: 'ADD ${A:-https://a.example/a} /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'expands variables in a JSON list',
    text: 'ARG V=1\nADD ["https://a.example/$V", "/"]',
    expected: ['https://a.example/1'],
  },
  {
    name: 'expands variables in the value of another',
    text: 'ARG HOST=a.example\nENV URL=https://$HOST/a\nADD $URL /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'prefers an ARG with a value to an earlier ENV',
    text: 'ENV A=https://a.example/a\nARG A=a.tgz\nADD $A /',
    expected: [],
  },
  {
    name: 'finds the address of an ARG after an ENV',
    text: 'ENV A=a.tgz\nARG A=https://a.example/a\nADD $A /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'finds the address of an ENV after an ARG',
    text: 'ARG A=a.tgz\nENV A=https://a.example/a\nADD $A /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'keeps the value of an ENV if an ARG has none',
    text: 'ENV A=https://a.example/a\nARG A\nADD $A /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'expands an arg in the value of the next one on the line',
    text: 'ARG HOST=a.example URL=https://$HOST/a\nADD $URL /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'expands a part of the protocol',
    text: 'ARG S=s\nADD http${S}://a.example/a /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'skips an address with a checksum as a default',
    text: `ADD --checksum=\${SUM:-${checksum}} https://a.example/a /`,
    expected: [],
  },
  {
    name: 'does not expand an escaped dollar sign',
    text: 'ADD https://a.example/\\$A /',
    expected: ['https://a.example/$A'],
  },
  { name: 'skips a path in an arg', text: 'ARG JAR=target/*.jar\nADD ${JAR} /app.jar', expected: [] },
  {
    name: 'skips a path in a build arg',
    text: 'ARG JAR\nADD $JAR /',
    args: { JAR: 'app.jar' },
    expected: [],
  },
  {
    name: 'skips an address with a checksum in an arg',
    text: `ARG SUM=${checksum}\nADD --checksum=$SUM https://a.example/a /`,
    expected: [],
  },
  {
    name: 'finds an address with an unset checksum',
    text: 'ADD --checksum=$UNSET https://a.example/a /',
    expected: ['https://a.example/a'],
  },
  {
    name: 'skips a Git address with a commit in an arg',
    text: `ARG SHA=${commit}\nADD https://a.example/a.git#$SHA /`,
    expected: [],
  },
  {
    name: 'finds a Git address with a branch in an arg',
    text: 'ARG REF=main\nADD https://a.example/a.git#$REF /',
    expected: ['https://a.example/a.git#main'],
  },
  {
    name: 'expands the target architecture',
    text: 'ARG TARGETARCH\nADD https://a.example/$TARGETARCH /',
    expected: ['https://a.example/amd64'],
  },
])('$name', ({ text, args, expected }) => {
  expect(read(`FROM scratch\n${text}\n`, args)).toEqual(expected);
});

describe('remoteSources, with several stages', () => {
  test('expands a global argument only in stages that declare it', () => {
    const globals = 'ARG URL=https://a.example/a\nFROM scratch\n';
    expect(read(`${globals}ARG URL\nADD $URL /\n`)).toEqual(['https://a.example/a']);
    expect(read(`${globals}ADD $URL /\n`)).toEqual([]);
  });

  test('expands the variables of the base stage', () => {
    const above = 'FROM scratch AS base\nENV A=https://a.example/a\nARG B=https://a.example/b\n';
    expect(read(`${above}FROM Base\nADD $A $B /\n`)).toEqual(['https://a.example/a', 'https://a.example/b']);
  });

  test.each([
    ['ONBUILD ADD https://a.example/a /', ['https://a.example/a']],
    ['ONBUILD ADD https://a.example/a /\nENV B=1', ['https://a.example/a']],
    ['onbuild   add \\\n https://a.example/a /', ['https://a.example/a']],
    ['ENV A=https://a.example/a\nONBUILD ADD $A /', ['https://a.example/a']],
    ['ONBUILD ARG A=https://a.example/a\nONBUILD ADD $A /', ['https://a.example/a']],
    ['ONBUILD ENV A=https://a.example/a', ['https://a.example/a']],
    ['ENV A=a.tgz\nONBUILD ADD $A /', []],
    [`ONBUILD ADD --checksum=${checksum} https://a.example/a /`, []],
    ['ONBUILD RUN curl https://a.example/a', []],
  ])('finds the sources of ONBUILD in the base stage: %s', (lines, expected) => {
    expect(read(`FROM scratch AS base\n${lines}\nFROM base\nADD $A /\n`)).toEqual(expected);
  });

  test('skips an ONBUILD that no stage runs', () => {
    const text = 'FROM scratch AS base\nONBUILD ADD https://a.example/a /\n';
    expect(read(text)).toEqual([]);
    expect(read(`${text}FROM base AS next\nFROM next\n`)).toEqual(['https://a.example/a']);
    expect(read(`${text}FROM scratch\nCOPY --from=base / /\n`)).toEqual([]);
  });

  test('skips stages that the target does not need', () => {
    const text = 'FROM scratch AS tools\nADD https://a.example/a /\nFROM scratch AS app\nCOPY a /\n';
    expect(read(text)).toEqual([]);
    expect(read(`${text}COPY --from=tools /a /\n`)).toEqual(['https://a.example/a']);
    expect(read(`${text}RUN --mount=type=bind,from=tools true\n`)).toEqual(['https://a.example/a']);
    const options = { args: new Map<string, string>(), platforms: [amd64], target: 'tools' };
    expect(remoteSources(text, options)).toEqual(['https://a.example/a']);
    expect(remoteSources(text, { ...options, contexts: new Set(['tools']) })).toEqual([]);
  });

  test('counts a variable as a possible address if the base image may set it, unless a path precedes it', () => {
    expect(read('FROM base\nADD $A ${B:-c} "$C" /\n')).toEqual(['$A', '${B:-c}', '"$C"']);
    expect(read('FROM base\nADD ./$A target/$B.jar /\n')).toEqual([]);
    expect(read('FROM base\nADD --checksum=$SUM https://a.example/a /\n')).toEqual(['https://a.example/a']);
    expect(read('FROM base\nARG URL\nADD $URL /\n')).toEqual(['$URL']);
    expect(read('FROM base\nARG URL=a.tgz\nADD $URL /\n')).toEqual([]);
    expect(read(`FROM base\nADD --checksum=${checksum} $URL /\n`)).toEqual([]);
  });

  test('returns the sources of every platform', () => {
    const platforms = [amd64, { os: 'linux', architecture: 'arm64' }];
    const text = 'FROM scratch\nARG TARGETARCH\nADD https://a.example/$TARGETARCH /\n';
    expect(remoteSources(text, { args: new Map(), platforms })).toEqual([
      'https://a.example/amd64',
      'https://a.example/arm64',
    ]);
  });
});
