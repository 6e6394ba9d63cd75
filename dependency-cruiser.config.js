import { above, beside, layers, owners } from '@towpath/workspace/layers';
import { readManifests } from '@towpath/workspace/manifests';

const workspace = '^(actions|packages|tools)/';
const product = `^(actions/|packages/(?!(${beside.join('|')})/))`;
const tests = '\\.(test|slow)\\.ts$|/(fixture|harness)/';

const manifests = readManifests();
for (const { folder } of manifests) {
  const [place, name = ''] = folder.split('/');
  if (place === 'packages' && ![...layers, beside, above].some((names) => names.includes(name))) {
    throw new Error(`${folder} is in no layer: add it to a layer in tools/workspace/layers.js`);
  }
}

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const layerRules = layers.map((names, level) => ({
  name: 'layers',
  comment: 'A package imports from its own layer and from the layers below: see tools/workspace/layers.js.',
  severity: 'error',
  from: { path: `^packages/(${names.join('|')})/`, pathNot: tests },
  to: {
    path: workspace,
    pathNot: `^packages/(${layers
      .slice(0, level + 1)
      .flat()
      .join('|')})/`,
  },
}));

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const ownerRules = owners.map(([owner, modules]) => ({
  name: 'owners',
  comment: 'Only the package that owns a module imports it: see tools/workspace/layers.js.',
  severity: 'error',
  from: { path: product, pathNot: `${tests}|^packages/${owner}/` },
  to: { path: `node_modules/${modules}` },
}));

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const declaredRules = manifests.flatMap(({ folder, dependencies, devDependencies }) => {
  const all = [folder, ...dependencies, ...devDependencies];
  const everywhere = declaredRule({ path: `^${folder}/` }, all);
  if (!new RegExp(product).test(`${folder}/`)) return [everywhere];
  return [everywhere, declaredRule({ path: `^${folder}/`, pathNot: tests }, [folder, ...dependencies])];
});

/**
 * @param {import('dependency-cruiser').IForbiddenRuleType['from']} from
 * @param {string[]} folders of the packages that it may import
 * @returns {import('dependency-cruiser').IForbiddenRuleType}
 */
function declaredRule(from, folders) {
  return {
    name: 'declared',
    comment: 'What a file imports is in its package.json; the product needs it in `dependencies`.',
    severity: 'error',
    from,
    to: { path: workspace, pathNot: `^(${folders.join('|')})/` },
  };
}

/**
 * The import rules of the workspace. `npm run lint` checks them.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    ...layerRules,
    ...ownerRules,
    ...declaredRules,
    {
      name: 'declared',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    {
      name: 'declared',
      severity: 'error',
      from: { path: product, pathNot: tests },
      to: { path: 'node_modules/', dependencyTypesNot: ['npm'] },
    },
    {
      name: 'actions',
      comment: 'An action never imports another action: what they share belongs in packages/.',
      severity: 'error',
      from: { path: '^actions/([^/]+)/' },
      to: { path: '^actions/', pathNot: '^actions/$1/' },
    },
    {
      name: 'product',
      comment: 'The product never imports tests, tools or packages that only these use.',
      severity: 'error',
      from: { path: product, pathNot: tests },
      to: { path: `^tools/|^packages/(${beside.join('|')})/|${tests}`, pathNot: 'node_modules/' },
    },
    {
      name: 'index',
      comment: 'A package is imported by its name: nothing but its index is for others.',
      severity: 'error',
      from: { path: `${workspace}([^/]+)/` },
      to: { path: workspace, pathNot: '^$1/$2/', dependencyTypesNot: ['aliased-workspace'] },
    },
    {
      name: 'circles',
      comment: 'Files never import each other in a circle, not even for types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    combinedDependencies: true,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types'] },
  },
};
