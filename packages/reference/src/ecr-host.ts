/** The host of an account's private registry in one region. */
export interface EcrHost {
  readonly kind: 'private';
  /** Twelve digits, with leading zeros. */
  readonly account: string;
  readonly region: string;
  /** The host as written. One registry has several: classic, FIPS and dual-stack. */
  readonly host: string;
}

/** The registry domains of an AWS partition. */
interface Domains {
  readonly classic: string;
  readonly dualStack: string;
}

/** The domains of the standard partition and GovCloud (AWS SDK, partitions.json). */
const standard: Domains = { classic: 'amazonaws.com', dualStack: 'on.aws' };

/** The domains of the other partitions, by the prefix of their regions. */
const partitions: readonly [string, Domains][] = [
  ['cn-', { classic: 'amazonaws.com.cn', dualStack: 'on.amazonwebservices.com.cn' }],
  ['eusc-', { classic: 'amazonaws.eu', dualStack: 'on.amazonwebservices.eu' }],
  ['us-iso-', { classic: 'c2s.ic.gov', dualStack: 'on.aws.ic.gov' }],
  ['us-isob-', { classic: 'sc2s.sgov.gov', dualStack: 'on.aws.scloud' }],
  ['eu-isoe-', { classic: 'cloud.adc-e.uk', dualStack: 'on.cloud-aws.adc-e.uk' }],
  ['us-isof-', { classic: 'csp.hci.ic.gov', dualStack: 'on.aws.hci.ic.gov' }],
];

const hostPattern =
  /^(?<account>\d{12})\.dkr(?<joint>[.-])ecr(?:-fips)?\.(?<region>[a-z]+(?:-[a-z]+)+-\d+)\.(?<domain>[a-z0-9.-]+)$/;

/**
 * Returns the account and region of a private ECR host, or undefined if the host is not a private ECR registry.
 * A host is classic, `<account>.dkr.ecr.<region>.<domain>`, or dual-stack, `<account>.dkr-ecr.<region>.<domain>`. Both
 * may have `-fips` after `ecr` (ECR user guide, "Amazon ECR endpoints").
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const { account, joint, region, domain } = hostPattern.exec(host)?.groups ?? {};
  if (account === undefined || region === undefined) return undefined;
  const { classic, dualStack } = domainsOf(region);
  return domain === (joint === '.' ? classic : dualStack)
    ? { kind: 'private', account, region, host }
    : undefined;
}

/** Returns the classic host of an account's registry in a region. */
export function formatEcrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${domainsOf(region).classic}`;
}

function domainsOf(region: string): Domains {
  return partitions.find(([start]) => region.startsWith(start))?.[1] ?? standard;
}
