import { describe, expect, test } from '@jest/globals';
import { formatRegistry, parsePrivateRegistry, parseRegistry, registryUri } from './registry.ts';

const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';

describe('parseRegistry', () => {
  test.each([
    { name: 'a host alone', text: host, prefix: '' },
    { name: 'a host and a prefix', text: `${host}/payroll-engine`, prefix: 'payroll-engine' },
    { name: 'a prefix of several components', text: `${host}/team/payroll`, prefix: 'team/payroll' },
    { name: 'a trailing slash', text: `${host}/`, prefix: '' },
    { name: 'a trailing slash after the prefix', text: `${host}/payroll/`, prefix: 'payroll' },
    { name: 'a scheme', text: `https://${host}/payroll`, prefix: 'payroll' },
    { name: 'the line end of a parameter', text: ` ${host}/payroll\n`, prefix: 'payroll' },
  ])('parses $name', ({ text, prefix }) => {
    expect(parseRegistry(text)).toEqual({
      kind: 'private',
      account: '111122223333',
      region: 'us-east-1',
      host,
      prefix,
    });
  });

  test.each([
    { name: 'an empty text', text: '' },
    { name: 'a prefix without a host', text: 'payroll' },
    { name: 'another registry', text: 'ghcr.io/payroll' },
    { name: 'an empty component', text: `${host}//payroll` },
    { name: 'a scheme after the host', text: `${host}/https://payroll` },
    { name: 'a capital letter in the prefix', text: `${host}/Payroll` },
    { name: 'a tag', text: `${host}/payroll:1.0` },
    { name: 'a prefix too long for any repository', text: `${host}/${'p'.repeat(255)}` },
    { name: 'Amazon ECR Public without an alias', text: 'public.ecr.aws' },
    { name: 'an account in place of an alias', text: 'public.ecr.aws/111122223333' },
    { name: 'a capital letter in the alias', text: 'public.ecr.aws/Acme' },
    { name: 'an alias that is too long', text: `public.ecr.aws/${'a'.repeat(51)}` },
    { name: 'the website of Amazon ECR Public', text: 'gallery.ecr.aws/acme' },
  ])('rejects $name', ({ text }) => {
    expect(parseRegistry(text)).toBeUndefined();
  });
});

describe('parseRegistry, for a public registry', () => {
  test.each([
    { text: 'public.ecr.aws/a1b2c3d4', alias: 'a1b2c3d4', prefix: '' },
    { text: 'https://public.ecr.aws/acme-corp/payroll/', alias: 'acme-corp', prefix: 'payroll' },
    { text: 'public.ecr.aws/acme/team/payroll', alias: 'acme', prefix: 'team/payroll' },
  ])('parses $text', ({ text, alias, prefix }) => {
    const registry = parseRegistry(text);
    expect(registry).toEqual({ kind: 'public', host: 'public.ecr.aws', alias, prefix });
    expect(registry && registryUri(registry)).toBe(`public.ecr.aws/${alias}`);
    expect(parsePrivateRegistry(text)).toBeUndefined();
  });
});

test.each([host, `${host}/team/payroll`, 'public.ecr.aws/acme', 'public.ecr.aws/acme/team'])(
  'formats %s as it was parsed',
  (text) => {
    const registry = parseRegistry(text);
    expect(registry && formatRegistry(registry)).toBe(text);
  },
);
