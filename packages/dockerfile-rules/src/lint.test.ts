import { describe, expect, test } from '@jest/globals';
import { found } from './harness/found.ts';
import { applyEdits, lint, type LintSettings } from './index.ts';

describe('comments that turn rules off', () => {
  const rules = (text: string, settings?: LintSettings) => {
    const { findings, suppressed } = lint({ file: 'Dockerfile', text, ...(settings && { settings }) });
    return {
      left: findings
        .map(({ rule, line }) => `${line} ${rule}`)
        .filter((one) => !/user-missing|base-d|unused/.test(one)),
      off: suppressed.map(({ finding, reason }) => `${finding.line} ${finding.rule}: ${reason}`),
    };
  };
  test.each<[name: string, text: string, left: readonly string[], off: readonly string[]]>([
    [
      'with a reason',
      '# towpath ignore=base-tag rebuilt every night\nFROM node',
      [],
      ['2 base-tag: rebuilt every night'],
    ],
    ['without a reason', '# towpath ignore=base-tag\nFROM node', ['1 ignore', '2 base-tag'], []],
    [
      'with a name that does not exist',
      '# towpath ignore=base-tgа x\nFROM node',
      ['1 ignore', '2 base-tag'],
      [],
    ],
    [
      'for the next instruction only',
      '# towpath ignore=base-tag x y\nFROM node\nFROM node',
      ['3 base-tag'],
      ['2 base-tag: x y'],
    ],
    [
      'within an instruction',
      'FROM a:1\nRUN a && \\\n# towpath ignore=dependency-unpinned tools\n  npm install -g x && npm cache clean -f',
      [],
      ['4 dependency-unpinned: tools'],
    ],
    [
      'for the whole file',
      '# towpath global ignore=base-tag,shell-form demo\nFROM node\nFROM node\nCMD a',
      [],
      ['2 base-tag: demo', '3 base-tag: demo', '4 shell-form: demo'],
    ],
    [
      'of hadolint',
      '# hadolint ignore=DL3006,DL3007\nFROM node\n# hadolint global ignore=DL3025\nCMD a',
      [],
      ['2 base-tag: hadolint comment in line 1', '4 shell-form: hadolint comment in line 3'],
    ],
    [
      'of BuildKit',
      '# check=skip=JSONArgsRecommended;error=false\nFROM a:1\nCMD a',
      [],
      ['3 shell-form: # check=skip'],
    ],
    [
      'of all checks of BuildKit',
      '# check=skip=all\nFROM node\nCMD a',
      ['2 base-tag'],
      ['3 shell-form: # check=skip'],
    ],
    ['in a heredoc', 'FROM a:1\nRUN <<E\n# towpath ignore=shell-form x\nE\nCMD a', ['5 shell-form'], []],
    ['in another form', '# towpath: ignore base-tag\nFROM node', ['1 ignore', '2 base-tag'], []],
  ])('%s', (_name, text, left, off) => {
    expect(rules(text)).toEqual({ left, off });
  });

  test('# check=error=true makes the findings of BuildKit’s checks errors', () => {
    expect(found('# check=error=true\nFROM node\nCMD a', ['shell-form', 'base-tag'])).toEqual([
      '2 base-tag warning',
      '3 shell-form error',
    ]);
  });

  test('the configuration sets severities, and turns rules off with a reason', () => {
    const settings: LintSettings = {
      ruleSet: 1,
      rules: new Map([
        ['base-tag', { severity: 'error' }],
        ['shell-form', { off: true, reason: 'we use tini' }],
      ]),
    };
    const { findings, suppressed } = lint({ file: 'Dockerfile', text: 'FROM node\nCMD a', settings });
    expect(findings.find(({ rule }) => rule === 'base-tag')?.severity).toBe('error');
    expect(suppressed.map(({ reason }) => reason)).toEqual(['we use tini']);
  });

  test('a rule that is newer than the configured version only informs', () => {
    const settings = { rules: new Map(), ruleSet: 0 };
    const { findings } = lint({ file: 'Dockerfile', text: 'FROM node\nSTOPSIGNAL X\n', settings });
    expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['info']));
  });
});

describe('findings of other tools', () => {
  const other = (rule: string, line: number) => ({
    ...{ rule, line, file: 'Dockerfile', severity: 'warning' as const, message: rule, hint: '' },
    ...{ also: [], isFixable: false },
  });
  test('that a rule reports in another line of the instruction are shown once, each with a finding of its own', () => {
    const { findings } = lint({
      file: 'Dockerfile',
      text: 'FROM a/b:1\nENV A=1 \\\n  B_TOKEN=b0b0b0b0 \\\n  C_TOKEN=c0c0c0c0\nRUN true \\\n  && pip install x\nCMD ["a"]\nUSER 1',
      others: [
        other('buildkit/SecretsUsedInArgOrEnv', 2),
        other('buildkit/SecretsUsedInArgOrEnv', 2),
        other('hadolint/DL3013', 5),
        other('hadolint/DL3025', 7),
      ],
    });
    const shown = findings.filter(({ rule }) => !/^base-d|cache/.test(rule));
    expect(shown.map(({ line, rule, also }) => [line, rule, ...also])).toEqual([
      [3, 'secret-name', 'buildkit/SecretsUsedInArgOrEnv'],
      [4, 'secret-name', 'buildkit/SecretsUsedInArgOrEnv'],
      [6, 'dependency-unpinned', 'hadolint/DL3013'],
      [7, 'hadolint/DL3025'],
    ]);
  });
});

describe('findings of other tools about two instructions', () => {
  test('are shown once, although BuildKit reports the first instruction and hadolint the second', () => {
    const other = (rule: string, line: number) => ({
      ...{ rule, line, file: 'Dockerfile', severity: 'warning' as const, message: rule, hint: '' },
      ...{ also: [], isFixable: false },
    });
    const { findings } = lint({
      file: 'Dockerfile',
      text: 'FROM a/b:1\nUSER 1\nHEALTHCHECK NONE\nCMD ["a"]\nCMD ["b"]\nHEALTHCHECK CMD a\n',
      others: [
        other('buildkit/MultipleInstructionsDisallowed', 3),
        other('hadolint/DL3012', 6),
        other('buildkit/MultipleInstructionsDisallowed', 4),
        other('hadolint/DL4003', 5),
      ],
    });
    expect(
      findings
        .filter(({ rule }) => rule !== 'base-digest')
        .map(({ line, rule, also }) => [line, rule, ...also]),
    ).toEqual([
      [3, 'healthcheck', 'buildkit/MultipleInstructionsDisallowed', 'hadolint/DL3012'],
      [4, 'command-repeated', 'buildkit/MultipleInstructionsDisallowed', 'hadolint/DL4003'],
    ]);
  });
});

describe('fixes', () => {
  test.each<[text: string, fixed: string]>([
    ['FROM a/b:1\nENV HTTP_PROXY=http://p\nRUN a', 'FROM a/b:1\nRUN a'],
    ['FROM a/b:1\r\nARG http_proxy\r\nCMD node a.js\r\n', 'FROM a/b:1\r\nCMD ["node", "a.js"]\r\n'],
    [
      '\uFEFFFROM node:22\r\nCMD a b\r\n',
      '\uFEFFFROM public.ecr.aws/docker/library/node:22\r\nCMD ["a", "b"]\r\n',
    ],
    [
      'FROM a/b:1\nCOPY --link \\\n  --from=nginx:1.29 \\\n  /a /b\n',
      'FROM a/b:1\nCOPY --link \\\n  --from=public.ecr.aws/docker/library/nginx:1.29 \\\n  /a /b\n',
    ],
    ['FROM node:22 AS node\n', 'FROM public.ecr.aws/docker/library/node:22 AS node\n'],
    [
      'FROM a/b:1\nCOPY --from=nginx:1.29 /a /b\n',
      'FROM a/b:1\nCOPY --from=public.ecr.aws/docker/library/nginx:1.29 /a /b\n',
    ],
    ['ARG B=node:22\nFROM $B\n', 'ARG B=node:22\nFROM $B\n'],
    [`FROM a/b:1\nCMD ['a', 'b']`, 'FROM a/b:1\nCMD ["a", "b"]'],
    ['FROM a/b:1\nCMD a && b', 'FROM a/b:1\nCMD a && b'],
    ['FROM a/b:1\nRUN apk add curl', 'FROM a/b:1\nRUN apk add --no-cache curl'],
    ['FROM a/b:1\nRUN pip3 install -r r.txt', 'FROM a/b:1\nRUN pip3 install --no-cache-dir -r r.txt'],
    ['FROM a/b:1\nADD a.conf /etc/\nadd b /c', 'FROM a/b:1\nCOPY a.conf /etc/\ncopy b /c'],
    ['FROM a/b:1\nENV A some text\nLABEL b c', 'FROM a/b:1\nENV A="some text"\nLABEL b=c'],
    [
      'FROM a/b:1\nMAINTAINER Me <me@a.example>',
      'FROM a/b:1\nLABEL org.opencontainers.image.authors="Me <me@a.example>"',
    ],
    ['FROM a/b:1\nEXPOSE 8080:80 443', 'FROM a/b:1\nEXPOSE 80 443'],
    ['FROM a/b:1\nSTOPSIGNAL SIGTREM', 'FROM a/b:1\nSTOPSIGNAL SIGTERM'],
    ['FROM a/b:1\nCMD ["a"]\nCMD ["b"]', 'FROM a/b:1\nCMD ["b"]'],
    ['FROM --platform=linux/amd46 a/b:1', 'FROM --platform=linux/amd64 a/b:1'],
    [
      '# towpath ignore=add-local it is right\nFROM a/b:1\n# towpath ignore=add-local kept\nADD a /b',
      '# towpath ignore=add-local it is right\nFROM a/b:1\n# towpath ignore=add-local kept\nADD a /b',
    ],
  ])('of %j', (text, fixed) => {
    const { edits } = lint({ file: 'Dockerfile', text });
    expect(applyEdits(text, edits)).toBe(fixed);
    const again = lint({ file: 'Dockerfile', text: fixed });
    expect(applyEdits(fixed, again.edits)).toBe(fixed);
  });
});
