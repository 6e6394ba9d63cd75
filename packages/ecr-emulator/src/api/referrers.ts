import type { ListImageReferrersRequest, ListImageReferrersResponse } from '@aws-sdk/client-ecr';
import { isDigest } from '@towpath/reference';
import { referrersOf } from '../registry/referrers.ts';
import { imageStatusOf } from '../registry/storage-class.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

async function listImageReferrers({
  ecr,
  registry,
  input,
}: Call<ListImageReferrersRequest>): Promise<ListImageReferrersResponse> {
  const { repositoryName, subjectId, filter } = input;
  const { imageDigest } = subjectId;
  if (imageDigest === undefined || !isDigest(imageDigest)) {
    throw invalidParameter('subjectId.imageDigest', 'Invalid image digest');
  }
  const repository = registry.repository(repositoryName);
  const { artifactTypes = [], artifactStatus = 'ACTIVE' } = filter ?? {};
  const found = (await referrersOf(repository, imageDigest)).map((referrer) => ({
    ...referrer,
    artifactStatus: imageStatusOf(repository.record.images[referrer.digest] ?? {}, ecr.clock.now()),
  }));
  const wanted = found.filter(
    (one) =>
      (artifactTypes.length === 0 || artifactTypes.includes(one.artifactType ?? '')) &&
      ['ANY', one.artifactStatus].includes(artifactStatus),
  );
  const { items, ...rest } = pageOf(wanted, { maxResults: 50, ...input }, ({ digest }) => digest);
  return { referrers: items, ...rest };
}

export const referrers: Operations = { ListImageReferrers: listImageReferrers };
