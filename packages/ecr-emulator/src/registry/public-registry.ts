import { createHash } from 'node:crypto';
import type { RegistryLocation } from './repository.ts';

/** The host of all public registries (ECR Public user guide, "Public registries"). */
export const publicHost = 'public.ecr.aws';

/** The pseudo region of public registries, which have none. Their API is in one region (AWS General Reference). */
export const publicRegion = 'public';
export const publicApiRegion = 'us-east-1';

/** Whether a registry is an account's public one. */
export function isPublicRegistry({ region }: Pick<RegistryLocation, 'region'>): boolean {
  return region === publicRegion;
}

/** Returns the alias of an account: a letter and seven hex digits. AWS's aliases are random, these follow from the account. */
export function aliasOf(account: string): string {
  return `g${createHash('sha256').update(account).digest('hex').slice(0, 7)}`;
}
