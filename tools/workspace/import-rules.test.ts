import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

const npmPackages = ['@actions/core', '@aws-sdk/client-ecr', 'ajv', 'semver'];

/** What the packages of the workspace declare. */
const declared: Readonly<Record<string, { dependencies?: string[]; devDependencies?: string[] }>> = {
  'packages/errors': {},
  'packages/reference': {
    dependencies: ['@towpath/errors', '@towpath/oci', 'semver'],
    devDependencies: ['@towpath/config', '@towpath/testing', 'ajv'],
  },
  'packages/config': {},
  'packages/oci': {},
  'packages/ecr': { dependencies: ['@aws-sdk/client-ecr'] },
  'packages/github': { dependencies: ['@actions/core'] },
  'packages/testing': { dependencies: ['@towpath/reference', '@towpath/demo'] },
  'actions/build': {
    dependencies: [
      '@actions/core',
      '@aws-sdk/client-ecr',
      '@towpath/publish',
      '@towpath/demo',
      '@towpath/testing',
    ],
  },
  'actions/publish': { dependencies: ['@towpath/ecr', '@towpath/github'] },
  'tools/demo': { devDependencies: ['semver'] },
};

const allowed: Readonly<Record<string, string>> = {
  'packages/errors/src/private.ts': `import { readFileSync } from 'node:fs';`,
  'packages/errors/src/seed.test.ts': '',
  'packages/errors/src/hen.ts': `import './egg.ts';`,
  'packages/reference/src/below.ts': `import '@towpath/errors'; import 'semver';`,
  'packages/reference/src/above.test.ts': `import '@towpath/testing'; import '@towpath/config'; import 'ajv';`,
  'packages/ecr/src/owner.ts': `import '@aws-sdk/client-ecr';`,
  'packages/github/src/owner.ts': `import '@actions/core';`,
  'packages/testing/src/tool.ts': `import '@towpath/demo';`,
  'actions/publish/src/main.ts': `import '@towpath/ecr'; import '@towpath/github'; import './action.ts';`,
  'actions/publish/src/action.ts': '',
  'tools/demo/src/tool.ts': `import 'semver';`,
  'packages/oci/src/types.ts': `import type { Part } from './part.ts'; export interface Whole { part: Part }`,
};

const seeds: readonly (readonly [problem: string, rule: string, file: string, text: string])[] = [
  ['imports from a layer above', 'layers', 'packages/reference/src/up.ts', `import '@towpath/oci';`],
  [
    'takes a type from a layer above',
    'layers',
    'packages/reference/src/type.ts',
    `import type {} from '@towpath/oci';`,
  ],
  [
    'loads from a layer above later',
    'layers',
    'packages/reference/src/later.ts',
    `await import('@towpath/oci');`,
  ],
  ['passes on a layer above', 'layers', 'packages/reference/src/pass.ts', `export * from '@towpath/oci';`],
  ['imports another action', 'actions', 'actions/build/src/action.ts', `import '@towpath/publish';`],
  ['imports the toolkit', 'owners', 'actions/build/src/toolkit.ts', `import '@actions/core';`],
  ['imports the AWS SDK', 'owners', 'actions/build/src/sdk.ts', `import '@aws-sdk/client-ecr';`],
  ['imports the emulator’s side', 'product', 'actions/build/src/fake.ts', `import '@towpath/testing';`],
  ['imports a tool', 'product', 'actions/build/src/tool.ts', `import '@towpath/demo';`],
  ['imports a test', 'product', 'packages/errors/src/borrow.ts', `import './seed.test.ts';`],
  ['imports an undeclared package', 'declared', 'packages/config/src/ours.ts', `import '@towpath/errors';`],
  ['imports an undeclared npm package', 'declared', 'packages/config/src/npm.ts', `import 'semver';`],
  ['imports a devDependency', 'declared', 'packages/reference/src/dev.ts', `import '@towpath/config';`],
  ['imports an npm devDependency', 'declared', 'packages/reference/src/npm.ts', `import 'ajv';`],
  ['imports what does not exist', 'declared', 'packages/errors/src/gone.ts', `import './nothing.ts';`],
  [
    'reaches into a package by its name',
    'declared',
    'packages/reference/src/in.ts',
    `import '@towpath/errors/src/private.ts';`,
  ],
  [
    'reaches into a package by a path',
    'index',
    'packages/reference/src/path.ts',
    `import '../../errors/src/private.ts';`,
  ],
  ['is in a circle', 'circles', 'packages/errors/src/egg.ts', `import './hen.ts';`],
  [
    'is in a circle of types',
    'circles',
    'packages/oci/src/part.ts',
    `import type { Whole } from './types.ts'; export interface Part { whole: Whole }`,
  ],
];

let root: string;
let violations: readonly Violation[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'import-rules-'));
  await createWorkspace();
  violations = await checkImports();
}, 120_000);

afterAll(() => rm(root, { recursive: true }));

test.each(seeds)('reports a file that %s', (_problem, rule, file) => {
  expect(violations.filter(({ from }) => from === file).map((one) => one.rule.name)).toEqual([rule]);
});

test('reports nothing else', () => {
  const seeded = seeds.map(([, , file]) => file);
  expect(violations.filter(({ from }) => !seeded.includes(from))).toEqual([]);
});

async function createWorkspace(): Promise<void> {
  await write('package.json', JSON.stringify({ workspaces: ['packages/*', 'actions/*', 'tools/*'] }));
  await write('tsconfig.json', '{}');
  for (const name of npmPackages) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, '');
  }
  for (const [folder, { dependencies = [], devDependencies = [] }] of Object.entries(declared)) {
    const name = `@towpath/${basename(folder)}`;
    await write(
      `${folder}/package.json`,
      JSON.stringify({
        name,
        exports: './src/index.ts',
        dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '*'])),
        devDependencies: Object.fromEntries(devDependencies.map((dependency) => [dependency, '*'])),
      }),
    );
    await write(`${folder}/src/index.ts`, '');
    await mkdir(join(root, 'node_modules/@towpath'), { recursive: true });
    await symlink(join(root, folder), join(root, 'node_modules', name));
  }
  for (const [file, text] of Object.entries(allowed)) await write(file, text);
  for (const [, , file, text] of seeds) await write(file, text);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

/** Runs dependency-cruiser with the workspace's own configuration. */
async function checkImports(): Promise<readonly Violation[]> {
  const workspace = resolve('.');
  const program = join(workspace, 'node_modules/.bin/depcruise');
  const options = ['--config', join(workspace, 'dependency-cruiser.config.js'), '--output-type', 'json'];
  const stdout = await new Promise<string>((done, fail) => {
    // It exits with the number of violations.
    execFile(
      process.execPath,
      [program, ...options, 'packages', 'actions', 'tools'],
      { cwd: root },
      (error, out, err) => {
        if (out === '') fail(new Error(err, { cause: error }));
        else done(out);
      },
    );
  });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}
