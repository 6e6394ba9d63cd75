import type { DescribeKeyRequest, DescribeKeyResponse } from '@aws-sdk/client-kms';
import { keyArn } from '../access/arn.ts';
import type { Call, Operations } from './operation.ts';

/** Describes the key of an id, an ARN or an alias. Every key and every alias exists. */
function describeKey({ registry, input }: Call<DescribeKeyRequest>): DescribeKeyResponse {
  const Arn = keyArn(registry, input.KeyId);
  return {
    KeyMetadata: {
      AWSAccountId: registry.account,
      KeyId: Arn.replace(/^.*\//, ''),
      Arn,
      Enabled: true,
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
    },
  };
}

/** The operations of KMS that find the key of a repository. */
export const keys: Operations = { DescribeKey: describeKey };
