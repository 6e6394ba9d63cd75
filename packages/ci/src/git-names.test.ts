import { expect, test } from '@jest/globals';
import { repositoryUrlOf } from './git-names.ts';

test.each([
  ['https://github.com/acme/payroll.git', 'https://github.com/acme/payroll'],
  ['https://git.acme.test:8443/acme/payroll/', 'https://git.acme.test:8443/acme/payroll'],
  ['https://user:secret@git.acme.test/acme/payroll.git', 'https://git.acme.test/acme/payroll'],
  ['git@github.com:acme/payroll.git', 'https://github.com/acme/payroll'],
  ['ssh://git@git.acme.test:7999/acme/payroll.git', 'https://git.acme.test/acme/payroll'],
  [
    'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/payroll',
    'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/payroll',
  ],
  ['/srv/git/payroll.git', undefined],
  ['https://git.acme.test/a b', undefined],
  ['', undefined],
  [undefined, undefined],
])('the web address of a clone of %s is %s, without a password', (url, address) => {
  expect(repositoryUrlOf(url)).toBe(address);
});
