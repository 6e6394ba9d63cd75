import { formatCount } from '@towpath/markdown';
import { compareCopies } from '@towpath/oci';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Delivery } from './delivery.ts';

/** The requests for a blob that is copied: two to read it, which is redirected to storage, and two to upload it. */
const requestsToCopy = 4;

/** The requests for a blob that is uploaded from the disk. */
const requestsToUpload = 2;

/** Says how missing blobs come to a repository, why they are not mounted, and how many requests that takes. */
export function explainContent(delivery: Delivery, all: readonly Delivery[]): readonly string[] {
  const { location, content } = delivery;
  const { registry } = location;
  if (content === undefined) return [];
  const { source, graph } = content;
  const missing = graph.blobs.filter(({ present }) => !present).map(({ descriptor }) => descriptor.digest);
  const puts = graph.manifests.filter(({ present }) => !present).length;
  const isBeside = source.kind === 'repository' && source.registry.host === registry.host;
  const neighbours = all.filter(
    (one) =>
      one !== delivery &&
      one.location.registry.host === registry.host &&
      one.location.repository !== location.repository,
  );
  const mounted =
    registry.kind === 'public'
      ? []
      : missing.filter(
          (digest) => isBeside || neighbours.some((one) => canMountFrom(one, digest, all, delivery)),
        );
  const sent = missing.length - mounted.length;
  const each = source.kind === 'repository' ? requestsToCopy : requestsToUpload;
  const requests = sent * each + mounted.length + puts;
  const mountSource = isBeside ? `from ${labelOf(source)}` : 'from the repositories of other images';
  return [
    ...(mounted.length === 0
      ? []
      : [`mounts ${mounted.length} ${mountSource}, or uploads them if BLOB_MOUNTING is disabled`]),
    ...(sent === 0 ? [] : [`uploads ${sent}, because ${whySent(registry.kind, sent < missing.length)}`]),
    `about ${formatCount(requests, 'request')}`,
  ];
}

function whySent(kind: RepositoryRef['registry']['kind'], isRest: boolean): string {
  if (kind === 'public') return 'ECR Public does not mount blobs';
  return `no ${isRest ? 'other ' : ''}repository of the registry is known to contain them`;
}

/** Returns whether a blob can be mounted from the repository of another image: it has it, or it gets it before. */
function canMountFrom(one: Delivery, digest: Digest, all: readonly Delivery[], to: Delivery): boolean {
  const blob = one.content?.graph.blobs.find(({ descriptor }) => descriptor.digest === digest);
  if (blob === undefined) return false;
  return blob.present || isBefore(one, to, all);
}

/** Returns whether the content of an image is complete before that of another one. */
function isBefore(one: Delivery, other: Delivery, all: readonly Delivery[]): boolean {
  if (one.content === undefined || other.content === undefined) return false;
  const order = compareCopies(one.content, other.content);
  return order === 0 ? all.indexOf(one) < all.indexOf(other) : order < 0;
}
