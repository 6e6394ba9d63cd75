import { partitionOf } from '@towpath/reference';

/** The identity that makes a request. */
export interface Caller {
  readonly account: string;
  /** The ARN: `arn:aws:iam::<account>:root`, or the session of an assumed role. */
  readonly arn: string;
}

/** Returns the root user of an account, the identity of an access key of twelve digits. */
export function rootOf(account: string, region: string): Caller {
  return { account, arn: `arn:${partitionOf(region).id}:iam::${account}:root` };
}
