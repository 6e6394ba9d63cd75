import { forAll, waitForAll } from '@towpath/concurrency';
import { scanMode } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { Manifest } from '@towpath/oci';
import { registryUri, type Digest, type Platform, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { awaitScans, type ScanOutcome, type Subject } from './scans.ts';
import { readSubjects, type PrivateRepository, type SkippedManifest } from './subjects.ts';

/** An image to judge: a digest in a repository. */
export interface GateImage {
  readonly name: string;
  readonly location: RepositoryRef;
  /** The manifest of the image, or its index. */
  readonly root: Manifest;
  /** The platforms that the image must have. Empty: any platforms. */
  readonly platforms: readonly Platform[];
}

export interface CollectOptions {
  /** How long to wait for all scans together, in milliseconds. */
  readonly timeout: number;
}

/** An image and the scans of all its manifests that a runtime could run. Plain data, so facts and plans can contain it. */
export interface ScannedImage {
  readonly name: string;
  readonly location: PrivateRepository;
  /** The digest of the image manifest or of the index. */
  readonly digest: Digest;
  readonly scans: readonly ScanOutcome[];
  /** The manifests that are not scanned, and the reasons. */
  readonly skipped: readonly SkippedManifest[];
  /** Reasons why the verdict is unknown whatever the scans say, as sentences without the image's name. */
  readonly doubts: readonly string[];
}

/**
 * Waits for the scans of images, and reads all findings. Writes nothing, so `facts` of an action calls it. An image
 * whose scan fails or does not finish is returned too, and is judged as unknown.
 *
 * @throws CodedError `registry-unsupported`, `access-denied`, `cancelled`, …
 */
export async function collectScans(
  images: readonly GateImage[],
  { timeout }: CollectOptions,
  session: Session,
  runtime: Runtime,
): Promise<readonly ScannedImage[]> {
  const all = await forAll(images, async ({ name, root, platforms, location: ref }) => {
    const location = requirePrivate(ref);
    const ecr = session.ecr(location.registry);
    const [mode, found] = await waitForAll([
      scanMode(session.aws(location.registry), ecr),
      readSubjects(platforms, root, ecr, location.repository),
    ]);
    const subjects = found.subjects.map((one): Subject => ({ image: name, ...one, location, mode }));
    return { name, location, digest: root.digest, ...found, subjects };
  });
  const outcomes = await awaitScans(
    all.flatMap(({ subjects }) => subjects),
    timeout,
    session,
    runtime,
  );
  return all.map(({ subjects, ...image }) => ({
    ...image,
    scans: outcomes.filter(({ subject }) => subjects.includes(subject)),
  }));
}

/** @throws CodedError `registry-unsupported` if the registry does not scan images */
export function requirePrivate({ registry, repository }: RepositoryRef): PrivateRepository {
  if (registry.kind === 'private') return { registry, repository };
  throw new CodedError(
    'registry-unsupported',
    `${registryUri(registry)} is a public registry. Public registries do not scan images, so it is unknown whether they are clean.`,
    { hint: 'Gate the images in a private registry, and publish from it what has passed.' },
  );
}
