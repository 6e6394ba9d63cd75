import { expect, test } from '@jest/globals';
import { partitionInArn, partitionOf } from './partition.ts';

test.each([
  ['us-east-1', 'aws', 'amazonaws.com'],
  ['il-central-1', 'aws', 'amazonaws.com'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'],
  ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
  ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
  ['us-isob-east-1', 'aws-iso-b', 'sc2s.sgov.gov'],
  ['eu-isoe-west-1', 'aws-iso-e', 'cloud.adc-e.uk'],
  ['us-isof-south-1', 'aws-iso-f', 'csp.hci.ic.gov'],
])('%s belongs to the partition %s with the domain %s', (region, id, domain) => {
  expect(partitionOf(region)).toMatchObject({ id, domain });
});

test.each([
  ['arn:aws:iam::111122223333:role/deploy', 'aws'],
  ['arn:aws-us-gov:iam::111122223333:role/deploy', 'aws-us-gov'],
  ['deploy', undefined],
  ['arn:evil:iam::111122223333:role/deploy', undefined],
])('the partition of %s is %s', (arn, id) => {
  expect(partitionInArn(arn)).toBe(id);
});
