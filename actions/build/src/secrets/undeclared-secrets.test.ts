import { expect, test } from '@jest/globals';
import type { ImageConfig } from '@towpath/config';
import { annotateUndeclaredSecrets } from './undeclared-secrets.ts';

type Secrets = Record<string, { env: string } | { file: string }>;

function messages(secrets: Secrets, ...given: string[]): readonly string[] {
  const image = { secrets: new Map(Object.entries(secrets)) } as unknown as ImageConfig;
  const config = { images: [image], bases: [], file: 'towpath.yaml' };
  const found = annotateUndeclaredSecrets(config, new Map(given.map((name) => [name, 'x'])));
  return found.map(({ message }) => message);
}

test('warns of a value in the input secrets that no image uses, and suggests the nearest name', () => {
  expect(messages({ npm: { env: 'NPM_TOKEN' } }, 'NPM_TOKEN', 'NPM_TOKN')).toEqual([
    'Input secrets has NPM_TOKN, but no image of towpath.yaml has a secret with env: NPM_TOKN. Did you mean NPM_TOKEN?',
  ]);
});

test('shows how to configure a secret if no image has one', () => {
  expect(messages({ netrc: { file: 'ci/netrc' } }, 'NPM_TOKEN')).toEqual([
    'Input secrets has NPM_TOKEN, but no image of towpath.yaml has a secret with env: NPM_TOKEN. Add it to an image, such as secrets: { token: { env: NPM_TOKEN } }.',
  ]);
});
