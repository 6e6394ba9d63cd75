/** The host of one account's private registry in one region. */
export interface EcrHost {
  /** Twelve digits; leading zeros are part of it. */
  readonly account: string;
  readonly region: string;
  /** The host as it was written: FIPS and dual-stack hosts of one registry differ. */
  readonly host: string;
}

/** The domains of a partition of AWS, under which its registries stand. */
interface Domains {
  readonly classic: string;
  readonly dualStack: string;
}

/** GovCloud shares them (AWS SDK, partitions.json). */
const standard: Domains = { classic: 'amazonaws.com', dualStack: 'on.aws' };

/** The other partitions, by what their regions start with. */
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
 * The account and region that an ECR host names, or undefined when the host is no private ECR registry: the classic
 * `<account>.dkr.ecr.<region>.<domain>` or the dual-stack `<account>.dkr-ecr.<region>.<domain>`, either with `-fips`
 * (ECR user guide, "Amazon ECR endpoints").
 */
export function parseEcrHost(host: string): EcrHost | undefined {
  const { account, joint, region, domain } = hostPattern.exec(host)?.groups ?? {};
  if (account === undefined || region === undefined) return undefined;
  const { classic, dualStack } = domainsOf(region);
  return domain === (joint === '.' ? classic : dualStack) ? { account, region, host } : undefined;
}

/** The classic host of an account's registry in a region, in the partition of the region. */
export function formatEcrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${domainsOf(region).classic}`;
}

function domainsOf(region: string): Domains {
  return partitions.find(([start]) => region.startsWith(start))?.[1] ?? standard;
}
