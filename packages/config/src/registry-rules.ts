import * as z from 'zod';
import { roleArn } from './schema-parts.ts';

/** A replication rule: copies pushed images to other registries. */
export interface ReplicationConfig {
  /** The destinations: regions of the same account, or `account/region`. */
  readonly to: readonly { readonly account?: string; readonly region: string }[];
  /** Prefixes of repository names. Empty for all repositories. */
  readonly repositories: readonly string[];
  /** Whether deletions are replicated. Undefined leaves a rule that exists as it is; a new rule does not. */
  readonly deletions?: boolean;
}

/** A pull-through cache rule. */
export interface PullThroughConfig {
  /** The namespace of the cache's repositories, or ROOT. */
  readonly prefix: string;
  /** The host of the upstream registry. */
  readonly upstream: string;
  /** The namespace in the upstream registry. Undefined for the whole upstream. */
  readonly upstreamPrefix?: string;
  /** The ARN of the secret with the credentials for the upstream. */
  readonly credential?: string;
  /** The role that ECR assumes to pull from another registry of ECR. */
  readonly role?: string;
}

/** A signing rule: ECR signs pushed images with a profile of AWS Signer. */
export interface SigningConfig {
  readonly profile: string;
  /** Filters of repository names, in which `*` matches any characters. Empty for all repositories. */
  readonly repositories: readonly string[];
}

/** A statement of the registry policy. */
export interface PolicyStatementConfig {
  readonly effect: 'allow' | 'deny';
  /** Accounts, ARNs of IAM, or `*`. */
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  /** Names of repositories, in which `*` matches any characters. */
  readonly repositories: readonly string[];
  /** Conditions of IAM, by operator and key. */
  readonly condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const region = /^[a-z]{2}(?:-[a-z]+){1,3}-\d$/;

/** ECR API, ReplicationDestination. */
const destination = z
  .string()
  .regex(/^(?:\d{12}\/)?[a-z]{2}(?:-[a-z]+){1,3}-\d$/, {
    error: 'must be a region, or an account and a region such as 444455556666/us-west-2',
  })
  .transform((text) => {
    const [one = '', other] = text.split('/');
    return region.test(one) ? { region: one } : { account: one, region: other ?? '' };
  });

/** ECR API, RepositoryFilter: a prefix of repository names. */
const prefixFilter = z
  .string()
  .min(2)
  .max(256)
  .regex(/^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*\/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$/, {
    error: 'must be the start of a repository name, without *',
  });

/** ECR API, ReplicationConfiguration. */
export const replicationSchema = z.array(
  z
    .strictObject({
      to: z.array(destination).min(1, { error: 'must name a destination' }).max(25),
      repositories: z.array(prefixFilter).min(1).max(100).optional(),
      deletions: z.boolean().optional(),
    })
    .transform(({ to, repositories = [], deletions }): ReplicationConfig => ({
      to,
      repositories,
      ...(deletions !== undefined && { deletions }),
    })),
);

const namespace =
  /^(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$/;

/** A slash at the end makes no difference, because ECR adds one. */
const withoutSlash = (text: string): string => text.replace(/\/$/, '');

/** ECR API, CreatePullThroughCacheRule. */
const cachePrefix = z
  .string()
  .min(2, { error: 'must have 2 to 30 characters' })
  .max(30, { error: 'must have 2 to 30 characters' })
  .regex(namespace, { error: 'must be a namespace of repositories such as docker-hub, or ROOT' })
  .transform(withoutSlash);

/** ECR API, RepositoryCreationTemplate. */
export const templatePrefix = z
  .string()
  .min(1)
  .max(256)
  .regex(namespace, { error: 'must be a namespace of repositories such as payroll, or ROOT' })
  .transform(withoutSlash);

export const pullThroughSchema = z.array(
  z
    .strictObject({
      prefix: cachePrefix,
      upstream: z
        .string()
        .transform((text) => withoutSlash(text.replace(/^https:\/\//, '')))
        .pipe(z.string().regex(/^[a-z0-9.-]{4,255}$/, { error: 'must be the host of a registry' })),
      'upstream-prefix': cachePrefix.optional(),
      credential: z
        .string()
        .min(50)
        .max(612)
        .regex(/^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:ecr-pullthroughcache\/[\w/+=.@-]+$/, {
          error:
            'must be the ARN of a secret of Secrets Manager whose name starts with ecr-pullthroughcache/',
        })
        .optional(),
      role: roleArn.optional(),
    })
    .transform(({ 'upstream-prefix': upstreamPrefix, prefix, upstream, ...rest }): PullThroughConfig => ({
      prefix,
      upstream,
      ...(upstreamPrefix !== undefined && upstreamPrefix !== 'ROOT' && { upstreamPrefix }),
      ...(rest.credential !== undefined && { credential: rest.credential }),
      ...(rest.role !== undefined && { role: rest.role }),
    })),
);

/** ECR API, SigningRule. */
export const signingSchema = z.array(
  z
    .strictObject({
      profile: z
        .string()
        .max(200)
        .regex(/^arn:aws(?:-[a-z]+)*:signer:[a-z0-9-]+:\d{12}:\/signing-profiles\/\w{2,}$/, {
          error:
            'must be the ARN of a profile of AWS Signer, for example arn:aws:signer:us-east-1:111122223333:/signing-profiles/images',
        }),
      repositories: z
        .array(
          z
            .string()
            .max(256)
            .regex(/^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*\/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$/, {
              error: 'must be the name of a repository, in which * matches any characters',
            }),
        )
        .min(1)
        .max(100)
        .optional(),
    })
    .transform(({ profile, repositories = [] }): SigningConfig => ({ profile, repositories })),
);

const texts = z.union([z.string(), z.array(z.string()).min(1)]);

/** A statement of IAM in the keys of this file. */
export const statementSchema = z
  .strictObject({
    effect: z.enum(['allow', 'deny']).default('allow'),
    principals: z
      .array(
        z.string().regex(/^(?:\*|\d{12}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:[\w+=,.@:/-]{1,512})$/, {
          error: 'must be an AWS account in quotes, the ARN of an IAM principal, or *',
        }),
      )
      .min(1),
    actions: z
      .array(z.string().regex(/^ecr:[A-Za-z*]+$/, { error: 'must be an action such as ecr:ReplicateImage' }))
      .min(1),
    repositories: z
      .array(
        z.string().regex(/^[a-z0-9*][a-z0-9._/*-]*$/, {
          error: 'must be the name of a repository, in which * matches any characters',
        }),
      )
      .min(1)
      .default(['*']),
    condition: z.record(z.string(), z.record(z.string(), texts)).optional(),
  })
  .transform(({ condition, ...rest }): PolicyStatementConfig => ({
    ...rest,
    ...(condition !== undefined && { condition }),
  }));
