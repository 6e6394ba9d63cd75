/**
 * A partition of AWS: a group of regions with accounts, credentials and domains of its own. Nothing is shared between
 * partitions, so credentials of one are invalid in all others.
 */
export interface Partition {
  /** The second field of its ARNs, e.g. `aws-cn`. */
  readonly id: string;
  /** The domain of its services and registries, e.g. `amazonaws.com.cn`. */
  readonly domain: string;
  /** The domain of its dual-stack registries. */
  readonly dualStackDomain: string;
}

const standard: Partition = { id: 'aws', domain: 'amazonaws.com', dualStackDomain: 'on.aws' };

/** The other partitions, by the prefix of their regions (AWS SDK, partitions.json). */
const others: readonly (Partition & { readonly regions: string })[] = [
  { regions: 'us-gov-', id: 'aws-us-gov', domain: 'amazonaws.com', dualStackDomain: 'on.aws' },
  {
    regions: 'cn-',
    id: 'aws-cn',
    domain: 'amazonaws.com.cn',
    dualStackDomain: 'on.amazonwebservices.com.cn',
  },
  { regions: 'eusc-', id: 'aws-eusc', domain: 'amazonaws.eu', dualStackDomain: 'on.amazonwebservices.eu' },
  { regions: 'us-iso-', id: 'aws-iso', domain: 'c2s.ic.gov', dualStackDomain: 'on.aws.ic.gov' },
  { regions: 'us-isob-', id: 'aws-iso-b', domain: 'sc2s.sgov.gov', dualStackDomain: 'on.aws.scloud' },
  {
    regions: 'eu-isoe-',
    id: 'aws-iso-e',
    domain: 'cloud.adc-e.uk',
    dualStackDomain: 'on.cloud-aws.adc-e.uk',
  },
  { regions: 'us-isof-', id: 'aws-iso-f', domain: 'csp.hci.ic.gov', dualStackDomain: 'on.aws.hci.ic.gov' },
];

/** Returns the partition of a region. An unknown region is one of the standard partition, which gets most new regions. */
export function partitionOf(region: string): Partition {
  return others.find(({ regions }) => region.startsWith(regions)) ?? standard;
}

/** Returns the id of the partition in an ARN, or undefined if the text is not an ARN. */
export function partitionInArn(arn: string): string | undefined {
  return /^arn:(?<id>aws[a-z-]*):/.exec(arn)?.groups?.id;
}
