/** The identity that makes a request. */
export interface Caller {
  readonly account: string;
  /** The ARN: `arn:aws:iam::<account>:root`, or the session of an assumed role. */
  readonly arn: string;
}

/** Returns the partition of a region (AWS General Reference, "Amazon Resource Names"). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}

/** Returns the root user of an account, the identity of an access key of twelve digits. */
export function rootOf(account: string, region: string): Caller {
  return { account, arn: `arn:${partitionOf(region)}:iam::${account}:root` };
}
