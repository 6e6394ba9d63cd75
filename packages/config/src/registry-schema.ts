import * as z from 'zod';
import {
  pullThroughSchema,
  replicationSchema,
  signingSchema,
  statementSchema,
  type PolicyStatementConfig,
  type PullThroughConfig,
  type ReplicationConfig,
  type SigningConfig,
} from './registry-rules.ts';
import { recordOf } from './schema-parts.ts';
import { templatesSchema, type TemplateConfig } from './template-schema.ts';

/** Settings of the whole registry of the build. Settings that are not written are not managed. */
export interface RegistrySettingsConfig {
  readonly scanning?: {
    readonly type?: 'basic' | 'enhanced';
    /** Filters of repository names. They are added to the filters that the registry has. */
    readonly onPush: readonly string[];
    readonly continuous: readonly string[];
  };
  /** Whether layers are mounted between repositories instead of uploaded again. */
  readonly blobMounting?: boolean;
  /** The scanner of basic scans. ECR has no other one any more. */
  readonly basicScanVersion?: 'AWS_NATIVE';
  /** With V2, the registry policy applies to all actions of ECR. */
  readonly policyScope?: 'V2';
  /** Principals whose pulls do not count as a use of an image. They are added to those of the registry. */
  readonly pullTimeExclusions?: readonly string[];
  readonly replication?: readonly ReplicationConfig[];
  readonly pullThrough?: readonly PullThroughConfig[];
  readonly templates?: readonly TemplateConfig[];
  /** The statements of Towpath in the registry policy, by name. Those that are not listed are removed. */
  readonly policy?: Readonly<Record<string, PolicyStatementConfig>>;
  readonly signing?: readonly SigningConfig[];
}

/** ECR API, ScanningRepositoryFilter. */
const filter = z.string().regex(/^[a-z0-9*](?:[._/a-z0-9*-]?[a-z0-9*]+)*$/, {
  error: 'must be the name of a repository, in which * matches any characters',
});

/** At most 100 filters in a rule (ECR API, RegistryScanningRule). */
const filters = z.array(filter).max(100, { error: 'may have at most 100 filters' }).optional();

/** ECR API, RegisterPullTimeUpdateExclusion. */
const principal = z
  .string()
  .max(200)
  .regex(/^arn:aws(?:-[a-z]+)*:iam::\d{12}:(?:role|user)\/[\w+=,.@-]+(?:\/[\w+=,.@-]+)*$/, {
    error: 'must be the ARN of an IAM role or user, for example arn:aws:iam::111122223333:role/scanner',
  });

/** The key `registry` of the settings of repositories. */
export const registrySchema = z
  .strictObject({
    scanning: z
      .strictObject({
        type: z.enum(['basic', 'enhanced']).optional(),
        'on-push': filters,
        continuous: filters,
      })
      .refine(({ type, continuous = [] }) => type !== 'basic' || continuous.length === 0, {
        error: 'cannot be continuous with type: basic',
      })
      .transform(({ type, 'on-push': onPush = [], continuous = [] }) => ({
        ...(type !== undefined && { type }),
        onPush,
        continuous,
      }))
      .optional(),
    'blob-mounting': z.boolean().optional(),
    'basic-scan-version': z.literal('AWS_NATIVE').optional(),
    'policy-scope': z.literal('V2').optional(),
    'pull-time-exclusions': z.array(principal).max(100).optional(),
    replication: replicationSchema.optional(),
    'pull-through': pullThroughSchema.optional(),
    templates: templatesSchema.optional(),
    policy: recordOf(
      z.string().regex(/^[A-Za-z0-9]{1,64}$/, { error: 'must have only letters and digits' }),
      statementSchema,
    ).optional(),
    signing: signingSchema.optional(),
  })
  .transform((written): RegistrySettingsConfig => {
    const all = {
      scanning: written.scanning,
      blobMounting: written['blob-mounting'],
      basicScanVersion: written['basic-scan-version'],
      policyScope: written['policy-scope'],
      pullTimeExclusions: written['pull-time-exclusions'],
      replication: written.replication,
      pullThrough: written['pull-through'],
      templates: written.templates,
      policy: written.policy,
      signing: written.signing,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  });
