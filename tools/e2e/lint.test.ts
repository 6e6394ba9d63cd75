import { expect } from '@jest/globals';
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
