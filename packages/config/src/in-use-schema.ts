import * as z from 'zod';
import { roleArn } from './schema-parts.ts';

/** A service that runs images. */
export type RuntimeService = 'ecs' | 'lambda';

/** Where `provision` looks for images in use. */
export interface InUse {
  readonly services: readonly RuntimeService[];
  /** Roles in accounts that run images, besides the accounts of the registries. */
  readonly roles: readonly string[];
}

const services = z
  .array(z.enum(['ecs', 'lambda']))
  .min(1, { error: 'needs ecs, lambda or both' })
  .transform((list) => [...new Set(list)]);

/** The key `in-use` of the settings of repositories. */
export const inUseSchema = z.union([
  services.transform((list): InUse => ({ services: list, roles: [] })),
  z.strictObject({ services, roles: z.array(roleArn) }).transform((written): InUse => written),
]);
