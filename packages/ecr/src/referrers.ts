import { ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { isDigest, type Digest } from '@towpath/reference';
import type { EcrRegistry } from './aws.ts';
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
  const { client, account, host } = registry;
  const what = { operation: 'ecr:BatchGetImage', subject: `${repository} in ${host}` };
  const request = {
    registryId: account,
    repositoryName: repository,
    subjectId: { imageDigest: subject },
    filter: { artifactTypes: [...artifactTypes] },
    maxResults: pageSize,
  };
  const pages = readPages(what, (nextToken) =>
    call(what, () => client.send(new ListImageReferrersCommand({ ...request, nextToken }))),
  );
  const found: Digest[] = [];
  for await (const { referrers = [] } of pages)
    found.push(...referrers.flatMap(({ digest = '' }) => (isDigest(digest) ? digest : [])));
  return found;
}
