import { forAll } from '@towpath/concurrency';
import { allReferrers, findImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { readBlob } from '@towpath/oci';
import { labelOf, type Digest } from '@towpath/reference';
import type { VexStatement } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import type { PrivateRepository } from './subjects.ts';

/** An image whose attached documents are read. */
export interface AttachedTo {
  readonly name: string;
  readonly location: PrivateRepository;
  /** The digests of the image and of the manifests that ECR scans. */
  readonly digests: readonly Digest[];
}

/** The maximum number of attached documents of an image, and of referrers that may contain one. */
const maxDocuments = 20;

/** In bytes, as for a document of the configuration. */
const maxBytes = 8_388_608;

/** The artifact type of a document, e.g. `application/vnd.openvex+json`. */
const isVexType = (type: string | undefined) => /openvex/i.test(type?.slice(0, 200) ?? '');

/**
 * Reads the OpenVEX documents that are attached to an image as OCI referrers. The policy decides whether they count,
 * because everyone who can push to the repository can attach one.
 *
 * A document that cannot be parsed accepts nothing, and is reported as a warning: otherwise anyone with push rights
 * could block every promotion.
 *
 * @throws CodedError `access-denied`, `image-unsupported` if there are too many or a document is too large, …
 */
export async function readAttachedVex(
  { name, location, digests }: AttachedTo,
  session: Session,
  { log }: Pick<Runtime, 'log'>,
): Promise<readonly VexStatement[]> {
  const { registry, repository } = location;
  const ecr = session.ecr(registry);
  const lists = await forAll([...new Set(digests)], (digest) => allReferrers(ecr, repository, digest));
  const referrers = lists.flat().filter(({ artifactType }) => isVexType(artifactType));
  const wanted = [...new Set(referrers.map(({ digest }) => digest))];
  if (wanted.length > maxDocuments) throw tooMany(name, location);
  if (wanted.length === 0) return [];
  const { parseVex } = await import('@towpath/scan-policy/vex');
  const manifests = await findImages(ecr, repository, wanted);
  const source = session.remote(registry, repository);
  const statements = await forAll([...manifests.values()], async (manifest) => {
    const layers = manifest.kind === 'image' ? manifest.layers : [];
    if (layers.length > maxDocuments) throw tooMany(name, location);
    return forAll(layers, async (layer) => {
      const document = `${labelOf(location)}@${manifest.digest}`;
      const read = parseVex(document, (await readBlob(source, layer, maxBytes, name)).toString('utf8'));
      if ('statements' in read) return read.statements;
      const message = `An OpenVEX document that is attached to ${name} is invalid and was ignored. ${read.problems.join(' ')}`;
      log.annotate({ level: 'warning', message });
      return [];
    });
  });
  return statements.flat(2);
}

function tooMany(name: string, location: PrivateRepository): CodedError {
  return new CodedError(
    'image-unsupported',
    `Image ${name} has more than ${maxDocuments} attached OpenVEX documents in ${labelOf(location)}.`,
    { hint: 'Merge the documents, and delete the others.' },
  );
}
