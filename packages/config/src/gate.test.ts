import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import type { GatePolicy } from '@towpath/scan-policy';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import type { Config } from './config.ts';
import { problemsOf, read } from './harness/towpath-yaml.ts';
import { loadConfig } from './load-config.ts';
import { loadPolicy } from './policy-file.ts';

beforeAll(() => {
  jest.useFakeTimers({
    now: new Date('2026-06-01T12:00:00Z'),
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
  });
});
afterAll(() => {
  jest.useRealTimers();
});

const web = 'images: { web: {}, api: {} }\n';
const withGate = (...lines: readonly string[]) =>
  `${web}gate:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;

const environment = ({ environments }: Config, name: string): GatePolicy | 'off' | undefined =>
  environments.find((one) => one.name === name)?.gate;

describe('a gate', () => {
  test('is read with every key', () => {
    const { gate } = read(
      withGate(
        'fail-on: high',
        'max: { medium: 20, low: 0 }',
        'only-fixable: true',
        'unknown-fix: unfixable',
        'cvss: 9.0',
        'epss: 0.10',
        'kev: true',
        'unknown-exploitability: allow',
        'grace: { high: 30 }',
        'grace-since: fix-available',
        'base: { fail-on: critical, max: { high: 3 } }',
        'baseline: prod',
        'ignore:',
        '  - { id: CVE-2026-1, package: pkg:npm/%40acme/ui@1.0, path: app, image: web, severity: high, when-fixed: keep, reason: r, owner: o, expires: 2026-12-31 }',
        'stale-ignores: fail',
        'vex: [security/vex.json]',
        'attached-vex: true',
        'on-unsupported: warn',
        'max-age: 7d',
      ),
    );
    expect(gate).toEqual({
      failOn: 'high',
      max: { medium: 20, low: 0 },
      onlyFixable: true,
      unknownFix: 'unfixable',
      cvss: 9,
      epss: 0.1,
      kev: true,
      unknownExploitability: 'allow',
      grace: { high: 30 },
      graceSince: 'fix-available',
      base: { failOn: 'critical', max: { high: 3 } },
      baseline: 'prod',
      ignores: [
        {
          id: 'CVE-2026-1',
          package: { name: '@acme/ui', type: 'npm', version: '1.0' },
          path: 'app',
          image: 'web',
          severity: 'high',
          whenFixed: 'keep',
          reason: 'r',
          owner: 'o',
          expires: '2026-12-31',
          position: { file: 'towpath.yaml', line: 16, column: 7 },
        },
      ],
      staleIgnores: 'fail',
      vexFiles: ['security/vex.json'],
      attachedVex: true,
      onUnsupported: 'warn',
      maxAge: 604_800_000,
    });
  });

  test.each([
    { name: 'without keys', text: `${web}gate: {}`, expected: { failOn: 'critical' } },
    { name: 'that is missing', text: web, expected: { failOn: 'critical' } },
    {
      name: 'with the key of earlier releases',
      text: `${web}gate: { fail-on: none }`,
      expected: { failOn: 'none' },
    },
  ])('$name has its defaults', ({ text, expected }) => {
    expect(read(text).gate).toEqual(expected);
  });
});

describe('the gate of an environment', () => {
  const ignore = (id: string) => `{ id: ${id}, reason: r, owner: o, expires: 2026-12-31 }`;

  test('replaces the keys of the file one by one, and adds its ignores and documents', () => {
    const config = read(`${web}
gate:
  fail-on: high
  kev: true
  max: { medium: 9, low: 50 }
  base: { only-fixable: true }
  ignore: [${ignore('CVE-1')}]
  vex: [a.json]
environments:
  dev: { from: build }
  test: { from: dev, gate: off }
  prod:
    from: test
    gate:
      fail-on: medium
      max: { low: 5 }
      base: { fail-on: critical }
      ignore: [${ignore('CVE-2')}]
      vex: [b.json]
`);
    expect(environment(config, 'dev')).toBeUndefined();
    expect(environment(config, 'test')).toBe('off');
    expect(environment(config, 'prod')).toMatchObject({
      failOn: 'medium',
      kev: true,
      max: { medium: 9, low: 5 },
      base: { onlyFixable: true, failOn: 'critical' },
      ignores: [{ id: 'CVE-1' }, { id: 'CVE-2' }],
      vexFiles: ['a.json', 'b.json'],
    });
    expect(config.gate).toMatchObject({ failOn: 'high', ignores: [{ id: 'CVE-1' }], vexFiles: ['a.json'] });
  });

  test('inherits a baseline, also one that is the environment itself', () => {
    const config = read(`${web}
gate: { fail-on: high, baseline: prod }
environments:
  dev: { from: build, gate: { kev: true } }
  prod: { from: dev }
`);
    expect(environment(config, 'dev')).toEqual({ failOn: 'high', baseline: 'prod', kev: true });
    expect(environment(config, 'prod')).toBeUndefined();
    expect(config.gate).toEqual({ failOn: 'high', baseline: 'prod' });
  });
});

describe('reports with its position', () => {
  test.each<{ name: string; lines: readonly string[]; expected: readonly unknown[] }>([
    {
      name: 'an ignore without a reason, an owner and an end',
      lines: ['ignore:', '  - id: CVE-2026-1'],
      expected: [
        '4:7 gate.ignore[0].reason is missing.',
        '4:7 gate.ignore[0].owner is missing.',
        '4:7 gate.ignore[0].expires is missing.',
      ],
    },
    {
      name: 'an ignore for all findings, and its other errors',
      lines: ['ignore: [{ image: web, owner: o, reason: "", expires: 2026-02-30, until: 1 }]'],
      expected: [
        '3:12 gate.ignore[0] would ignore all findings. Add an id such as id: CVE-2026-1234, a package or a path.',
        '3:36 gate.ignore[0].reason may not be empty.',
        '3:48 gate.ignore[0].expires must be a date such as 2026-08-30, not "2026-02-30".',
        expect.stringMatching(/^3:69 gate\.ignore\[0\] has no key "until"\./),
      ],
    },
    {
      name: 'an end that is more than a year away',
      lines: ['ignore: [{ id: CVE-1, reason: r, owner: o, expires: 2027-06-03 }]'],
      expected: [
        '3:46 gate.ignore[0].expires is 2027-06-03, more than a year away. The latest date is 2027-06-02.',
      ],
    },
    {
      name: 'an image that does not exist',
      lines: ['ignore: [{ id: CVE-1, image: wbe, reason: r, owner: o, expires: 2026-07-01 }]'],
      expected: [
        '3:25 gate.ignore[0].image is "wbe", which is not an image of the configuration. Did you mean web?',
      ],
    },
    {
      name: 'an id with spaces or wildcards, and a package that is none',
      lines: ['ignore: [{ id: "CVE-*", package: "pkg:npm", reason: r, owner: o, expires: 2026-07-01 }]'],
      expected: [
        '3:14 gate.ignore[0].id must be the id of a vulnerability such as CVE-2026-1234.',
        '3:27 gate.ignore[0].package must be the name of a package, or a package URL such as pkg:deb/debian/openssl@3.0.1, not "pkg:npm".',
      ],
    },
    {
      name: 'a baseline that is no environment',
      lines: ['baseline: prd'],
      expected: ['3:3 gate.baseline is "prd", which is not an environment. Did you mean prod?'],
    },
    {
      name: 'scores and numbers out of range',
      lines: ['cvss: 11', 'epss: 50%', 'max: { high: -1, med: 1 }', 'grace: { high: 1.5 }'],
      expected: [
        '3:3 gate.cvss must be a score from 0 to 10, e.g. 7.5.',
        '4:3 gate.epss must be a score from 0 to 1, e.g. 0.1.',
        '5:10 gate.max.high must be a number of findings such as 5.',
        '5:20 gate.max has no key "med". Valid: critical, high, medium, low, informational, undefined.',
        '6:12 gate.grace.high must be a number of days such as 30.',
      ],
    },
    {
      name: 'a maximum that never matters',
      lines: ['max: { critical: 2, high: 5 }', 'base: { fail-on: high, max: { high: 1 } }'],
      expected: [
        '3:10 gate.max.critical is 2, but fail-on: critical fails every finding of this severity. Write a lower fail-on such as fail-on: none, or remove the maximum.',
        '4:33 gate.base.max.high is 1, but fail-on: high fails every finding of this severity. Write a lower fail-on such as fail-on: none, or remove the maximum.',
      ],
    },
    {
      name: 'a VEX document outside of the repository',
      lines: ['vex: [../vex.json]'],
      expected: ['3:9 gate.vex[0] must be a path that stays in the repository.'],
    },
  ])('$name', ({ lines, expected }) => {
    expect(problemsOf(withGate(...lines))).toEqual(expected);
  });

  test('contradictions of environments, together with other errors', () => {
    const text = `${web}
gate: { fail-on: high }
environments:
  dev: { from: build, gate: { baseline: dev } }
  prod: { from: dev, gate: { baseline: dve, max: { high: 1 }, kev: yes } }
`;
    expect(problemsOf(text)).toEqual([
      '6:30 environments.prod.gate.baseline is "dve", which is not an environment. Did you mean dev?',
      '6:52 environments.prod.gate.max.high is 1, but fail-on: high fails every finding of this severity. Write a lower fail-on such as fail-on: none, or remove the maximum.',
      '6:63 environments.prod.gate.kev must be true or false, not a text.',
    ]);
  });
});

const vex = (status: string) =>
  JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    timestamp: '2026-05-01T00:00:00Z',
    statements: [{ vulnerability: 'CVE-1', products: ['pkg:oci/web'], status }],
  });

function workspaceWith(files: Readonly<Record<string, string>>): string {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  return workspace;
}

const printBake = (): never => {
  throw new Error('there is no bake file');
};

async function messagesOf(work: Promise<unknown>): Promise<string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(
      ({ message, position }) =>
        `${position?.file ?? ''}:${position?.line ?? ''}:${position?.column ?? ''} ${message}`,
    );
  }
}

describe('VEX documents', () => {
  test('of the file and of an environment are read', async () => {
    const workspace = workspaceWith({
      'towpath.yaml': `${web}gate: { vex: [a.json] }\nenvironments: { prod: { from: build, gate: { vex: [b.json, a.json] } } }\n`,
      'a.json': vex('fixed'),
      'b.json': vex('affected'),
    });
    const config = await loadConfig({ workspace, defaultName: 'web', printBake });
    expect(config.gate.vex).toMatchObject([{ status: 'fixed', document: 'a.json' }]);
    expect(environment(config, 'prod')).toMatchObject({ vex: [{ status: 'fixed' }, { status: 'affected' }] });
  });

  test('that are missing or invalid are reported with their position', async () => {
    const workspace = workspaceWith({
      'towpath.yaml': `${web}gate: { vex: [none.json, a.json] }\nenvironments: { prod: { from: build, gate: { vex: [a.json, b.json] } } }\n`,
      'a.json': '[]',
      'b.json': vex('harmless'),
    });
    expect(await messagesOf(loadConfig({ workspace, defaultName: 'web', printBake }))).toEqual([
      'towpath.yaml:2:15 The OpenVEX document none.json cannot be read.',
      expect.stringMatching(/^towpath\.yaml:2:26 a\.json is not an OpenVEX document/),
      expect.stringMatching(/^towpath\.yaml:3:60 b\.json: statements\[0\]\.status/),
    ]);
  });
});

describe('a policy file that a gate names', () => {
  const files = {
    'gate.yaml': 'fail-on: low\nkev: true\nmax: { undefined: 3 }\nvex: [vex.json]\n',
    'security/prod.yaml': 'fail-on: medium\ngrace: { medium: 9 }\n',
    'vex.json': vex('fixed'),
    'other.json': vex('affected'),
  };
  const load = (yaml: string, more: Readonly<Record<string, string>> = {}) =>
    loadConfig({
      workspace: workspaceWith({ ...files, ...more, 'towpath.yaml': `${web}${yaml}` }),
      defaultName: 'web',
      printBake,
    });

  test('has the keys that the gate does not write itself', async () => {
    const config = await load(
      'gate: { policy: gate.yaml, fail-on: high, max: { low: 4 }, vex: [other.json] }\n',
    );
    expect(config.gate).toMatchObject({ failOn: 'high', kev: true, max: { undefined: 3, low: 4 } });
    expect(config.gate.vex).toMatchObject([{ status: 'fixed' }, { status: 'affected' }]);
  });

  test('applies to an environment over the gate of the file', async () => {
    const config = await load(`
gate: { policy: gate.yaml }
environments:
  dev: { from: build }
  prod: { from: dev, gate: { policy: ./security/prod.yaml, grace: { low: 1 } } }
`);
    expect(config.gate).toMatchObject({ failOn: 'low', kev: true });
    expect(environment(config, 'dev')).toBeUndefined();
    expect(environment(config, 'prod')).toMatchObject({
      failOn: 'medium',
      kev: true,
      grace: { medium: 9, low: 1 },
      vex: [{ status: 'fixed' }],
    });
  });

  test('decides which maxima matter', async () => {
    const { gate } = await load('gate: { policy: gate.yaml, max: { critical: 2 } }\n', {
      'gate.yaml': 'fail-on: none',
    });
    expect(gate).toMatchObject({ failOn: 'none', max: { critical: 2 } });
  });

  test('is an error with its position, if it is missing, invalid or outside of the repository', async () => {
    const yaml = `
gate: { policy: none.yaml }
environments:
  dev: { from: build, gate: { policy: bad.yaml } }
  test: { from: dev, gate: { policy: bad.yaml } }
`;
    expect(await messagesOf(load(yaml, { 'bad.yaml': 'policy: gate.yaml\nbaseline: tst\n' }))).toEqual([
      'towpath.yaml:3:9 The policy file none.yaml cannot be read.',
      expect.stringMatching(/^bad\.yaml:1:1 The file has no key "policy"\./),
      'bad.yaml:2:1 baseline is "tst", which is not an environment. Did you mean test?',
    ]);
    expect(await messagesOf(load('gate: { policy: ../gate.yaml }\n'))).toEqual([
      expect.stringMatching(/^towpath\.yaml:2:9 /),
    ]);
  });
});

describe('a policy file', () => {
  const config = read(`${web}gate: { fail-on: low, kev: true }\n`);
  const load = (text: string) =>
    loadPolicy({
      workspace: workspaceWith({ 'gate.yaml': text, 'vex.json': vex('fixed') }),
      file: 'gate.yaml',
      config,
    });

  test('has the keys of a gate, and replaces the gates of the configuration', async () => {
    expect(
      await load('$schema: x\nmax: { high: 2 }\nfail-on: none\nbaseline: prod\nvex: [vex.json]\n'),
    ).toMatchObject({
      failOn: 'none',
      max: { high: 2 },
      baseline: 'prod',
      vex: [{ status: 'fixed' }],
    });
    expect(await load('only-fixable: true')).toEqual({ failOn: 'critical', onlyFixable: true });
  });

  test('reports all its problems with their positions', async () => {
    const text = 'fail: high\nbaseline: prod\nignore:\n  - { id: CVE-1, image: wbe, reason: r, owner: o }\n';
    expect(await messagesOf(load(text))).toEqual([
      expect.stringMatching(/^gate\.yaml:1:1 The file has no key "fail"\./),
      'gate.yaml:4:5 ignore[0].expires is missing.',
      'gate.yaml:4:18 ignore[0].image is "wbe", which is not an image of the configuration. Did you mean web?',
    ]);
  });

  test('that does not exist, or is not in the repository, is an error', async () => {
    const workspace = workspaceWith({});
    expect(await messagesOf(loadPolicy({ workspace, file: 'gate.yaml', config }))).toEqual([
      ':: The policy file gate.yaml cannot be read.',
    ]);
    expect(await messagesOf(loadPolicy({ workspace, file: '../gate.yaml', config }))).toEqual([
      ':: ../gate.yaml leads out of the repository.',
    ]);
  });
});
