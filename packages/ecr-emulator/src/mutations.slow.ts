import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A bug to insert into the sources, and the tests that must fail because of it. */
interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** A pattern for the paths of the test files. */
  readonly tests: string;
  /** A pattern for the names of the tests. Default: all tests of the files. */
  readonly named?: string;
}

const mutations: Readonly<Record<string, Mutation>> = {
  'immutable tags move': {
    file: 'registry/put-image.ts',
    from: 'if (isMutable(tag, mutability)) return;',
    to: 'if (isMutable(tag, mutability) || tag) return;',
    tests: 'distribution/manifests',
  },
  'exclusions are ignored': {
    file: 'registry/tag-mutability.ts',
    from: 'return excluded;',
    to: 'return false;',
    tests: 'distribution/manifests',
  },
  'layers are accepted under any digest': {
    file: 'registry/uploads.ts',
    from: 'if (!digests.includes(digest)) {',
    to: 'if (digests.length === 0) {',
    tests: 'distribution/handler',
  },
  'manifests are accepted under any digest': {
    file: 'registry/put-image.ts',
    from: 'if (pushed.digest !== undefined && pushed.digest !== digest) {',
    to: 'if (pushed.digest === digest && digest !== pushed.digest) {',
    tests: 'distribution/manifests',
  },
  'manifests are accepted without their layers': {
    file: 'registry/put-image.ts',
    from: 'if (layersMissing.length > 0)',
    to: 'if (layersMissing.length < 0)',
    tests: 'distribution/manifests',
  },
  'scans complete immediately': {
    file: 'scan/state.ts',
    from: 'const pendingAt = at + delays.notFound;',
    to: 'const pendingAt = at - 1e9;',
    tests: 'api/scanning',
  },
  'findings are available as soon as the scan completes': {
    file: 'scan/state.ts',
    from: 'const settled = now >= endedAt + (script.findingsAfterMs ?? delays.findings);',
    to: 'const settled = now >= endedAt;',
    tests: 'api/scanning',
  },
  'tokens are not verified': {
    file: 'access/secret.ts',
    from: 'return this.verifies(payload, seal)\n',
    to: "return seal !== ''\n",
    tests: 'distribution/handler',
  },
  'tokens do not expire': {
    file: 'access/authorization-token.ts',
    from: 'if (grant.expiresAt <= now) {',
    to: 'if (grant.expiresAt <= 0) {',
    tests: 'distribution/handler',
  },
  'unknown access keys are accepted': {
    file: 'ecr.ts',
    from: 'return this.#accounts.includes(account) &&',
    to: 'return account !== "" &&',
    tests: 'api/handler',
  },
  'signatures are not checked': {
    file: 'access/signature.ts',
    from: "if (!/^[0-9a-f]{64}$/.test(parts.get('Signature') ?? '')) {",
    to: 'if (parts.size === 0) {',
    tests: 'api/handler',
  },
  'other accounts may do everything': {
    file: 'access/authorize.ts',
    from: "if (byResource === 'silent' && isCrossAccount)",
    to: "if (byResource === 'silent' && owner === '')",
    tests: 'api/repository-policies',
  },
  'a Deny is ignored': {
    file: 'access/policy.ts',
    from: "if (matching.some(({ effect }) => effect === 'Deny')) return 'deny';",
    to: '',
    tests: 'api/repository-policies',
  },
  'a role may do everything': {
    file: 'access/authorize.ts',
    from: "if (byIdentity === 'silent' && !isNamed)",
    to: "if (byIdentity === 'silent' && owner === '')",
    tests: 'access/roles',
  },
  'a role trusts everyone': {
    file: 'access/roles.ts',
    from: '?.trust ?? anyone',
    to: '?.identity ?? anyone',
    tests: 'access/roles',
  },
  'the bucket accepts unsigned addresses': {
    file: 'layer-bucket/layer-bucket.ts',
    from: 'if (!this.#secret.verifies(',
    to: 'if (url.hash !== "" && !this.#secret.verifies(',
    tests: 'distribution/handler',
  },
  'the bucket accepts credentials of the registry': {
    file: 'layer-bucket/handler.ts',
    from: "if (exchange.header('authorization') !== undefined) {",
    to: "if (exchange.header('authorization') === '') {",
    tests: 'distribution/handler',
  },
  'an upload can start again': {
    file: 'registry/uploads.ts',
    from: 'if (first !== session.size) {',
    to: 'if (first > session.size) {',
    tests: 'distribution/uploads',
  },
  'two processes share a folder': {
    file: 'store/lock.ts',
    from: 'if (previous !== undefined && (await isAlive(previous)))',
    to: 'if (previous !== undefined && (await isAlive(previous)) && generation < 0)',
    tests: 'store/data-folder',
    named: 'by one emulator at a time',
  },
  'an acknowledged manifest is not stored': {
    file: 'registry/repository.ts',
    from: 'await this.#write(next);\n      this.#record = next;',
    to: 'this.#record = next;',
    tests: 'store/data-folder',
    named: 'survives a restart',
  },
};

const sources = fileURLToPath(new URL('.', import.meta.url));
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** The folder of the copy. All tests share it, because Jest keeps its transformed files by path. */
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecr-emulator-mutations-'));
  cpSync(sources, join(folder, 'src'), { recursive: true });
  symlinkSync(modules, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'README.md'), readFileSync(join(sources, '..', 'README.md')));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const swc = { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } };
  const config = {
    cacheDirectory: join(folder, 'cache'),
    testMatch: ['<rootDir>/src/**/*.test.ts'],
    extensionsToTreatAsEsm: ['.ts'],
    testTimeout: 60_000,
    transform: { '\\.ts$': ['@swc/jest', swc] },
  };
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs tests and returns the numbers of passed and failed ones. */
function runTests({ tests, named }: Pick<Mutation, 'tests' | 'named'>): {
  readonly passed: number;
  readonly failed: number;
} {
  const report = join(folder, 'report.json');
  const jest = join(modules, 'jest', 'bin', 'jest.js');
  const flags = [
    '--json',
    `--outputFile=${report}`,
    '--bail=1',
    '--config',
    join(folder, 'jest.config.json'),
  ];
  if (named !== undefined) flags.push('--testNamePattern', named);
  const { stderr } = spawnSync(process.execPath, ['--experimental-vm-modules', jest, ...flags, tests], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numTotalTests: number;
  };
  if (numTotalTests === 0) throw new Error(stderr);
  return { passed: numPassedTests, failed: numFailedTests };
}

test('the tests pass in an unchanged copy', () => {
  const tests = [...new Set(Object.values(mutations).map((mutation) => mutation.tests))].join('|');
  expect(runTests({ tests })).toEqual({ passed: expect.any(Number), failed: 0 });
}, 300_000);

/** With `TOWPATH_FAULTS=all` every mutation is tried, and otherwise every third one: each of them starts Jest. */
const stride = process.env.TOWPATH_FAULTS === 'all' ? 1 : 3;

test.each(Object.entries(mutations).filter((_, index) => index % stride === 0))(
  'a test fails if %s',
  (_, { file, from, to, ...which }) => {
    const path = join(folder, 'src', file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(from)).toHaveLength(2);
    writeFileSync(path, source.replace(from, to));
    try {
      expect(runTests(which).failed).toBeGreaterThan(0);
    } finally {
      writeFileSync(path, source);
    }
  },
  300_000,
);
