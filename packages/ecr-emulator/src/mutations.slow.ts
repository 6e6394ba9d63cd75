import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './harness/temporary-folder.ts';

/** A lie in the sources, and the tests that have to find it out. */
interface Mutation {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Test files, by a part of their path. */
  readonly tests: string;
  /** Of the tests in them, by a part of their names; by default all. */
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
  'a layer has whatever digest it is given': {
    file: 'registry/uploads.ts',
    from: 'if (!digests.includes(digest)) {',
    to: 'if (digests.length === 0) {',
    tests: 'distribution/handler',
  },
  'a manifest has whatever digest it is given': {
    file: 'registry/put-image.ts',
    from: 'if (pushed.digest !== undefined && pushed.digest !== digest) {',
    to: 'if (pushed.digest === digest && digest !== pushed.digest) {',
    tests: 'distribution/manifests',
  },
  'manifests need no layers': {
    file: 'registry/put-image.ts',
    from: 'if (layersMissing.length > 0)',
    to: 'if (layersMissing.length < 0)',
    tests: 'distribution/manifests',
  },
  'scans are done at once': {
    file: 'scan/state.ts',
    from: 'const pendingAt = at + delays.notFound;',
    to: 'const pendingAt = at - 1e9;',
    tests: 'api/scanning',
  },
  'findings are there when the scan says so': {
    file: 'scan/state.ts',
    from: 'const settled = now >= endedAt + delays.findings;',
    to: 'const settled = now >= endedAt;',
    tests: 'api/scanning',
  },
  'tokens are believed': {
    file: 'access/secret.ts',
    from: 'return this.verifies(payload, seal)\n',
    to: "return seal !== ''\n",
    tests: 'distribution/handler',
  },
  'tokens live for ever': {
    file: 'access/authorization-token.ts',
    from: 'if (grant.expiresAt <= now) {',
    to: 'if (grant.expiresAt <= 0) {',
    tests: 'distribution/handler',
  },
  'keys of nobody are somebody': {
    file: 'ecr.ts',
    from: 'return this.#accounts.includes(accessKeyId) ?',
    to: 'return accessKeyId !== "" ?',
    tests: 'api/handler',
  },
  'signatures are not looked at': {
    file: 'access/signature.ts',
    from: "if (!/^[0-9a-f]{64}$/.test(parts.get('Signature') ?? '')) {",
    to: 'if (parts.size === 0) {',
    tests: 'api/handler',
  },
  'other accounts may do everything': {
    file: 'access/authorize.ts',
    from: "if (its === 'silent' && isAbroad)",
    to: "if (its === 'silent' && owner === '')",
    tests: 'api/repository-policies',
  },
  'a Deny is overlooked': {
    file: 'access/policy.ts',
    from: "if (matching.some(({ effect }) => effect === 'Deny')) return 'deny';",
    to: '',
    tests: 'api/repository-policies',
  },
  'a role may do everything': {
    file: 'access/authorize.ts',
    from: "if (own === 'silent' && !isNamed)",
    to: "if (own === 'silent' && owner === '')",
    tests: 'access/roles',
  },
  'a role trusts everybody': {
    file: 'access/roles.ts',
    from: '?.trust ?? everybody',
    to: '?.identity ?? everybody',
    tests: 'access/roles',
  },
  'the bucket takes every address': {
    file: 'layer-bucket/layer-bucket.ts',
    from: 'if (!this.#secret.verifies(',
    to: 'if (url.hash !== "" && !this.#secret.verifies(',
    tests: 'distribution/handler',
  },
  'the bucket takes foreign credentials': {
    file: 'layer-bucket/handler.ts',
    from: "if (exchange.header('authorization') !== undefined) {",
    to: "if (exchange.header('authorization') === '') {",
    tests: 'distribution/handler',
  },
  'an upload starts anew': {
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
  'an acknowledged manifest is not in the record': {
    file: 'registry/repository.ts',
    from: 'await this.#write(next);\n      this.#record = next;',
    to: 'this.#record = next;',
    tests: 'store/data-folder',
    named: 'is there when it starts again',
  },
};

const sources = fileURLToPath(new URL('.', import.meta.url));
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** A copy of the sources in which tests can be run. */
async function copySources(): Promise<string> {
  const folder = await temporaryFolder();
  cpSync(sources, join(folder, 'src'), { recursive: true });
  symlinkSync(modules, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'README.md'), readFileSync(join(sources, '..', 'README.md')));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const swc = { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } };
  const config = {
    testMatch: ['<rootDir>/src/**/*.test.ts'],
    extensionsToTreatAsEsm: ['.ts'],
    testTimeout: 60_000,
    transform: { '\\.ts$': ['@swc/jest', swc] },
  };
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
  return folder;
}

/** How many tests passed and how many failed. */
function runTests(
  folder: string,
  { tests, named }: Pick<Mutation, 'tests' | 'named'>,
): { readonly passed: number; readonly failed: number } {
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

test('the copy itself passes', async () => {
  const tests = [...new Set(Object.values(mutations).map((mutation) => mutation.tests))].join('|');
  expect(runTests(await copySources(), { tests })).toEqual({ passed: expect.any(Number), failed: 0 });
}, 300_000);

test.each(Object.entries(mutations))(
  'it is found out that %s',
  async (_, { file, from, to, ...which }) => {
    const folder = await copySources();
    const path = join(folder, 'src', file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(from)).toHaveLength(2);
    writeFileSync(path, source.replace(from, to));
    expect(runTests(folder, which).failed).toBeGreaterThan(0);
  },
  300_000,
);
