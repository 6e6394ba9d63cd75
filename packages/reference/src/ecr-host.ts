/** The host of one account's private registry in one region. */
export interface EcrHost {
  /** Twelve digits; leading zeros are part of it. */
  readonly account: string;
  readonly region: string;
  /** The host as it was written: FIPS and dual-stack hosts of one registry differ. */
  readonly host: string;
}

const patterns = [
  /^(?<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.(?:com|com\.cn|eu)$/,
  /^(?<account>\d{12})\.dkr-ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn)$/,
];

/** The account and region that an ECR host names, or undefined when the host is no private ECR registry. */
export function parseEcrHost(host: string): EcrHost | undefined {
  for (const pattern of patterns) {
    const { account, region } = pattern.exec(host)?.groups ?? {};
    if (account !== undefined && region !== undefined) return { account, region, host };
  }
  return undefined;
}

/** The host of an account's registry in a region, in the partition of the region. */
export function formatEcrHost(account: string, region: string): string {
  const suffix = region.startsWith('cn-')
    ? 'amazonaws.com.cn'
    : region.startsWith('eusc-')
      ? 'amazonaws.eu'
      : 'amazonaws.com';
  return `${account}.dkr.ecr.${region}.${suffix}`;
}
