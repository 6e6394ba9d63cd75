import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatEcrHost, parseEcrHost } from './ecr-host.ts';

const account = '012345678901';

describe('parseEcrHost', () => {
  test.each([
    { name: 'the standard partition', region: 'us-east-1', rest: 'dkr.ecr.us-east-1.amazonaws.com' },
    { name: 'a FIPS endpoint', region: 'us-west-2', rest: 'dkr.ecr-fips.us-west-2.amazonaws.com' },
    { name: 'dual-stack', region: 'eu-central-1', rest: 'dkr-ecr.eu-central-1.on.aws' },
    { name: 'dual-stack FIPS', region: 'us-east-2', rest: 'dkr-ecr-fips.us-east-2.on.aws' },
    { name: 'GovCloud', region: 'us-gov-west-1', rest: 'dkr.ecr-fips.us-gov-west-1.amazonaws.com' },
    { name: 'China', region: 'cn-north-1', rest: 'dkr.ecr.cn-north-1.amazonaws.com.cn' },
    {
      name: 'dual-stack in China',
      region: 'cn-northwest-1',
      rest: 'dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn',
    },
    {
      name: 'the European Sovereign Cloud',
      region: 'eusc-de-east-1',
      rest: 'dkr.ecr.eusc-de-east-1.amazonaws.eu',
    },
    {
      name: 'dual-stack in the European Sovereign Cloud',
      region: 'eusc-de-east-1',
      rest: 'dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu',
    },
    { name: 'dual-stack in ISO', region: 'us-iso-west-1', rest: 'dkr-ecr.us-iso-west-1.on.aws.ic.gov' },
    { name: 'dual-stack in ISO B', region: 'us-isob-east-1', rest: 'dkr-ecr.us-isob-east-1.on.aws.scloud' },
    {
      name: 'dual-stack in ISO E',
      region: 'eu-isoe-west-1',
      rest: 'dkr-ecr.eu-isoe-west-1.on.cloud-aws.adc-e.uk',
    },
    {
      name: 'dual-stack in ISO F',
      region: 'us-isof-south-1',
      rest: 'dkr-ecr.us-isof-south-1.on.aws.hci.ic.gov',
    },
    { name: 'ISO', region: 'us-iso-east-1', rest: 'dkr.ecr.us-iso-east-1.c2s.ic.gov' },
    { name: 'ISO B', region: 'us-isob-east-1', rest: 'dkr.ecr.us-isob-east-1.sc2s.sgov.gov' },
    { name: 'ISO E', region: 'eu-isoe-west-1', rest: 'dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk' },
    { name: 'ISO F', region: 'us-isof-south-1', rest: 'dkr.ecr.us-isof-south-1.csp.hci.ic.gov' },
  ])('parses a host of $name', ({ region, rest }) => {
    const host = `${account}.${rest}`;
    expect(parseEcrHost(host)).toEqual({ kind: 'private', account, region, host });
  });

  test.each([
    { name: 'Amazon ECR Public', host: 'public.ecr.aws' },
    { name: 'an account of eleven digits', host: '11122223333.dkr.ecr.us-east-1.amazonaws.com' },
    { name: 'an account of letters', host: 'abcdefghijkl.dkr.ecr.us-east-1.amazonaws.com' },
    { name: 'the host of the API', host: 'api.ecr.us-east-1.amazonaws.com' },
    {
      name: 'a domain that only starts with the AWS domain',
      host: `${account}.dkr.ecr.us-east-1.amazonaws.com.evil.io`,
    },
    { name: 'another character in place of a dot', host: `${account}.dkr.ecr.us-east-1.amazonawsxcom` },
    { name: 'the domain of another partition', host: `${account}.dkr.ecr.us-east-1.amazonaws.com.cn` },
    { name: 'a classic name under the dual-stack domain', host: `${account}.dkr.ecr.us-east-1.on.aws` },
    {
      name: 'a dual-stack name under the classic domain',
      host: `${account}.dkr-ecr.us-east-1.amazonaws.com`,
    },
    { name: 'a host without a region', host: `${account}.dkr.ecr.amazonaws.com` },
    { name: 'a subdomain of a registry host', host: `x.${account}.dkr.ecr.us-east-1.amazonaws.com` },
    { name: 'a port', host: `${account}.dkr.ecr.us-east-1.amazonaws.com:443` },
    { name: 'a line end', host: `${account}.dkr.ecr.us-east-1.amazonaws.com\n` },
  ])('rejects $name', ({ host }) => {
    expect(parseEcrHost(host)).toBeUndefined();
  });
});

describe('formatEcrHost', () => {
  const regions = [
    'us-east-1',
    'us-gov-east-1',
    'cn-north-1',
    'eusc-de-east-1',
    'us-iso-west-1',
    'us-isob-east-1',
  ];

  test('formats a host that parses to the same account and region', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{12}$/), fc.constantFrom(...regions), (id, region) => {
        const host = formatEcrHost(id, region);
        expect(parseEcrHost(host)).toEqual({ kind: 'private', account: id, region, host });
      }),
    );
  });

  test('uses the domain of China for regions in China', () => {
    expect(formatEcrHost(account, 'cn-north-1')).toBe(`${account}.dkr.ecr.cn-north-1.amazonaws.com.cn`);
  });
});
