/** Who asks. */
export interface Caller {
  readonly account: string;
  /** `arn:aws:iam::<account>:root`, or the session of an assumed role. */
  readonly arn: string;
}

/** The partition of a region (AWS General Reference, "Amazon Resource Names"). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}

/** The account itself: what an access key of twelve digits stands for. */
export function rootOf(account: string, region: string): Caller {
  return { account, arn: `arn:${partitionOf(region)}:iam::${account}:root` };
}
