import { describe, expect, test } from '@jest/globals';
import { isTag } from '@towpath/reference';
import fc from 'fast-check';
import { allFactNames, type Facts } from './facts.ts';
import { parseTemplate, renderTag } from './template.ts';

const facts: Facts = {
  version: '1.2.0',
  environment: 'dev',
  image: 'web',
  sha: '0123456789abcdef0123456789abcdef01234567',
  branch: 'feature/x',
  date: '20260131',
  pr: '',
};

/** Returns the tag of a template, its error, or the missing facts. */
function render(source: string): unknown {
  const parsed = parseTemplate(source);
  if ('wrong' in parsed) return parsed.wrong;
  const rendered = renderTag(parsed.template, facts);
  return 'tag' in rendered ? rendered.tag : rendered.absent;
}

describe('a template', () => {
  test.each([
    { source: 'build-{version}', tag: 'build-1.2.0' },
    { source: '{environment}-{version}', tag: 'dev-1.2.0' },
    { source: '{sha}', tag: facts.sha },
    { source: '{sha:12}', tag: '0123456789ab' },
    { source: '{sha:99}', tag: facts.sha },
    { source: '{image}_{date}.{version}', tag: 'web_20260131.1.2.0' },
    { source: 'latest', tag: 'latest' },
  ])('$source renders $tag', ({ source, tag }) => {
    expect(render(source)).toBe(tag);
  });

  test('hashes facts that are not valid in a tag', () => {
    expect(render('{branch}-{version}')).toMatch(/^feature-x-1\.2\.0-[0-9a-f]{12}$/);
  });

  test('treats an empty fact as missing', () => {
    expect(render('{pr}')).toEqual(['pr']);
  });

  test('reports all facts that are absent or empty', () => {
    expect(render('{version}-{pr}-{run-id}')).toEqual(['pr', 'run-id']);
  });

  test.each([
    { source: '', wrong: 'a tag may not be empty' },
    { source: '{verison}', wrong: '{verison} is not a fact. Did you mean version?' },
    { source: '{Version}', wrong: '{Version} is not a fact. Did you mean version?' },
    { source: '{}', wrong: `{} is not a fact. Valid: ${allFactNames.join(', ')}.` },
    { source: '{sha:0}', wrong: 'the length in {sha:0} must be a whole number of at least 1' },
    { source: '{sha:}', wrong: 'the length in {sha:} must be a whole number of at least 1' },
    { source: '{sha:1:2}', wrong: 'the length in {sha:1:2} must be a whole number of at least 1' },
    {
      source: 'build-{version',
      wrong: '"build-{version" has an unmatched brace. Did you mean build-{version}?',
    },
    {
      source: 'build-version}',
      wrong: '"build-version}" has an unmatched brace. Did you mean build-{version}?',
    },
    {
      source: '{{version}}',
      wrong: '"{{version}}" is a rule of docker/metadata-action, not a template. Did you mean {version}?',
    },
    {
      source: 'release/{version}',
      wrong: '"/" is not allowed in a tag. Allowed: letters, digits, _ . and -',
    },
    { source: '{version} ', wrong: '" " is not allowed in a tag. Allowed: letters, digits, _ . and -' },
    { source: '-{version}', wrong: 'a tag may not start with "-"' },
    { source: '.{version}', wrong: 'a tag may not start with "."' },
  ])('rejects $source: $wrong', ({ source, wrong }) => {
    expect(render(source)).toBe(wrong);
  });

  test('keeps its source text', () => {
    expect(parseTemplate('build-{version}')).toMatchObject({ template: { source: 'build-{version}' } });
  });
});

const hole = fc.constantFrom('{version}', '{branch}', '{sha:7}', '{image}');
const piece = fc.oneof(hole, fc.stringMatching(/^[a-z0-9._-]{1,6}$/));

test('a template of valid parts makes a valid tag for any facts', () => {
  const known = fc.record({
    version: fc.string({ minLength: 1 }),
    branch: fc.string({ minLength: 1, maxLength: 200 }),
    sha: fc.stringMatching(/^[0-9a-f]{40}$/),
    image: fc.stringMatching(/^[a-z]{1,9}$/),
  });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1 }), known, (pieces, some) => {
      const parsed = parseTemplate(`x${pieces.join('')}`);
      const rendered = 'template' in parsed ? renderTag(parsed.template, some) : parsed;
      expect('tag' in rendered && isTag(rendered.tag)).toBe(true);
    }),
  );
});

test('a template is rendered as its parts joined, if that is a valid tag', () => {
  const filled = (text: string) =>
    text.replace(/\{(\w+)(?::(\d+))?\}/g, (_, name: keyof Facts, length?: string) =>
      (facts[name] ?? '').slice(0, length === undefined ? undefined : Number(length)),
    );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1 }), (pieces) => {
      const source = `x${pieces.join('')}`;
      fc.pre(isTag(filled(source)));
      expect(render(source)).toBe(filled(source));
    }),
  );
});
