import { partitionOf } from '@towpath/reference';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import { Refusal } from '../refusal.ts';
import { rootOf, type Caller } from './caller.ts';
import { callerOfSession } from './session.ts';
import { parseSignature } from './signature.ts';

/** The caller that signed a request, with the region and the service of the signature. */
export interface Identified {
  readonly caller: Caller;
  readonly region: string;
  readonly service: string;
}

/** @throws Refusal as AWS's services throw for unknown callers */
export function identify(ecr: Ecr, exchange: Exchange): Identified {
  const { accessKeyId, region, service } = parseSignature(exchange.header('authorization'));
  const sessionToken = exchange.header('x-amz-security-token');
  const caller =
    sessionToken === undefined
      ? rootOf(accessKeyId, region)
      : callerOfSession(ecr.secret, accessKeyId, sessionToken, ecr.clock.now());
  // Credentials are valid in the partition of their account only (IAM user guide, "AWS partitions").
  if (caller === undefined || !ecr.exists(caller.account, partitionOf(region).id)) {
    throw new Refusal(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  exchange.account = caller.account;
  return { caller, region, service };
}
