/**
 * The layers of packages/, the lowest first. A package imports from its own layer and from the layers below. Actions
 * are above all layers and never import each other.
 */
export const layers = [
  ['concurrency', 'errors', 'files'],
  [
    'board',
    'build-context',
    'build-inputs',
    'ci',
    'config',
    'dockerfile',
    'dockerfile-rules',
    'findings',
    'image-set',
    'junit',
    'lifecycle',
    'matrix',
    'markdown',
    'proxy',
    'reference',
    'sarif',
    'scan-policy',
    'tags',
  ],
  ['buildx', 'docker', 'ecr', 'flow', 'lint', 'oci', 'scanners', 'process'],
  ['session'],
  ['delivery', 'gate', 'gate-report', 'github', 'ledger', 'project', 'reuse'],
];

/** Packages that only tests and tools use. The product never imports them; they may import everything. */
export const beside = ['ecr-emulator', 'runner', 'stage', 'testing'];

/** Packages above the actions, which run them. */
export const above = ['cli'];

/** Packages that are a Runtime or parts of one. Only they use the global `process`. */
export const runtimes = ['github', 'process', ...above];

/**
 * The packages that alone import some modules, as regular expressions. The other packages go through them.
 *
 * @type {readonly (readonly [owners: string, modules: string])[]}
 */
export const owners = [
  ['(github|process)', '@actions/'],
  ['ecr', '@(aws-sdk|smithy)/'],
];
