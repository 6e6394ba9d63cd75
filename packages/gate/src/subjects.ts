import type { ScanMode } from '@towpath/ecr';
import {
  isArtifact,
  isAttestation,
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  type Manifest,
} from '@towpath/oci';
import {
  formatPlatform,
  type Digest,
  type EcrHost,
  type Platform,
  type RepositoryRef,
} from '@towpath/reference';

/** A repository of a private registry. Public registries do not scan images. */
export interface PrivateRepository extends RepositoryRef {
  readonly registry: EcrHost & Pick<RepositoryRef['registry'], 'role'>;
}

/** A manifest that ECR scans. ECR never scans an index. */
export interface Scannable {
  /** Undefined for a single image without an index. */
  readonly platform: string | undefined;
  readonly digest: Digest;
  /** The digest of its config, which Docker calls the image id. */
  readonly config: Digest;
  /** The indexes that contain it, the outermost first. */
  readonly indexes: readonly Digest[];
}

/** The manifest of one platform, and the image that it belongs to. */
export interface Subject extends Scannable {
  readonly image: string;
  /** Undefined if the image is only in an image set. */
  readonly location?: PrivateRepository;
  readonly mode: ScanMode;
  /** When ECR scans the repository: `SCAN_ON_PUSH`, `CONTINUOUS_SCAN` or `MANUAL`. Undefined if that is unknown. */
  readonly frequency?: string | undefined;
}

/** A manifest that ECR scans. */
export interface EcrSubject extends Subject {
  readonly location: PrivateRepository;
}

/** A manifest that is not scanned. */
export interface SkippedManifest {
  readonly digest: Digest;
  /** e.g. `an attestation of BuildKit` */
  readonly why: string;
}

/** The manifests of an image that ECR scans, and the others. */
export interface ImageSubjects {
  readonly subjects: readonly Scannable[];
  /** The manifests that are not scanned, and the reasons. */
  readonly skipped: readonly SkippedManifest[];
  /** Reasons why the verdict is unknown whatever the scans say, as sentences without the image's name. */
  readonly doubts: readonly string[];
}

/** Returns manifests by their digests. A missing one has no entry. */
export type FindManifests = (
  descriptors: readonly Pick<Descriptor, 'digest' | 'mediaType' | 'size'>[],
) => Promise<ReadonlyMap<string, Manifest>>;

/** The maximum depth of nested indexes. A build creates one level, or two if indexes are merged. */
const maxDepth = 4;

/**
 * The maximum number of manifests of an image. A platform has one or two, and there are about twenty platforms.
 */
const maxManifests = 500;

/**
 * Finds every manifest of an image that a runtime could run on any platform. A manifest is skipped only if its
 * descriptor, its annotation and its own content all show that it is not an image.
 *
 * @param platforms the platforms that the image must have. Empty: any platforms
 * @throws CodedError `access-denied`, …
 */
export async function readSubjects(
  platforms: readonly Platform[],
  root: Manifest,
  find: FindManifests,
): Promise<ImageSubjects> {
  const found = root.kind === 'image' ? readImage(root) : await readIndex(root, find);
  const has = new Set(found.subjects.map(({ platform }) => platform));
  // For a single image only its config names the platform, and the gate does not read the config.
  const isSingle = root.kind === 'image' && platforms.length === 1;
  const missing = isSingle ? [] : platforms.map(formatPlatform).filter((name) => !has.has(name));
  const doubts = [
    ...found.doubts,
    ...(missing.length === 0 ? [] : [`it has no image for ${missing.join(', ')}, as the configuration says`]),
    ...(found.subjects.length === 0 ? ['it contains no image'] : []),
  ];
  return { ...found, doubts };
}

function readImage(root: ImageManifest): ImageSubjects {
  const { digest, config } = root;
  const doubts = isArtifact(root) ? ['it is an artifact, which no runtime runs and ECR does not scan'] : [];
  const subject = { platform: undefined, digest, config: config.digest, indexes: [] };
  return { subjects: doubts.length === 0 ? [subject] : [], skipped: [], doubts };
}

/** An entry of an index. */
interface Child extends Descriptor {
  /** The indexes that contain it, the outermost first. */
  readonly indexes: readonly Digest[];
}

async function readIndex(root: ImageIndex, find: FindManifests): Promise<ImageSubjects> {
  const subjects: Scannable[] = [];
  const skipped: SkippedManifest[] = [];
  const doubts: string[] = [];
  let level: readonly Child[] = root.manifests.map((child) => ({ ...child, indexes: [root.digest] }));
  for (let depth = 1, count = 0; level.length > 0; depth += 1) {
    count += level.length;
    if (depth > maxDepth || count > maxManifests) {
      doubts.push(
        `it has more than ${maxManifests} manifests, or more than ${maxDepth} indexes within each other`,
      );
      break;
    }
    const manifests = await find(level);
    const next: Child[] = [];
    for (const child of level) {
      const manifest = manifests.get(child.digest);
      if (manifest === undefined) doubts.push(`its manifest ${child.digest} is missing in the repository`);
      else if (manifest.kind === 'index')
        next.push(
          ...manifest.manifests.map((below) => ({
            ...below,
            platform: below.platform ?? child.platform,
            indexes: [...child.indexes, child.digest],
          })),
        );
      else if (isAttestation(child, manifest))
        skipped.push({ digest: child.digest, why: 'an attestation of BuildKit' });
      else if (isArtifact(manifest) && !hasPlatform(child))
        skipped.push({ digest: child.digest, why: 'an artifact without a platform' });
      else
        subjects.push({
          platform: child.platform && formatPlatform(child.platform),
          digest: child.digest,
          config: manifest.config.digest,
          indexes: child.indexes,
        });
    }
    level = next;
  }
  return { subjects: onceEach(subjects), skipped, doubts };
}

/**
 * Returns whether a descriptor names a platform. A runtime selects by platform, so it could run such a manifest.
 */
function hasPlatform({ platform }: Descriptor): boolean {
  return platform !== undefined && (platform.os !== 'unknown' || platform.architecture !== 'unknown');
}

function onceEach(subjects: readonly Scannable[]): readonly Scannable[] {
  return [...new Map(subjects.map((one) => [`${one.platform ?? ''} ${one.digest}`, one])).values()];
}
