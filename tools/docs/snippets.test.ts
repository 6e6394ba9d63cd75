import { describe, expect, test } from '@jest/globals';
import { loadConfig, type BakeCall } from '@towpath/config';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { globSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { readCallables, readPinnedMajors } from './callable.ts';
import { checkWorkflow, completeWorkflow } from './check-workflow.ts';
import { readSnippets, type Snippet } from './snippets.ts';

const named = { callables: readCallables(), pinnedMajors: readPinnedMajors() };
const snippets = readSnippets();
// The pipelines of GitLab are neither workflows nor configurations.
const inYaml = snippets.filter(
  ({ language, place }) => language === 'yaml' && !place.startsWith('docs/gitlab.md'),
);
const isWorkflow = ({ text }: Snippet): boolean => completeWorkflow(text) !== undefined;

test('the pages show workflows, configurations and policies', () => {
  const languages = new Set(snippets.map(({ language }) => language));
  expect([...languages].sort()).toEqual([
    '',
    'dockerfile',
    'hcl',
    'json',
    'mermaid',
    'sh',
    'toml',
    'ts',
    'yaml',
  ]);
  expect(inYaml.filter(isWorkflow).length).toBeGreaterThan(8);
});

/** Fails, because no page uses a bake file as its configuration. */
function printBake({ files }: BakeCall): never {
  throw new Error(`buildx was asked for ${files.join(', ')}`);
}

describe('GitHub accepts the workflow, and all inputs exist', () => {
  test.each(inYaml.filter(isWorkflow))('$place', ({ place, text }) => {
    expect(checkWorkflow(place, completeWorkflow(text) ?? '', named)).toEqual([]);
  });

  test.each(globSync('examples/*/.github/workflows/*.yml'))('%s', (file) => {
    expect(checkWorkflow(file, readFileSync(file, 'utf8'), named)).toEqual([]);
  });
});

describe('the check of workflows on pages reports', () => {
  const build = 'towpath/towpath/actions/build@v1';
  const pipeline = 'towpath/towpath/.github/workflows/pipeline.yml@v1';
  const call = (job: object): object => ({
    jobs: { deliver: { uses: pipeline, permissions: { contents: 'read', 'id-token': 'write' }, ...job } },
  });
  const inputs = { 'aws-region': 'us-east-1', 'publish-role': 'arn' };
  test.each<[string, object, RegExp]>([
    ['a key that GitHub does not support', [{ uses: build, wth: {} }], /Unexpected value 'wth'/],
    ['an input that an action does not have', [{ uses: build, with: { contxt: '.' } }], /no input contxt/],
    [
      'a required input of an action that is missing',
      [{ uses: build.replace('build', 'promote') }],
      /requires the input target-environment/,
    ],
    ['an input that a workflow does not have', call({ with: { ...inputs, role: 'x' } }), /no input role/],
    [
      'a required input of a workflow that is missing',
      call({ with: { 'aws-region': 'x' } }),
      /requires the input publish-role/,
    ],
    [
      'a permission that is missing',
      call({ with: inputs, permissions: { contents: 'read' } }),
      /needs id-token: write/,
    ],
    [
      'a permission that nothing needs',
      call({ with: inputs, permissions: { contents: 'read', 'id-token': 'write', packages: 'read' } }),
      /must not have packages/,
    ],
    ['a ref that is not a release', [{ uses: build.replace('v1', 'main') }], /does not name a release/],
    [
      'another version of an action than ours',
      [{ uses: 'actions/checkout@v1' }],
      /checkout must be v\d+, not v1/,
    ],
    ['an action that our workflows do not use', [{ uses: 'acme/deploy@v1' }], /is not used by our workflows/],
  ])('%s', (_, snippet, problem) => {
    const workflow = completeWorkflow(stringify(snippet)) ?? '';
    expect(checkWorkflow('page', workflow, named).join('\n')).toMatch(problem);
  });
});

describe('Towpath accepts the configuration', () => {
  test.each(inYaml.filter((snippet) => !isWorkflow(snippet)))('$place', async ({ text }) => {
    const workspace = temporaryFolder();
    const file = /^ *Mappings:/m.test(text) ? 'template.yaml' : 'towpath.yaml';
    writeFiles(workspace, { [file]: completeConfiguration(text), ...gateFiles });
    const { images } = await loadConfig({ workspace, defaultName: 'snippet', printBake });
    expect(images.length).toBeGreaterThan(0);
  });
});

/** The files that the page about the gate names. */
const gateFiles = {
  'security/gate.yaml': 'fail-on: high\n',
  'security/web.openvex.json': JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    statements: [],
  }),
};

function keysOf(schema: string): object {
  return (JSON.parse(readFileSync(`schemas/${schema}.schema.json`, 'utf8')) as { properties: object })
    .properties;
}

const [properties, gateProperties] = ['towpath', 'gate-policy'].map(keysOf) as [object, object];

/** Returns a complete file for a page's excerpt, which shows top-level keys, a policy file, or keys of an image. */
function completeConfiguration(text: string): string {
  const value = parse(text, { logLevel: 'silent' }) as object;
  if ('images' in value || 'ImageBuildConfiguration' in value || 'Mappings' in value) return text;
  const isOfFile = Object.keys(value).every((key) => key in properties);
  const isPolicy = Object.keys(value).every((key) => key in gateProperties);
  if (isPolicy) return stringify({ images: { snippet: {} }, gate: value });
  return stringify(isOfFile ? { images: { snippet: {} }, ...value } : { images: { snippet: value } });
}

test('the promote workflow of the README offers the environments of its configuration', async () => {
  const ofReadme = snippets.filter(({ place }) => place.startsWith('README.md'));
  const files = Object.fromEntries(
    ofReadme.flatMap(({ file, text }) => (file === undefined ? [] : [[file, text]])),
  );
  const workflows = ['main', 'promote', 'pull-request'].map((name) => `.github/workflows/${name}.yml`);
  expect(Object.keys(files).sort()).toEqual([...workflows, 'towpath.yaml']);

  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const { environments } = await loadConfig({ workspace, defaultName: 'app', printBake });
  const [, ...others] = environments.map(({ name }) => name);
  const promote = parse(files['.github/workflows/promote.yml'] ?? '') as PromoteWorkflow;
  expect(promote.on.workflow_dispatch.inputs.environment.options).toEqual(others);
});

interface PromoteWorkflow {
  readonly on: {
    readonly workflow_dispatch: { readonly inputs: { readonly environment: { options: string[] } } };
  };
}

test.each(snippets.filter(({ language }) => language === 'json'))('$place is JSON', ({ text }) => {
  expect(() => JSON.parse(text) as unknown).not.toThrow();
});
