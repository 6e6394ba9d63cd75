import { forAll, waitForAll } from '@towpath/concurrency';
import { findImages, scanSettings, type ScanSettings } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import type { Manifest } from '@towpath/oci';
import { registryKey, registryUri, type Platform, type RepositoryRef } from '@towpath/reference';
import type { VexStatement } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import type { BaseOptions } from './base-layers.ts';
import type { ScannedImage } from './scanned-image.ts';
import { awaitScans, type ScanOutcome, type Waiting } from './scans.ts';
import {
  type EcrSubject,
  type Subject,
  readSubjects,
  type FindManifests,
  type PrivateRepository,
} from './subjects.ts';

/** An image to judge: a digest in a repository. */
export interface GateImage {
  readonly name: string;
  readonly location: RepositoryRef;
  /** The manifest of the image, or its index. */
  readonly root: Manifest;
  /** The platforms that the image must have. Empty: any platforms. */
  readonly platforms: readonly Platform[];
}

export interface CollectOptions extends Waiting {
  /**
   * The images of the baseline environment, with the names of the images that they are compared with. Their findings
   * are read at the same time. See `findCurrentImages`.
   */
  readonly baseline?: readonly GateImage[];
  /** Whether to read the OpenVEX documents that are attached to the images. Default: false. */
  readonly attachedVex?: boolean;
  /** How to find the layers of base images. Default: they stay unknown. */
  readonly base?: BaseOptions | undefined;
}

/**
 * Waits for the scans of images, and reads all findings. `facts` of an action calls it. It writes nothing, except that
 * `rescan` starts scans. An image whose scan fails or does not finish is returned too, and is judged as unknown.
 *
 * @throws CodedError `registry-unsupported`, `access-denied`, `cancelled`, …
 */
export async function collectScans(
  images: readonly GateImage[],
  options: CollectOptions,
  session: Session,
  runtime: Runtime,
): Promise<readonly ScannedImage[]> {
  const { baseline = [] } = options;
  const all = await findSubjects([...images, ...baseline], options, session, runtime);
  const subjects = all.flatMap((image) => image.subjects);
  const outcomes = await awaitScans(subjects, options, session, runtime);
  const vex =
    options.attachedVex === true ? await readVex(all.slice(0, images.length), session, runtime) : [];
  const bySubject = new Map<Subject, ScanOutcome>(outcomes.map((outcome) => [outcome.subject, outcome]));
  const collectedAt = runtime.clock.now();
  const scanned = all.map(({ subjects: own, ...image }): ScannedImage => {
    return { ...image, collectedAt, scans: own.flatMap((subject) => bySubject.get(subject) ?? []) };
  });
  const known = new Map(scanned.slice(images.length).map(({ name, scans }) => [name, scans]));
  const judged = await readBases(scanned.slice(0, images.length), options, session, runtime);
  return judged.map((image, index) => {
    const scans = known.get(image.name);
    const statements = vex[index];
    return {
      ...image,
      ...(scans !== undefined && { baseline: scans }),
      ...(statements !== undefined && { vex: statements }),
    };
  });
}

async function readBases(
  images: readonly ScannedImage[],
  { base }: CollectOptions,
  session: Session,
  runtime: Runtime,
): Promise<readonly ScannedImage[]> {
  if (base === undefined) return images;
  const { registryContent, withBaseLayers } = await import('./base-layers.ts');
  return withBaseLayers(images, registryContent(session), base, session, runtime);
}

async function readVex(
  images: readonly LocatedImage[],
  session: Session,
  runtime: Runtime,
): Promise<readonly (readonly VexStatement[])[]> {
  const { readAttachedVex } = await import('./attached-vex.ts');
  return forAll(images, async ({ name, location, digest, subjects }) => {
    if (location === undefined) return [];
    const digests = [digest, ...subjects.map((subject) => subject.digest)];
    return readAttachedVex({ name, location, digests }, session, runtime);
  });
}

/** An image in a private registry, with the manifests that ECR scans. */
interface LocatedImage extends Omit<ScannedImage, 'collectedAt' | 'scans' | 'baseline' | 'layers'> {
  readonly subjects: readonly EcrSubject[];
}

async function findSubjects(
  images: readonly GateImage[],
  { isOld = false }: CollectOptions,
  session: Session,
  runtime: Runtime,
): Promise<readonly LocatedImage[]> {
  const located = images.map((image) => ({ ...image, location: requirePrivate(image.location) }));
  const locations = located.map(({ location }) => location);
  const [settings, found] = await waitForAll([
    // The settings decide how long to wait, and old scans are not awaited.
    isOld ? new Map<string, ScanSettings>() : readSettings(locations, session, runtime),
    forAll(located, async ({ root, platforms, location: { registry, repository } }) =>
      readSubjects(platforms, root, repositoryManifests({ registry, repository }, session)),
    ),
  ]);
  return located.map(({ name, location, root: { digest } }, index) => {
    const { subjects = [], skipped = [], doubts = [] } = found[index] ?? {};
    const { mode = 'unknown', frequencies } = settings.get(registryKey(location.registry)) ?? {};
    const common = { image: name, location, mode, frequency: frequencies?.get(location.repository) };
    return {
      name,
      location,
      digest,
      skipped,
      doubts,
      subjects: subjects.map((one) => ({ ...common, ...one })),
    };
  });
}

/**
 * Reads how each registry scans its repositories. Without the permission, the findings are read all the same.
 *
 * @returns the settings by account and region
 */
async function readSettings(
  locations: readonly PrivateRepository[],
  session: Session,
  { log }: Runtime,
): Promise<ReadonlyMap<string, ScanSettings>> {
  const registries = new Map(locations.map(({ registry }) => [registryKey(registry), registry]));
  const all = await forAll(registries, async ([key, registry]) => {
    const own = locations.filter(({ registry: other }) => registryKey(other) === key);
    const repositories = own.map(({ repository }) => repository);
    return [key, await scanSettings(session.aws(registry), session.ecr(registry), repositories)] as const;
  });
  for (const { message, problems } of all.flatMap(([, { denied }]) => denied))
    log.annotate({
      level: 'notice',
      message: `${message} So the gate does not know how ECR scans these repositories, and waits longer. ${problems[0]?.hint ?? ''}`,
    });
  return new Map(all);
}

/** Returns a function that reads manifests of a repository. */
export function repositoryManifests(
  { registry, repository }: RepositoryRef,
  session: Session,
): FindManifests {
  return (descriptors) =>
    findImages(
      session.ecr(registry),
      repository,
      descriptors.map(({ digest }) => digest),
    );
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
