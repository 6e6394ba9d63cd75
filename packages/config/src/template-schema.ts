import * as z from 'zod';
import { lifecycleSchema, type LifecycleConfig } from './lifecycle-schema.ts';
import { readersSchema, type Readers } from './readers-schema.ts';
import { templatePrefix } from './registry-rules.ts';
import { refuse, roleArn } from './schema-parts.ts';
import { exclusions, resourceTags } from './setting-values.ts';

/** When ECR creates a repository itself. */
export type CreationReason = 'push' | 'pull-through' | 'replication';

/** A repository creation template: the settings of repositories that ECR creates. */
export interface TemplateConfig {
  /** The namespace of the repositories, or ROOT for all without another template. */
  readonly prefix: string;
  readonly description: string;
  readonly appliedFor: readonly CreationReason[];
  /** The settings. Those that are not written are ECR's defaults. */
  readonly settings: TemplateSettings;
  /** The role that ECR assumes to create a repository. */
  readonly role?: string;
  /** Whether repositories that exist get the written settings, too. */
  readonly applyToExisting: boolean;
}

/** The settings that a template can have. */
export interface TemplateSettings {
  readonly immutability?: 'immutable' | 'mutable';
  readonly except?: readonly string[];
  readonly encryption?: { readonly type: 'AES256' | 'KMS' | 'KMS_DSSE'; readonly key?: string };
  readonly lifecycle?: LifecycleConfig;
  readonly readers?: Readers;
  readonly tags?: Readonly<Record<string, string>>;
}

/** ECR API, EncryptionConfigurationForRepositoryCreationTemplate: the full ARN of a key, and no alias. */
const keyArn = /^arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-z0-9-]+$/;

const encryption = z.union([
  z.string().transform((text, context): NonNullable<TemplateSettings['encryption']> => {
    if (text === 'AES256' || text === 'KMS' || text === 'KMS_DSSE') return { type: text };
    if (keyArn.test(text)) return { type: 'KMS', key: text };
    return refuse(
      context,
      text,
      'AES256, KMS, KMS_DSSE, or the full ARN of a KMS key, because a template cannot have an alias',
    );
  }),
  z.strictObject({
    type: z.enum(['KMS', 'KMS_DSSE']),
    key: z.string().regex(keyArn, {
      error: 'must be the full ARN of a KMS key, because a template cannot have an alias',
    }),
  }),
]);

/** The key `templates` of the settings of a registry. */
export const templatesSchema = z.array(
  z
    .strictObject({
      prefix: templatePrefix,
      description: z.string().max(256).default(''),
      for: z.array(z.enum(['push', 'pull-through', 'replication'])).min(1, { error: 'must have a value' }),
      immutability: z.enum(['immutable', 'mutable']).optional(),
      except: exclusions.optional(),
      encryption: encryption.optional(),
      lifecycle: lifecycleSchema.optional(),
      readers: readersSchema.optional(),
      tags: resourceTags.optional(),
      role: roleArn.optional(),
      'apply-to-existing': z.boolean().default(false),
    })
    .transform(
      ({
        prefix,
        description,
        for: appliedFor,
        role,
        'apply-to-existing': applyToExisting,
        ...settings
      }): TemplateConfig => ({
        prefix,
        description,
        appliedFor: [...new Set(appliedFor)],
        settings: settings,
        ...(role !== undefined && { role }),
        applyToExisting,
      }),
    ),
);
