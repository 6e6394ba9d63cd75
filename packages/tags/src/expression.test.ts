import { expect, test } from '@jest/globals';
import { parseTemplates } from './template.ts';

test.each([
  { text: '${{ github.sha }}', meant: '{sha}' },
  { text: 'sha-${{github.sha}}', meant: 'sha-{sha}' },
  { text: "${{ github.ref_name || 'main' }}", meant: '{branch}' },
  { text: '${{ steps.version.outputs.version }}', meant: '{version}' },
  { text: '${VERSION}', meant: '{version}' },
  { text: 'v$VERSION', meant: 'v{version}' },
  { text: '${GITHUB_SHA:0:7}', meant: '{sha}' },
  { text: '${{ github.sha }}-$BUILD_ID', meant: '{sha}-{build-id}' },
])('suggests $meant for the expression $text, which is not evaluated', ({ text, meant }) => {
  expect(parseTemplates(text)).toEqual({
    wrong: `${JSON.stringify(text)} has an expression, which Towpath does not evaluate. Did you mean ${meant}?`,
  });
  expect(parseTemplates(meant)).toHaveProperty('templates');
});
