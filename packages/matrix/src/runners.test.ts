import { describe, expect, test } from '@jest/globals';
import { parseRunners, platformOf, runnerFor, runnerWarnings, type Runner } from './runners.ts';

function parse(text: string) {
  const problems: string[] = [];
  const map = parseRunners(text, (message, hint = '') => problems.push(`${message} ${hint}`));
  return { map, problems };
}

describe('the runner of a platform', () => {
  const { map, problems } = parse(`
    # comment
    default = ubuntu-latest
    linux = tug
    linux/arm=rope
    linux/arm/v6=[ "self-hosted", "linux", "ARM" ]
    linux/arm64/v8=ubuntu-24.04-arm
    windows=self-hosted, windows
    linux/S390X={"group": "mainframe", "labels": "z15"}`);

  test.each([
    [undefined, 'ubuntu-latest'],
    ['darwin/arm64', 'ubuntu-latest'],
    ['linux/amd64', 'tug'],
    ['linux/amd64/v3', 'tug'],
    ['linux/arm64', 'ubuntu-24.04-arm'],
    ['linux/arm64/v9', 'ubuntu-24.04-arm'],
    ['linux/arm/v7', 'rope'],
    ['linux/arm/v6', ['self-hosted', 'linux', 'ARM']],
    ['windows/amd64', ['self-hosted', 'windows']],
    ['linux/s390x', { group: 'mainframe', labels: ['z15'] }],
  ])('%s is that of the longest key it begins with', (platform, expected) => {
    expect(problems).toEqual([]);
    expect(map && runnerFor(platform, map)).toEqual(expected);
  });

  test('linux/arm is not the beginning of linux/arm64', () => {
    const { map: arms } = parse('default=a\nlinux/arm=b');
    expect(arms && runnerFor('linux/arm64', arms)).toBe('a');
  });
});

test('reports every wrong line at once', () => {
  const lines = [
    'linux/amd46=a',
    'arm64=a',
    'ubuntu-latest',
    'linux/arm64=',
    'linux/amd64=${{ runner }}',
    'linux/386=[1]',
    'linux/riscv64=a',
    'linux/riscv64=b',
  ];
  expect(parse(lines.join('\n')).problems).toEqual([
    'Input runners has "linux/amd46", which is not a platform. Did you mean linux/amd64?',
    'Input runners has "arm64", which is not a platform. Did you mean linux/arm64?',
    'Input runners has the line "ubuntu-latest". Write platform=label, e.g. linux/arm64=ubuntu-24.04-arm.',
    ...['linux/arm64: "".', 'linux/amd64: "${{ runner }}".', 'linux/386: "[1]".'].map(
      (end) =>
        `Input runners has no valid runner for ${end} Write a label such as ubuntu-24.04-arm, several as ["self-hosted", "linux", "arm64"], or {"group": "name"}.`,
    ),
    'Input runners has linux/riscv64 twice. Remove one of the lines.',
    'Input runners has no default. Add a line for all other platforms, e.g. default=ubuntu-latest.',
  ]);
});

test.each<[string, readonly Runner[], readonly string[]]>([
  [
    'no label that GitHub hosts, no labels of self-hosted runners, no group and no CodeBuild project',
    [
      'ubuntu-latest',
      'Ubuntu-24.04-ARM',
      ['self-hosted', 'x'],
      { group: 'g' },
      'codebuild-acme-123-1',
      'self-hosted',
    ],
    [],
  ],
  [
    'a mistyped label, once',
    ['ubuntu-24.04-amr', 'ubuntu-24.04-amr'],
    [
      'Runner ubuntu-24.04-amr is not a label of GitHub. If no runner has this label, the job waits for a day. Did you mean ubuntu-24.04-arm?',
    ],
  ],
  [
    'a mistyped label in a list',
    [['ubuntu-24.04-amr']],
    [
      'Runner ubuntu-24.04-amr is not a label of GitHub. If no runner has this label, the job waits for a day. Did you mean ubuntu-24.04-arm?',
    ],
  ],
  [
    'a label of an own runner',
    ['tug'],
    ['Runner tug is not a label of GitHub. If no runner has this label, the job waits for a day.'],
  ],
  [
    'a runner without Docker',
    ['macos-15'],
    ['Runner macos-15 cannot build Linux images. Use a Linux runner such as ubuntu-latest.'],
  ],
])('warns of %s', (_, given, expected) => {
  expect(runnerWarnings(given)).toEqual(expected);
});

test.each<[Runner, string | undefined]>([
  ['ubuntu-latest', 'linux/amd64'],
  ['Ubuntu-24.04-ARM', 'linux/arm64'],
  [['self-hosted', 'Linux', 'X64'], 'linux/amd64'],
  [{ group: 'g', labels: ['ARM64'] }, 'linux/arm64'],
  ['tug', undefined],
  ['self-hosted', undefined],
  ['codebuild-acme-123-1', undefined],
  [['self-hosted', 'linux', 'ARM'], undefined],
  [['self-hosted', 'windows', 'x64'], undefined],
  [['x64', 'arm64'], undefined],
  [{ group: 'g' }, undefined],
])('the labels of %j say the platform %s', (runner, expected) => {
  expect(platformOf(runner)).toBe(expected);
});
