import { describe, expect, test } from '@jest/globals';
import { fuzz, inTime, survivesAttacks } from '@towpath/fuzz';
import { versionFacts, versionsOf } from './aliases.ts';
import { fromMetadataAction } from './metadata-action.ts';
import { toTag } from './tag.ts';
import { foreseeTag, parseTemplates } from './template.ts';
import { readVersion, whyNoVersion } from './version.ts';

const corpus = new URL('./hostile.corpus.json', import.meta.url);

interface Reader {
  readonly name: string;
  readonly read: (text: string) => unknown;
  readonly pieces: readonly string[];
}

const versions = ['v1', '1.', '1.0.0', '-v1', '-rc.1', '+build', '@acme/', 'backend-', '.0', 'x-v'];

/** Parses a text as a template and renders its tag. */
function templates(text: string): void {
  const parsed = parseTemplates(text);
  if (!('templates' in parsed)) return;
  for (const template of parsed.templates) foreseeTag(template, { image: 'web', environment: 'prod' });
}

const readers: readonly Reader[] = [
  { name: 'a tag of any text', read: toTag, pieces: ['feature/', '.-'] },
  { name: 'a version', read: whyNoVersion, pieces: versions },
  {
    name: 'a git tag',
    read: (text) => readVersion('git-tag', { gitTags: [text, ...text.split('\n', 200)], images: ['web'] }),
    pieces: versions,
  },
  { name: 'the version in package.json', read: (text) => versionFacts(text), pieces: versions },
  { name: 'templates', read: templates, pieces: ['preset:', '{version}', '{sha:7}', '{sha:', '{{version}}'] },
  {
    name: 'a rule of docker/metadata-action',
    read: fromMetadataAction,
    pieces: ['type=semver,', 'pattern={{', '{{ a', '}}', ',value='],
  },
  {
    name: 'tags of a repository',
    read: (text) => {
      const parsed = parseTemplates('{environment}-{version}');
      return 'templates' in parsed
        ? versionsOf([text, ...text.split('\n', 200)], parsed.templates, { environment: 'prod' })
        : undefined;
    },
    pieces: ['prod-', '-1', ...versions],
  },
];

describe.each(readers)('$name', ({ name, read, pieces }) => {
  test('finishes in time with any repeated fragment', () => {
    survivesAttacks(read, pieces);
  });

  test('finishes in time with any mixture of fragments', () => {
    fuzz(read, pieces, { file: corpus, name });
  });
});

test('sorts 100,000 git tags that are not semantic versions', () => {
  const gitTags = Array.from({ length: 100_000 }, (_, index) => `v20${index % 97}.${index}`);
  expect(inTime(() => readVersion('git-tag', { gitTags }))).toMatchObject({ version: '2096.99909' });
});

test('searches 100,000 tags with thirty hyphens each for versions', () => {
  const parsed = parseTemplates('prod-{version}');
  if (!('templates' in parsed)) throw new Error(parsed.wrong);
  const tags = Array.from({ length: 100_000 }, (_, index) => `prod-${index}${'-1'.repeat(30)}`);
  const found = inTime(() => versionsOf(tags, parsed.templates, {}));
  expect(found).toHaveLength(100_000);
});
