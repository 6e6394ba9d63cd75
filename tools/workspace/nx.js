import { dirname } from 'node:path';
import { endToEnd, hasTests, tallyFile } from './jest.js';

/**
 * Infers the targets of every package and of the workspace, so that no package.json repeats them.
 *
 * @type {[string, (files: readonly string[]) => [string, object][]]}
 * @see https://nx.dev/docs/extending-nx/project-graph-plugins
 */
export const createNodesV2 = [
  '{package.json,{packages,actions,tools}/*/package.json}',
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      const project =
        root === '.' ? { name: 'workspace', targets: workspaceTargets() } : { targets: targetsOf(root) };
      return [file, { projects: { [root]: project } }];
    }),
];

/** What tools read that look at the whole workspace at once. */
function workspaceTargets() {
  const everything = { cache: true, inputs: ['everything'] };
  return {
    lint: lint(),
    types: { ...everything, command: 'tsc --noEmit' },
    imports: {
      ...everything,
      command:
        'depcruise --config dependency-cruiser.config.js --output-type err-long packages actions tools',
    },
    'dead-code': { ...everything, command: 'knip' },
    format: { ...everything, command: 'prettier --check .' },
    docs: { ...everything, command: 'node tools/docs/main.ts --check' },
  };
}

/** @param {string} root folder of the package, relative to the workspace */
function targetsOf(root) {
  const isBundled = root.startsWith('actions/') || root === 'packages/cli';
  return {
    lint: lint(),
    ...(isBundled && { bundle: bundle(root) }),
    ...(hasTests(root) && (endToEnd.includes(root) ? { e2e: e2e(root) } : { test: test(root) })),
  };
}

function lint() {
  return {
    executor: '@towpath/workspace:eslint',
    cache: true,
    inputs: [
      'default',
      '^default',
      'lintRules',
      { externalDependencies: ['eslint', 'typescript-eslint', 'typescript'] },
    ],
  };
}

/** @param {string} root */
function bundle(root) {
  return {
    command: `node tools/bundle/main.ts ${root}`,
    cache: true,
    inputs: ['default', '^default', 'bundler', { externalDependencies: ['esbuild', '@vercel/ncc'] }],
    outputs: ['{projectRoot}/dist'],
  };
}

/**
 * The tests of tools read pages, workflows and sources of the whole workspace.
 *
 * @param {string} root
 */
function test(root) {
  return {
    executor: '@towpath/workspace:jest',
    cache: true,
    inputs: root.startsWith('tools/') ? ['everything', 'node'] : ['default', '^default', 'testRules', 'node'],
    outputs: [`{workspaceRoot}/${tallyFile(root)}`],
  };
}

/**
 * Never from the cache: the engine and the base images of the machine are no inputs that nx can compare.
 *
 * @param {string} root
 */
function e2e(root) {
  return {
    executor: '@towpath/workspace:jest',
    dependsOn: [{ projects: ['@towpath/action-*', '@towpath/cli'], target: 'bundle' }],
    inputs: ['everything'],
    outputs: [`{workspaceRoot}/${tallyFile(root)}`],
  };
}
