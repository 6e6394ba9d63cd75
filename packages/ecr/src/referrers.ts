import { ListImageReferrersCommand } from '@aws-sdk/client-ecr';
import { isDigest, type Digest } from '@towpath/reference';
import type { EcrRegistry } from './aws.ts';
import { call } from './call.ts';
import { readPages } from './pages.ts';

/** The most that ECR gives at once (ECR API, ListImageReferrers). */
const pageSize = 50;

/**
 * The digests of what says something about a manifest of a repository, and is in use.
 *
 * A public registry has no such verb: nothing is known there.
 *
 * @param artifactTypes of which they are
 * @throws CodedError `access-denied`, …: it takes the right to ecr:BatchGetImage (ECR API, ListImageReferrers)
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
  const asked = {
    registryId: account,
    repositoryName: repository,
    subjectId: { imageDigest: subject },
    filter: { artifactTypes: [...artifactTypes] },
    maxResults: pageSize,
  };
  const pages = readPages(what, (nextToken) =>
    call(what, () => client.send(new ListImageReferrersCommand({ ...asked, nextToken }))),
  );
  const found: Digest[] = [];
  for await (const { referrers = [] } of pages)
    found.push(...referrers.flatMap(({ digest = '' }) => (isDigest(digest) ? digest : [])));
  return found;
}
