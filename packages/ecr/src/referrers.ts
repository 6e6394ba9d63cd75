import { ListImageReferrersCommand, type ListImageReferrersFilter } from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import type { ReferrerDescriptor } from '@towpath/oci';
import { isDigest, type Digest } from '@towpath/reference';
import type { EcrRegistry, PrivateEcr } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

/** The maximum page size (ECR API, ListImageReferrers). */
const pageSize = 50;

/**
 * Returns the digests of the active referrers of a manifest. Returns none for a public registry, whose API has no such
 * operation.
 *
 * @param artifactTypes the artifact types to return
 * @throws CodedError `access-denied`, … The required permission is ecr:BatchGetImage (ECR API, ListImageReferrers).
 */
export async function listReferrers(
  registry: EcrRegistry,
  repository: string,
  subject: Digest,
  artifactTypes: readonly string[],
): Promise<readonly Digest[]> {
  if (registry.kind === 'public') return [];
  const found = await listPages(registry, repository, subject, { artifactTypes: [...artifactTypes] });
  return found.map(({ digest }) => digest);
}

/**
 * Returns the referrers of a manifest, archived ones included. A public registry may have no list of referrers; then it
 * returns none, and the tag scheme has them.
 *
 * For private registries the AWS API is used, not the registry API: it needs no login to the registry, shares the
 * limits and retries of all AWS calls, needs no other permission than reading images, and also lists archived
 * referrers. Both take one request for each manifest.
 *
 * @throws CodedError `access-denied`, …
 */
export async function allReferrers(
  registry: EcrRegistry,
  repository: string,
  subject: Digest,
): Promise<readonly ReferrerDescriptor[]> {
  if (registry.kind === 'public') return (await registry.remote(repository).referrers(subject)) ?? [];
  return listPages(registry, repository, subject, { artifactStatus: 'ANY' });
}

async function listPages(
  { client, account, host }: PrivateEcr,
  repository: string,
  subject: Digest,
  filter: ListImageReferrersFilter,
): Promise<readonly ReferrerDescriptor[]> {
  const what = { operation: 'ecr:BatchGetImage', subject: `${repository} in ${host}` };
  const request = {
    registryId: account,
    repositoryName: repository,
    subjectId: { imageDigest: subject },
    filter,
    maxResults: pageSize,
  };
  const pages = readPages(what, (nextToken) =>
    call(what, () => client.send(new ListImageReferrersCommand({ ...request, nextToken }))),
  );
  const found: ReferrerDescriptor[] = [];
  for await (const { referrers = [] } of pages)
    for (const { digest = '', mediaType = '', artifactType } of referrers) {
      if (!isDigest(digest))
        throw new CodedError(
          'outside-failed',
          `ECR listed ${JSON.stringify(digest)} as a referrer of ${subject} in ${what.subject}.`,
        );
      found.push({ digest, mediaType, artifactType });
    }
  return found;
}
