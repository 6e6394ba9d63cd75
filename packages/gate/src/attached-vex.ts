import { forAll } from '@towpath/concurrency';
import { allReferrers, surveyImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { readBlob, type ContentSource, type Manifest } from '@towpath/oci';
import { labelOf, type Digest } from '@towpath/reference';
import type { VexStatement } from '@towpath/scan-policy';
import type { parseVex } from '@towpath/scan-policy/vex';
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
 * A document that cannot be read or parsed accepts nothing, and is reported as a warning: otherwise anyone with push
 * rights could block every promotion. If there are more than {@link maxDocuments}, none of them is read.
 *
 * @throws CodedError `access-denied`, …
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
  const warn = (message: string) => {
    log.annotate({ level: 'warning', message });
  };
  if (wanted.length > maxDocuments) {
    warn(
      `Image ${name} has ${wanted.length} attached OpenVEX documents in ${labelOf(location)}. At most ${maxDocuments} are read, so none of them counts. Merge the documents, and delete the others.`,
    );
    return [];
  }
  if (wanted.length === 0) return [];
  const { parseVex } = await import('@towpath/scan-policy/vex');
  const source = session.remote(registry, repository);
  const found = await forAll(await surveyImages(ecr, repository, wanted), async ([digest, manifest]) => {
    const read =
      manifest instanceof CodedError
        ? { problems: [manifest.message] }
        : await readDocument(manifest, source, `${labelOf(location)}@${digest}`, parseVex);
    if ('statements' in read) return read.statements;
    warn(
      `An OpenVEX document that is attached to ${name} is invalid and was ignored. ${read.problems.join(' ')}`,
    );
    return [];
  });
  return found.flat();
}

/** Returns the statements of a document, or why it is ignored. */
async function readDocument(
  manifest: Manifest,
  source: Pick<ContentSource, 'blob'>,
  label: string,
  parse: typeof parseVex,
): Promise<ReturnType<typeof parseVex>> {
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  if (layers.length > maxDocuments)
    return { problems: [`${label} has ${layers.length} layers, and at most ${maxDocuments} are read.`] };
  try {
    const read = await forAll(layers, async (layer) =>
      parse(label, (await readBlob(source, layer, maxBytes, label)).toString('utf8')),
    );
    const problems = read.flatMap((one) => ('problems' in one ? one.problems : []));
    if (problems.length > 0) return { problems };
    return { statements: read.flatMap((one) => ('statements' in one ? one.statements : [])) };
  } catch (error) {
    if (error instanceof CodedError && ['image-unsupported', 'digest-mismatch'].includes(error.code))
      return { problems: [error.message] };
    throw error;
  }
}
