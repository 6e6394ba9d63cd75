import { partitionOf } from './partition.ts';

/** The host of an account's private registry in one region. */
export interface EcrHost {
  readonly kind: 'private';
  /** Twelve digits, with leading zeros. */
  readonly account: string;
  readonly region: string;
  /** The host as written. One registry has several: classic, FIPS and dual-stack. */
  readonly host: string;
}

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
  const { domain: classic, dualStackDomain } = partitionOf(region);
  return domain === (joint === '.' ? classic : dualStackDomain)
    ? { kind: 'private', account, region, host }
    : undefined;
}

/** Returns the classic host of an account's registry in a region. */
export function formatEcrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${partitionOf(region).domain}`;
}
