import { parsePrivateRegistry, type PrivateRegistry } from '@towpath/reference';
import * as z from 'zod';
import { attestationModes, provenanceModes, scanModes, scannerNames } from './build-options.ts';
import { parseDuration } from './duration.ts';
import { cache, proxy } from './image-schema.ts';
import { filled, mapOf, refuse } from './schema-parts.ts';

/** Schema of the settings for the build of all images. */

/**
 * The cache prefix of each upstream if one registry is configured for all of them. ECR suggests these
 * prefixes (Amazon ECR User Guide, "Creating a pull through cache rule").
 */
const suggestedPrefixes: ReadonlyMap<string, string> = new Map([
  ['docker.io', 'docker-hub'],
  ['public.ecr.aws', 'ecr-public'],
  ['quay.io', 'quay'],
  ['registry.k8s.io', 'kubernetes'],
  ['ghcr.io', 'github'],
  ['registry.gitlab.com', 'gitlab'],
]);

const cacheRegistry = z
  .string()
  .transform(
    (text, context): PrivateRegistry =>
      parsePrivateRegistry(text) ??
      refuse(
        context,
        text,
        'an ECR registry and a prefix such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub',
      ),
  );

const upstreamHost = z
  .string()
  .regex(/^[a-z0-9.-]+(?::\d+)?$/i, { error: 'must be the host of a registry such as docker.io' });

const pullThrough = z.union([
  cacheRegistry.transform((registry): ReadonlyMap<string, PrivateRegistry> => {
    const under = ({ prefix }: PrivateRegistry, name: string) => (prefix === '' ? name : `${prefix}/${name}`);
    return new Map(
      [...suggestedPrefixes].map(([host, name]) => [host, { ...registry, prefix: under(registry, name) }]),
    );
  }),
  mapOf(upstreamHost, cacheRegistry),
]);

export const duration = z
  .string()
  .transform((text, context) => parseDuration(text) ?? refuse(context, text, 'a duration such as 12h or 7d'));

/** Seconds since 1970 that `Date` can represent: the last year is 275760. */
const seconds = z
  .int()
  .min(0, { error: 'must be seconds since 1970' })
  .max(8_640_000_000_000, { error: 'must be seconds since 1970' });

export const buildKeys = {
  proxy: proxy.optional(),
  cache: cache.optional(),
  'pull-through': pullThrough.optional(),
  'source-date-epoch': z.union([z.enum(['commit', 'now']), seconds]).optional(),
  attestations: z.enum(attestationModes).optional(),
  provenance: z.enum(provenanceModes).optional(),
  sbom: z
    .union([
      z.boolean().transform((wanted) => (wanted ? {} : undefined)),
      z.strictObject({ generator: filled }),
    ])
    .optional(),
  reuse: z
    .strictObject({ 'max-age': duration })
    .transform((reuse) => ({ maxAge: reuse['max-age'] }))
    .optional(),
  scan: z
    .union([
      z.enum(scanModes),
      z.enum(scannerNames).transform((name) => [name]),
      z.array(z.enum(scannerNames)).min(1, { error: 'must name a scanner, or be off' }),
    ])
    .optional(),
};
