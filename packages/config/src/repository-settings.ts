import * as z from 'zod';
import { refuse } from './schema-parts.ts';

/** Settings for repositories that Towpath creates. Existing repositories are not changed. */
export interface RepositorySettings {
  /** Whether tags can be moved to another image, and wildcard patterns for tags that are exempt. */
  readonly immutability: { readonly mode: 'immutable' | 'mutable'; readonly except: readonly string[] };
  readonly scanOnPush: boolean;
  /** The encryption: with ECR's key, with the AWS managed KMS key, or with your own KMS key (ARN or alias). */
  readonly encryption: { readonly type: 'AES256' } | { readonly type: 'KMS'; readonly key?: string };
}

/** The defaults: tags are immutable, and every image is scanned. */
export const carefulSettings: RepositorySettings = {
  immutability: { mode: 'immutable', except: [] },
  scanOnPush: true,
  encryption: { type: 'AES256' },
};

/** ECR API, ImageTagMutabilityExclusionFilter: at most five, of type WILDCARD. */
const pattern = z
  .string()
  .regex(/^[\w.*-]{1,128}$/, { error: 'must be a tag, in which * matches any characters' });

const encryption = z.string().transform((text, context): RepositorySettings['encryption'] => {
  if (text === 'AES256' || text === 'KMS') return { type: text };
  if (/^(?:arn:|alias\/)/.test(text)) return { type: 'KMS', key: text };
  return refuse(context, text, 'AES256, KMS, or the ARN or alias of a KMS key');
});

/** The key `repositories` of `towpath.yaml`. */
export const repositorySettingsSchema = z
  .strictObject({
    immutability: z.enum(['immutable', 'mutable']).optional(),
    except: z.array(pattern).max(5).optional(),
    'scan-on-push': z.boolean().optional(),
    encryption: encryption.optional(),
  })
  .transform((written): RepositorySettings => ({
    immutability: {
      mode: written.immutability ?? carefulSettings.immutability.mode,
      except: written.except ?? [],
    },
    scanOnPush: written['scan-on-push'] ?? carefulSettings.scanOnPush,
    encryption: written.encryption ?? carefulSettings.encryption,
  }));
