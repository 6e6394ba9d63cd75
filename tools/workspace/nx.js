import { dirname } from 'node:path';

/**
 * Infers the targets that every package has, so that no package.json repeats them.
 *
 * @type {[string, (files: readonly string[]) => [string, object][]]}
 * @see https://nx.dev/docs/extending-nx/project-graph-plugins
 */
export const createNodesV2 = [
  '{packages,actions,tools}/*/package.json',
  (files) =>
    files.map((file) => {
      const root = dirname(file);
      return [file, { projects: { [root]: { targets: targetsOf(root) } } }];
    }),
];

/** @param {string} root folder of the package, relative to the workspace */
function targetsOf(root) {
  const lint = {
    command: `eslint --max-warnings 0 --no-error-on-unmatched-pattern ${root}`,
    cache: true,
    inputs: ['default', '^default', 'lintRules'],
  };
  const bundle = {
    command: `node tools/bundle/main.ts ${root}`,
    cache: true,
    inputs: ['default', '^default', 'bundler', { externalDependencies: ['esbuild', '@vercel/ncc'] }],
    outputs: ['{projectRoot}/dist'],
  };
  return root.startsWith('actions/') ? { lint, bundle } : { lint };
}
