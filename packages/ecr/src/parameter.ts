import { CodedError } from '@towpath/errors';
import type { Aws } from './aws.ts';
import { call } from './call.ts';

/**
 * Returns the value of an SSM parameter, decrypted.
 *
 * @throws CodedError `parameter-missing`, `access-denied`, …
 */
export async function parameterValue(aws: Aws, region: string, name: string): Promise<string> {
  const subject = `SSM parameter ${name} in ${region}`;
  const { Parameter } = await call({ operation: 'ssm:GetParameter', subject }, async () => {
    const [client, { GetParameterCommand }] = [await aws.ssm(region), await import('@aws-sdk/client-ssm')];
    return client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  });
  if (Parameter?.Value !== undefined) return Parameter.Value;
  throw new CodedError('parameter-missing', `${subject} has no value.`);
}
