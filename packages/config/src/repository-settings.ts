import type { Problem } from '@towpath/errors';
import * as z from 'zod';
import { inUseSchema, type InUse } from './in-use-schema.ts';
import { lifecycleSchema, type LifecycleConfig } from './lifecycle-schema.ts';
import { registrySchema, type RegistrySettingsConfig } from './registry-schema.ts';
import { readersSchema, type Readers } from './readers-schema.ts';
import { recordOf, refuse, repository } from './schema-parts.ts';
import { exclusions, resourceTagKey, resourceTags } from './setting-values.ts';

/** The encryption: with ECR's key, with the AWS managed KMS key, or with your own KMS key (ARN, id or alias). */
export type Encryption =
  { readonly type: 'AES256' } | { readonly type: 'KMS' | 'KMS_DSSE'; readonly key?: string };

/** Settings that a repository gets when it is created. */
export interface RepositorySettings {
  /** Whether tags can be moved to another image, and wildcard patterns for tags that are exempt. */
  readonly immutability: { readonly mode: 'immutable' | 'mutable'; readonly except: readonly string[] };
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
}

/** The settings that are written. On repositories that exist, Towpath does not manage the others. */
export interface WrittenSettings {
  readonly immutability?: 'immutable' | 'mutable';
  readonly except?: readonly string[];
  readonly scanOnPush?: boolean;
  readonly encryption?: Encryption;
  readonly lifecycle?: LifecycleConfig;
  readonly readers?: Readers;
  /** Resource tags of AWS, which are unrelated to image tags. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The keys of resource tags that are removed, unless a layer above sets them. */
  readonly removeTags?: readonly string[];
}

/** The settings of all repositories. */
export interface RepositoriesConfig {
  readonly common: WrittenSettings;
  /** By image. They replace those of `common`. */
  readonly images: Readonly<Record<string, WrittenSettings>>;
  /** By environment, for repositories that only this environment uses. They replace all others. */
  readonly environments: Readonly<Record<string, WrittenSettings>>;
  /** By pattern of full names, for repositories of the build's registry that exist. They replace those of `common`. */
  readonly matching: Readonly<Record<string, WrittenSettings>>;
  /** The full names of repositories that `provision` deletes once they are empty. */
  readonly remove: readonly string[];
  /** The services whose images may not expire. */
  readonly inUse?: InUse;
  readonly registry?: RegistrySettingsConfig;
  /** Contradictions, with their positions. Only `provision` reports them. */
  readonly problems: readonly Problem[];
}

/** The defaults: tags are immutable, and every image is scanned. */
export const carefulSettings: RepositorySettings = {
  immutability: { mode: 'immutable', except: [] },
  scanOnPush: true,
  encryption: { type: 'AES256' },
};

/** A configuration without the key `repositories`. */
export const plainRepositories: RepositoriesConfig = {
  common: {},
  images: {},
  environments: {},
  matching: {},
  remove: [],
  problems: [],
};

/** Returns the settings of a name. An image or an environment can have the name `constructor`. */
export function settingsOf(
  settings: Readonly<Record<string, WrittenSettings>>,
  name: string,
): WrittenSettings | undefined {
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}

/** Returns the written settings of an image's repository. */
export function writtenSettings(
  { common, images, environments }: RepositoriesConfig,
  image: string,
  environment?: string,
): WrittenSettings {
  const own = environment === undefined ? undefined : settingsOf(environments, environment);
  return mergeSettings([common, settingsOf(images, image), own].filter((one) => one !== undefined));
}

/** Returns settings in which later ones replace earlier ones. Resource tags are replaced one by one. */
export function mergeSettings(layers: readonly WrittenSettings[]): WrittenSettings {
  return layers.reduce<WrittenSettings>(
    (merged, one) => ({
      ...merged,
      ...one,
      ...(one.tags !== undefined && { tags: { ...merged.tags, ...one.tags } }),
    }),
    {},
  );
}

/** Returns the settings of a new repository: the written ones, and defaults for the others. */
export function creationSettings(written: WrittenSettings): RepositorySettings {
  return {
    immutability: {
      mode: written.immutability ?? carefulSettings.immutability.mode,
      except: written.except ?? [],
    },
    scanOnPush: written.scanOnPush ?? carefulSettings.scanOnPush,
    encryption: written.encryption ?? carefulSettings.encryption,
  };
}

/** KMS API, DescribeKey, KeyId. */
const keyForm =
  /^(?:(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?alias\/[\w/-]{1,250}|(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/)[\w-]{1,250}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const keyForms = 'the ARN, id or alias of a KMS key';

const encryption = z.union([
  z.string().transform((text, context): Encryption => {
    if (text === 'AES256' || text === 'KMS' || text === 'KMS_DSSE') return { type: text };
    if (keyForm.test(text)) return { type: 'KMS', key: text };
    return refuse(context, text, `AES256, KMS, KMS_DSSE, or ${keyForms}`);
  }),
  z.strictObject({
    type: z.enum(['KMS', 'KMS_DSSE']),
    key: z.string().regex(keyForm, { error: `must be ${keyForms}` }),
  }),
]);

const settings = {
  immutability: z.enum(['immutable', 'mutable']).optional(),
  except: exclusions.optional(),
  'scan-on-push': z.boolean().optional(),
  encryption: encryption.optional(),
  lifecycle: lifecycleSchema.optional(),
  readers: readersSchema.optional(),
  tags: resourceTags.optional(),
  'remove-tags': z.array(resourceTagKey).optional(),
};

type Settings = z.output<z.ZodObject<typeof settings>>;

function readSettings({
  'scan-on-push': scanOnPush,
  'remove-tags': removeTags,
  ...others
}: Settings): WrittenSettings {
  const all = { ...others, scanOnPush, removeTags };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const settingsSchema = z.strictObject(settings).transform(readSettings);
const settingsById = z.record(z.string(), settingsSchema);

/** A pattern for full names of repositories. */
const namePattern = z.string().regex(/^[a-z0-9*][a-z0-9._/*-]{0,255}$/, {
  error: 'must be the full name of a repository, in which * matches any characters',
});

/** The key `repositories` of `towpath.yaml`. */
export const repositoriesSchema = z
  .strictObject({
    ...settings,
    images: settingsById.optional(),
    environments: settingsById.optional(),
    matching: recordOf(namePattern, settingsSchema).optional(),
    remove: z.array(repository).optional(),
    'in-use': inUseSchema.optional(),
    registry: registrySchema.optional(),
  })
  .transform(
    ({
      images,
      environments,
      matching,
      remove,
      registry,
      'in-use': inUse,
      ...common
    }): RepositoriesConfig => ({
      common: readSettings(common),
      images: images ?? {},
      environments: environments ?? {},
      matching: matching ?? {},
      remove: remove ?? [],
      ...(inUse !== undefined && { inUse }),
      ...(registry !== undefined && { registry }),
      problems: [],
    }),
  );
