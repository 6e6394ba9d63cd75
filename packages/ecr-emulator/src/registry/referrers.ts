import type { Digest } from '@towpath/reference';
import { parseManifest } from './manifest.ts';
import { imagesOf } from './record.ts';
import type { Repository } from './repository.ts';

/** A descriptor in the answer of the referrers API (OCI distribution 1.1, "Listing referrers"). */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Returns the referrers of a subject, which need not exist. */
export async function referrersOf(repository: Repository, subject: Digest): Promise<Referrer[]> {
  const referrers = imagesOf(repository.record).filter((image) => image.subject === subject);
  return Promise.all(
    referrers.map(async ({ mediaType, digest, size, artifactType }) => {
      const { annotations } = parseManifest(await repository.readManifest(digest), mediaType);
      return {
        mediaType,
        digest,
        size,
        ...(artifactType !== undefined && { artifactType }),
        ...(annotations !== undefined && { annotations }),
      };
    }),
  );
}
