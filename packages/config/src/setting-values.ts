import * as z from 'zod';
import { recordOf } from './schema-parts.ts';

/** ECR API, ImageTagMutabilityExclusionFilter: at most five, of type WILDCARD, with at most two wildcards each. */
const pattern = z
  .string()
  .regex(/^[\w.*-]{1,128}$/, { error: 'must be a tag, in which * matches any characters' })
  .refine((text) => text.split('*').length <= 3, { error: 'may have at most two *' });

/** Patterns of tags that are exempt from the immutability of a repository. */
export const exclusions = z.array(pattern).max(5, { error: 'may have at most 5 patterns' });

/** The key of a resource tag (ECR user guide, "Tag restrictions"). */
export const resourceTagKey = z.string().regex(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/iu, {
  error: 'must be the key of an AWS tag, which does not start with aws:',
});

/** ECR user guide, "Tag restrictions". */
export const resourceTags = recordOf(resourceTagKey, z.string().max(256)).refine(
  (tags) => Object.keys(tags).length <= 50,
  { error: 'may have at most 50 tags' },
);
