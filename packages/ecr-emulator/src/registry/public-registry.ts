import { createHash } from 'node:crypto';
import type { RegistryLocation } from './repository.ts';

/** The host of all public registries (ECR Public user guide, "Public registries"). */
export const publicHost = 'public.ecr.aws';

/** Where the public registries of all accounts are: in no region. Their API is in one (AWS General Reference). */
export const publicRegion = 'public';
export const publicApiRegion = 'us-east-1';

/** Whether a place is an account's public registry. */
export function isPublicRegistry({ region }: Pick<RegistryLocation, 'region'>): boolean {
  return region === publicRegion;
}

/** The alias that an account is given: a letter, and what nobody can foresee; here it follows from the account. */
export function aliasOf(account: string): string {
  return `g${createHash('sha256').update(account).digest('hex').slice(0, 7)}`;
}
