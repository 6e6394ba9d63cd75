import { globSync, readFileSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/**
 * The house, floor by floor: a package may import from its own floor and from the floors below, never from
 * above, and only what its package.json declares. Actions stand on top of all floors, and never import each other.
 */
const floors = [
  ['errors', 'files'],
  [
    'build-context',
    'build-inputs',
    'ci',
    'config',
    'dockerfile',
    'image-set',
    'markdown',
    'proxy',
    'reference',
    'scan-policy',
    'tags',
  ],
  ['buildx', 'ecr', 'flow', 'oci'],
  ['github', 'project'],
];

/** Packages that stand beside the product, with the tools: nothing of the product imports them. */
const beside = ['ecr-emulator', 'testing'];

/** Modules that one package alone may import: everyone else goes through it. */
const owners = new Map([
  ['github', ['@actions/*']],
  ['ecr', ['@aws-sdk/*', '@smithy/*']],
]);

/** The only package of the product that may read the process it runs in: the others have the Runtime. */
const processOwner = 'github';

const scope = '@towpath/';

/**
 * @typedef {object} Package
 * @property {string} folder relative to the workspace
 * @property {string} shortName without its scope
 * @property {boolean} product false for what stands beside the product
 * @property {number} floor 0 is the ground; `floors.length` for actions
 * @property {string[]} dependencies the names of what it declares, of the workspace and of npm
 * @property {string[]} devDependencies the same, for its tests
 */

/**
 * The lint rules that hold the boundaries, one set for each package.
 *
 * @returns {import('eslint').Linter.Config[]}
 * @throws Error when a package stands on no floor or declares a dependency on a floor above its own
 */
export function boundaries() {
  const everyone = Object.keys(readManifest('package.json').devDependencies);
  return readPackages().flatMap((one) => {
    checkFloors(one);
    const tests = ['*.test.ts', '*.slow.ts', 'harness/*.ts'].map((file) => `${one.folder}/**/${file}`);
    const whileDeveloping = importRule(one, [...one.dependencies, ...one.devDependencies, ...everyone]);
    if (!one.product) return [{ files: [`${one.folder}/**/*.{ts,js}`], rules: whileDeveloping }];
    return [
      { files: [`${one.folder}/**/*.ts`], rules: importRule(one, one.dependencies) },
      { files: tests, rules: whileDeveloping },
      ...(one.shortName === processOwner
        ? []
        : [{ files: [`${one.folder}/**/*.ts`], ignores: tests, rules: noProcess }]),
    ];
  });
}

/** @returns {Package[]} */
function readPackages() {
  return globSync('{packages,actions,tools}/*/package.json').map((file) => {
    const { name, dependencies, devDependencies } = readManifest(file);
    const folder = dirname(file).replaceAll(sep, '/');
    const shortName = name.slice(scope.length);
    const isPackage = folder.startsWith('packages/');
    return {
      folder,
      shortName,
      product: !folder.startsWith('tools/') && !(isPackage && beside.includes(shortName)),
      floor: isPackage ? floorOf(shortName) : floors.length,
      dependencies: Object.keys(dependencies),
      devDependencies: Object.keys(devDependencies),
    };
  });
}

/**
 * @param {string} file
 * @returns {{ name: string, dependencies: object, devDependencies: object }}
 */
function readManifest(file) {
  return { dependencies: {}, devDependencies: {}, ...JSON.parse(readFileSync(file, 'utf8')) };
}

/** @param {string} shortName */
function floorOf(shortName) {
  return floors.findIndex((names) => names.includes(shortName));
}

/** @param {Package} one */
function checkFloors({ folder, product, floor, dependencies }) {
  if (!product) return;
  if (floor < 0)
    throw new Error(`${folder} stands on no floor: give it one in tools/workspace/boundaries.js`);
  for (const dependency of dependencies.filter((name) => name.startsWith(scope))) {
    const theirs = floorOf(dependency.slice(scope.length));
    if (theirs < 0 || theirs > floor) {
      throw new Error(
        `${folder} may not depend on ${dependency}: see the floors in tools/workspace/boundaries.js`,
      );
    }
  }
}

/**
 * @param {Package} one
 * @param {string[]} allowed what it declares
 * @returns {import('eslint').Linter.RulesRecord}
 */
function importRule({ folder, shortName, product }, allowed) {
  const fronts = allowed.map((name) => (name.startsWith(scope) ? `${name}$` : `${name}(?:/|$)`));
  const undeclared = {
    regex: `^(?!${['\\.', 'node:', ...fronts].join('|')})`,
    message: `Not declared in ${folder}/package.json, or a way past a package's front door.`,
  };
  const owned = [...owners]
    .filter(([owner]) => product && owner !== shortName)
    .map(([owner, group]) => ({ group, message: `Only packages/${owner} imports this.` }));
  return { 'no-restricted-imports': ['error', { patterns: [undeclared, ...owned] }] };
}

/** @type {import('eslint').Linter.RulesRecord} */
const noProcess = {
  'no-restricted-globals': [
    'error',
    { name: 'process', message: 'The outside is reached through the Runtime.' },
  ],
};
