import { expect } from '@jest/globals';
import { rules } from '@towpath/dockerfile-rules';
import type { StepResult } from '@towpath/runner';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testWith } from './clients.ts';
import { begin, green } from './scene.ts';

const test = testWith('hadolint', ['hadolint', '--version']);

const web = `# check=skip=StageNameCasing
FROM scratch AS Tools
WORKDIR files
COPY a /a
FROM scratch as web
ENV API_TOKEN=x7Kq2mP9
ENV MODE fast
# hadolint ignore=DL3025
CMD a b
# towpath ignore=shell-form shows a shell
CMD c d
ADD b /b
COPY --from=tools /a /a
# towpath ignore=hadolint/DL4006 nothing reads the log
RUN apk add curl \\
  | tee log
`;

interface Found {
  readonly rule: string;
  readonly line: number;
  readonly also: readonly string[];
}
interface Checked {
  readonly file: string;
  readonly findings: readonly Found[];
  readonly suppressed: readonly { readonly rule: string; readonly line: number }[];
}

const read = (result: StepResult, output: string) => readFileSync(result.outputs[output] ?? '', 'utf8');

test('the bundle of lint merges the findings of BuildKit and hadolint, and writes its reports', async () => {
  const { checkout, step } = await begin();
  const write = (path: string, text: string) => {
    mkdirSync(join(checkout.folder, path, '..'), { recursive: true });
    writeFileSync(join(checkout.folder, path), text);
  };
  write('lint/web/Dockerfile', web);
  // hadolint 2.15.1 crashes on this one.
  write('lint/crash/Dockerfile', 'FROM scratch\nWORKDIR x\nUSER 1\n');
  const result = await step('lint', {
    files: 'lint/**/Dockerfile',
    'fail-on': 'never',
    ...{ 'json-out': 'a.json', 'sarif-out': 'a.sarif', 'junit-out': 'a.xml' },
    ...{ 'code-quality-out': 'a.cq.json', 'text-out': 'a.txt' },
  });
  const { files } = JSON.parse(read(green(result), 'json')) as { files: readonly Checked[] };
  const [crash, other] = files;
  expect(crash?.findings.map(shown)).toEqual(['2 workdir-relative buildkit/WorkdirRelativePath']);
  expect(other?.findings.map(shown)).toEqual([
    '3 workdir-relative buildkit/WorkdirRelativePath hadolint/DL3000',
    '5 buildkit/FromAsCasing',
    '5 user-missing',
    '6 secret-name buildkit/SecretsUsedInArgOrEnv hadolint/DL3064',
    '7 legacy-form buildkit/LegacyKeyValueFormat',
    '9 command-repeated buildkit/MultipleInstructionsDisallowed hadolint/DL4003',
    '12 add-local hadolint/DL3020',
    // hadolint compares names of stages by their case.
    '13 hadolint/DL3022',
    '15 package-cache hadolint/DL3019',
    '15 package-unpinned hadolint/DL3018',
  ]);
  expect(other?.suppressed.map(({ line, rule }) => `${line} ${rule}`)).toEqual([
    '9 shell-form',
    '11 shell-form',
    '15 hadolint/DL4006',
  ]);
  expect(result.summary).toContain('also by BuildKit and hadolint');
  for (const output of ['text', 'sarif', 'junit', 'code-quality'])
    expect(read(result, output)).toContain('hadolint/DL3022');
  expect(result.log + result.summary + read(result, 'json')).not.toContain('x7Kq2mP9');
});

function shown({ line, rule, also }: Found): string {
  return [line, rule, ...also].join(' ');
}

/** A mistake that a rule and other linters report in the same instruction. */
type Shared = readonly [text: string, rule: string, ...others: string[]];

/** The stages of a Dockerfile, each built on the one before it, so that all of them are in the image. */
const stages: readonly Shared[] = [
  [
    'FROM --platform=linux/amd64 scratch AS s0',
    'platform-fixed',
    'FromPlatformFlagConstDisallowed',
    'DL3029',
  ],
  ['WORKDIR files', 'workdir-relative', 'WorkdirRelativePath', 'DL3000'],
  ['ARG API_TOKEN', 'secret-name', 'SecretsUsedInArgOrEnv', 'DL3064'],
  ['LABEL a=$UNDECLARED', 'arg-scope', 'UndefinedVar'],
  ['ENV A b', 'legacy-form', 'LegacyKeyValueFormat'],
  ['MAINTAINER a', 'legacy-form', 'MaintainerDeprecated', 'DL4000'],
  ['EXPOSE 80/TCP', 'expose', 'ExposeProtoCasing'],
  ['CMD a', 'shell-form', 'JSONArgsRecommended', 'DL3025'],
  ["ENTRYPOINT ['a']", 'exec-form', 'JSONArgsRecommended', 'DL3025'],
  ['CMD ["a"]\nCMD ["b"]', 'command-repeated', 'MultipleInstructionsDisallowed', 'DL4003'],
  ['ENTRYPOINT ["a"]\nENTRYPOINT ["b"]', 'command-repeated', 'MultipleInstructionsDisallowed', 'DL4004'],
  ['HEALTHCHECK CMD ["a"]\nHEALTHCHECK CMD ["b"]', 'healthcheck', 'MultipleInstructionsDisallowed', 'DL3012'],
  ['ADD a /a', 'add-local', 'DL3020'],
  ['RUN apt-get install -y a', 'package-unpinned', 'DL3008'],
  ['RUN apk add a', 'package-unpinned', 'DL3018'],
  ['RUN yum install -y a', 'package-unpinned', 'DL3033'],
  ['RUN zypper install -y a', 'package-unpinned', 'DL3037'],
  ['RUN dnf install -y a', 'package-unpinned', 'DL3041'],
  ['RUN pip install a', 'dependency-unpinned', 'DL3013'],
  ['RUN npm install a', 'dependency-unpinned', 'DL3016'],
  ['RUN gem install a', 'dependency-unpinned', 'DL3028'],
  ['RUN go install example.com/a@latest', 'dependency-unpinned', 'DL3062'],
  ['RUN apt-get update && apt-get install -y a=1', 'package-cache', 'DL3009'],
  ['RUN apk add a=1', 'package-cache', 'DL3019'],
  ['RUN yum install -y a-1', 'package-cache', 'DL3032'],
  ['RUN zypper install -y a=1', 'package-cache', 'DL3036'],
  ['RUN dnf install -y a-1', 'package-cache', 'DL3040'],
  ['RUN pip install a==1', 'package-cache', 'DL3042'],
  ['RUN yarn install', 'package-cache', 'DL3060'],
  ['RUN apt-get install a=1', 'package-prompt', 'DL3014'],
  ['RUN yum install a-1', 'package-prompt', 'DL3030'],
  ['RUN zypper install a=1', 'package-prompt', 'DL3034'],
  ['RUN dnf install a-1', 'package-prompt', 'DL3038'],
  ['USER root', 'user-root', 'DL3002'],
];

/** Mistakes at which BuildKit or hadolint stop, or for which BuildKit would pull an image. Nothing listens there. */
const refused: readonly Shared[] = [
  ['FROM $UNDECLARED', 'arg-scope', 'UndefinedArgInFrom'],
  ['ARG EMPTY\nFROM 127.0.0.1:1/a:$EMPTY', 'arg-scope', 'InvalidDefaultArgInFrom'],
  ['FROM 127.0.0.1:1/a/b', 'base-tag', 'DL3006'],
  ['FROM 127.0.0.1:1/a/b:latest', 'base-tag', 'DL3007'],
  ['FROM scratch\nCOPY --from=localhost/a/b /a /a', 'base-tag', 'DL3022'],
  ['FROM scratch AS builder\nFROM scratch\nCOPY --from=bulider /a /a', 'stage-undefined', 'DL3022'],
  ['FROM scratch AS a\nCOPY --from=a /a /a', 'stage-self', 'DL3023'],
  ['FROM scratch AS scratch', 'stage-name', 'ReservedStageName', 'DL3063'],
  ['FROM scratch AS a\nFROM scratch AS a', 'stage-name', 'DuplicateStageName', 'DL3024'],
  ['FROM scratch\nEXPOSE 8080:80', 'expose', 'ExposeInvalidFormat'],
  ['FROM scratch\nEXPOSE 70000', 'expose', 'DL3011'],
  ['FROM scratch\nONBUILD FROM scratch', 'instruction-unknown', 'DL3043'],
  ['RUN a\nFROM scratch', 'instruction-unknown', 'DL3061'],
];

/** hadolint compares images with a list of its own for DL3026, and a rule with the caches of the configuration. */
const untested = ['DL3026'];

test('rules that name a check of BuildKit or a rule of hadolint report the same as these', async () => {
  const named = rules.flatMap(({ id, buildkit = [], hadolint = [] }) =>
    [...buildkit, ...hadolint].map((other) => `${id} ${other}`),
  );
  const tested = [...stages, ...refused].flatMap(([, rule, ...others]) =>
    others.map((other) => `${rule} ${other}`),
  );
  expect([...new Set(tested)].sort()).toEqual(
    named.filter((one) => !untested.some((id) => one.endsWith(id))).sort(),
  );

  const { checkout, step } = await begin();
  const write = (name: string, text: string) => {
    mkdirSync(join(checkout.folder, 'shared', name), { recursive: true });
    writeFileSync(join(checkout.folder, 'shared', name, 'Dockerfile'), text);
  };
  const chain: string[] = [];
  for (const [text] of stages) {
    const isStage = text.startsWith('FROM');
    chain.push(isStage ? `${text}\n` : `FROM s${chain.length - 1} AS s${chain.length}\n${text}\n`);
  }
  write('chain', chain.join(''));
  for (const [index, [text]] of refused.entries()) write(`${index}`, `${text}\n`);

  const result = await step('lint', {
    files: 'shared/*/Dockerfile',
    ...{ 'fail-on': 'never', 'json-out': 'a.json' },
  });
  const { files } = JSON.parse(read(green(result), 'json')) as { files: readonly Checked[] };
  const reported = (name: string, from = 0, to = Infinity) =>
    files
      .filter(({ file }) => file === `shared/${name}/Dockerfile`)
      .flatMap(({ findings }) => findings)
      .filter(({ line }) => from <= line && line <= to);
  let end = 0;
  const found = [
    ...chain.map((text) => reported('chain', end + 1, (end += text.split('\n').length - 1))),
    ...refused.map((_, index) => reported(`${index}`)),
  ];
  const isShared = ([, rule, ...others]: Shared, index: number) =>
    found[index]?.some((one) => one.rule === rule && others.every((other) => one.also.includes(full(other))));
  expect([...stages, ...refused].filter((row, index) => isShared(row, index) !== true)).toEqual([]);
});

/** The name of a rule in reports. */
function full(rule: string): string {
  return `${/^DL\d/.test(rule) ? 'hadolint' : 'buildkit'}/${rule}`;
}
