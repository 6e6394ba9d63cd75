import { describe, expect, test } from '@jest/globals';
import { CodedError } from '@towpath/errors';
import { fuzz, fuzzFactor, inTime, survivesAttacks } from '@towpath/fuzz';
import { readBakeFile } from './bake.ts';
import { tagProblems } from './check-tags.ts';
import { parseRegistrySource } from './registry-source.ts';
import { parseDuration } from './duration.ts';
import { towpathKeys } from './keys.ts';
import { hasImageBuildConfiguration, modelKeys, readImageBuildConfiguration } from './model-forms.ts';
import { readPlatform } from './platforms.ts';
import { wrongRegistry, wrongRepository } from './schema-parts.ts';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

/** Reads a configuration as `loadConfig` does. */
function readYaml(text: string): void {
  const yaml = parseYaml('towpath.yaml', text);
  if ('problems' in yaml) return;
  const isModel = hasImageBuildConfiguration(yaml);
  const config = isModel ? readImageBuildConfiguration(yaml) : readTowpathYaml(yaml);
  tagProblems(config, isModel ? modelKeys(yaml) : towpathKeys(yaml));
}

const yamlPieces = [
  ...[
    'images: { a: {} }\n',
    'images:\n',
    '  a: {}\n',
    'environments:\n',
    '  dev: { from: build }\n',
    'tags:\n',
  ],
  ...[
    '- "{version}"\n',
    '- &a ',
    '*a ',
    '<<: *a\n',
    '? ',
    '! ',
    '!!str ',
    '!Ref ',
    '|\n',
    '>\n',
    '# \n',
    '---\n',
  ],
  ...[
    'a: b: c\n',
    '"\\',
    '\\u',
    '{ a: [',
    '"a": ',
    "'a",
    '  ',
    'registry: ',
    '111122223333.dkr.ecr.us-east-1.',
  ],
];

const readers: readonly { name: string; read: (text: string) => unknown; pieces: readonly string[] }[] = [
  {
    name: 'a registry',
    read: (text) => parseRegistrySource(text) ?? wrongRegistry(text),
    pieces: ['ssm:', '{environment}', 'https://'],
  },
  { name: 'a repository', read: wrongRepository, pieces: ['a/', 'docker.io/', '@sha256:'] },
  { name: 'a duration', read: parseDuration, pieces: ['1h', '1w'] },
  { name: 'a platform', read: readPlatform, pieces: ['linux/', 'arm64/'] },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('finishes in time with any repeated fragment', () => {
    survivesAttacks(read, pieces);
  });

  test('finishes in time with any mixture of fragments', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

test('YAML finishes in time with any mixture of fragments', () => {
  fuzz(readYaml, yamlPieces, { file: corpus, name: 'YAML', longest: 20_000 });
});

/** A quarter of the size is enough to detect quadratic work. `npm run test:fuzz` uses the full size. */
const share = fuzzFactor > 1 ? 1 : 0.25;

const many = (count: number, line: (index: number) => string) =>
  Array.from({ length: count * share }, (_, index) => line(index)).join('\n');

const web = 'images: { web: {} }\n';

describe('reads or rejects a one-megabyte configuration in time:', () => {
  test.each([
    { name: 'a registry with 200,000 slashes', text: `${web}registry: a${'/'.repeat(200_000)}b` },
    {
      name: 'a repository of 300,000 characters',
      text: `images: { web: { repository: ${'a/'.repeat(150_000)} } }`,
    },
    { name: '60,000 unknown keys', text: `${web}${many(60_000, (index) => `key${index}: 1`)}` },
    {
      name: '60,000 unknown keys of an image',
      text: `images:\n  web:\n${many(60_000, (index) => `    key${index}: 1`)}`,
    },
    { name: '60,000 equal keys', text: `${web}${many(60_000, () => 'registry: a')}` },
    {
      name: '10,000 ignores with an unknown image',
      text: `${web}gate:\n  ignore:\n${many(10_000, (index) => `    - { id: CVE-${index}, image: wbe, reason: r, owner: o, expires: 2026-01-01 }`)}`,
    },
    { name: '60,000 empty ignores', text: `${web}gate:\n  ignore:\n${many(60_000, () => '    - {}')}` },
    {
      name: '10,000 environments with a gate and an unknown baseline',
      text: `${web}environments:\n${many(10_000, (index) => `  e${index}: { from: build, gate: { baseline: e, vex: [a${index}.json] } }`)}`,
    },
    {
      name: '15,000 environments in a row',
      text: `${web}environments:\n${many(15_000, (index) => `  e${index}: { from: ${index === 0 ? 'build' : `e${index - 1}`} }`)}`,
    },
    {
      name: '15,000 environments from a missing one',
      text: `${web}environments:\n${many(15_000, (index) => `  e${index}: { from: none }`)}`,
    },
    {
      name: '15,000 environments from the one below',
      text: `${web}environments:\n${many(15_000, (index) => `  e${index}: { from: e${index + 1} }`)}`,
    },
    {
      name: '15,000 environments with wrong names',
      text: `${web}environments:\n${many(15_000, (index) => `  E${index}: { from: build }`)}`,
    },
    { name: '30,000 images', text: `images:\n${many(30_000, (index) => `  i${index}: {}`)}` },
    {
      name: '30,000 images with wrong names',
      text: `images:\n${many(30_000, (index) => `  I${index}: {}`)}`,
    },
    {
      name: '20,000 images built on missing ones',
      text: `images:\n${many(20_000, (index) => `  i${index}: { contexts: { a: target:j } }`)}`,
    },
    {
      name: '30,000 images in one repository',
      text: `images:\n${many(20_000, (index) => `  i${index}: { repository: team/app }`)}`,
    },
    {
      name: '60,000 platforms',
      text: `images: { web: { platforms: [${many(60_000, (index) => `  linux/a${index},`)}] } }`,
    },
    {
      name: '60,000 build args',
      text: `images: { web: { args: {${many(60_000, (index) => `  A${index}: 1,`)}} } }`,
    },
    { name: '50,000 templates', text: `${web}tags: [${many(50_000, (index) => `  "{version}-${index}",`)}]` },
    {
      name: '50,000 wrong templates',
      text: `${web}tags: [${many(50_000, (index) => `  "{versio${index}}",`)}]`,
    },
    { name: 'a template with 300,000 variables', text: `${web}tags: ["${'{a}'.repeat(300_000)}"]` },
    {
      name: 'a repository with 300,000 variables',
      text: `${web}environments: { a: { from: build, repository: "${'{a}'.repeat(300_000)}" } }`,
    },
    { name: '100,000 aliases', text: `a: &a 1\nb: [${'*a,'.repeat(100_000)}]` },
    { name: '100,000 aliases of nothing', text: `b: [${'*a,'.repeat(100_000)}]` },
    { name: '100,000 nested lists', text: '['.repeat(100_000) },
    { name: '100,000 nested maps', text: '{a: '.repeat(100_000) },
    { name: '100,000 errors', text: 'a: b: c\n'.repeat(100_000) },
    { name: '100,000 documents', text: '---\na: 1\n'.repeat(100_000) },
    { name: '60,000 merges', text: `a: &a { b: 1 }\n${many(60_000, (index) => `k${index}: { <<: *a }`)}` },
    { name: 'a quote that does not end', text: `${web}registry: "${'a\n'.repeat(400_000)}` },
    { name: '500,000 comments', text: '#\n'.repeat(500_000) },
    {
      name: '8,000 services of the model',
      text: `ImageBuildConfiguration:\n${many(8_000, (index) => `  S${index}: { imageName: i${index}, platforms: a }`)}`,
    },
  ])('$name', ({ text }) => {
    const read = () => {
      try {
        readYaml(text);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        expect(error.problems.reduce((sum, { message }) => sum + message.length, 0)).toBeLessThan(20_000_000);
      }
    };
    inTime(read, 20_000 * share);
  });
});

/** Reads output of buildx from a printer that resolves at once. */
async function readBake(json: string, complaint?: string): Promise<unknown> {
  const answer = complaint === undefined ? { json } : { complaint };
  const call = { files: ['docker-bake.hcl'], folder: '.' };
  return readBakeFile('docker-bake.hcl', call, () => Promise.resolve(answer)).catch((error: unknown) => {
    if (!(error instanceof CodedError)) throw error;
    return error;
  });
}

describe('reads the output of buildx in time:', () => {
  const names = Array.from({ length: 60 }, (_, index) => `g${index}`);
  const doubling = Object.fromEntries(
    names.map((name, index) => [name, { targets: [`g${index + 1}`, `g${index + 1}`] }]),
  );
  const row = Object.fromEntries(
    Array.from({ length: 50_000 }, (_, index) => [`g${index}`, { targets: [`g${index + 1}`] }]),
  );
  test.each([
    {
      name: 'groups that double 60 times',
      group: { default: { targets: ['g0'] }, ...doubling },
      target: { g60: {} },
    },
    {
      name: '50,000 groups in a row',
      group: { default: { targets: ['g0'] }, ...row },
      target: { g50000: {} },
    },
    {
      name: 'groups in a cycle',
      group: { default: { targets: ['g0', 'web'] }, g0: { targets: ['default'] } },
      target: { web: {} },
    },
  ])('$name', async ({ group, target }) => {
    const started = process.cpuUsage();
    expect(await readBake(JSON.stringify({ group, target }))).toMatchObject({
      images: [{ name: Object.keys(target)[0] }],
    });
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(4000);
  });

  test.each(['ERROR: a:0,0', '\n \n', ' ', 'ERROR: ', '\t'])(
    'reads a long error message of many %j',
    async (piece) => {
      const started = process.cpuUsage();
      await readBake('', `ERROR: a:1,1${piece.repeat(100_000)}\0 x`);
      expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
    },
  );
});
