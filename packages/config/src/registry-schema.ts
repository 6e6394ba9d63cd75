import * as z from 'zod';

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
}

/** ECR API, ScanningRepositoryFilter. */
const filter = z.string().regex(/^[a-z0-9*](?:[._/a-z0-9*-]?[a-z0-9*]+)*$/, {
  error: 'must be the name of a repository, in which * matches any characters',
});

/** At most 100 filters in a rule (ECR API, RegistryScanningRule). */
const filters = z.array(filter).max(100, { error: 'may have at most 100 filters' }).optional();

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
      .optional(),
    'blob-mounting': z.boolean().optional(),
  })
  .transform(({ scanning, 'blob-mounting': blobMounting }): RegistrySettingsConfig => ({
    ...(scanning !== undefined && {
      scanning: {
        ...(scanning.type !== undefined && { type: scanning.type }),
        onPush: scanning['on-push'] ?? [],
        continuous: scanning.continuous ?? [],
      },
    }),
    ...(blobMounting !== undefined && { blobMounting }),
  }));
