import type { EcrHost } from '@towpath/reference';
import type { Aws } from './aws.ts';
import { failure } from './call.ts';

/**
 * Returns the ARN of the KMS key that an alias names now, or undefined if there is no such alias. The SDK is loaded on
 * the first use.
 *
 * @param alias the name of the alias, or its ARN if it belongs to another account than the caller
 * @throws CodedError `access-denied`, …
 */
export async function keyOfAlias(
  aws: Aws,
  { region }: Pick<EcrHost, 'region'>,
  alias: string,
): Promise<string | undefined> {
  const { KMSClient, DescribeKeyCommand } = await import('@aws-sdk/client-kms');
  const client = aws.client('KMS', region, (config) => new KMSClient(config));
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: alias }));
    return KeyMetadata?.Arn;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') return undefined;
    throw failure({ operation: 'kms:DescribeKey', subject: alias }, error);
  }
}
