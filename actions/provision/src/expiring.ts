import { listImages, previewLifecycle, type ListedImage, type PreviewedImage } from '@towpath/ecr';
import type { Clock } from '@towpath/flow';
import type { EnvironmentEntry } from '@towpath/ledger';
import { matchesPattern, readPolicy, unusedRules } from '@towpath/lifecycle';
import type { Session } from '@towpath/session';
import { userOf, type Users } from './in-use.ts';
import type { Target } from './targets.ts';

/** The effect of a new lifecycle policy on the images of a repository. */
export interface Effect {
  /** The images that the policy would expire or archive. */
  readonly images: readonly PreviewedImage[];
  /** All images of the repository. */
  readonly listed: readonly ListedImage[];
  /** The number of images in the repository, with those of indexes and attestations. */
  readonly total: number;
  /** The number of images with a tag. */
  readonly tagged: number;
  /** The images that refer to others, by digest, for example attestations. */
  readonly subjects: Readonly<Record<string, string>>;
  /** The priorities of the rules that select no image. */
  readonly unused: readonly number[];
}

/**
 * Asks ECR for the effect of a policy, and lists the images.
 *
 * @throws OutsideError if ECR does not finish the preview
 */
export async function readEffect(
  { registry, repository }: Target,
  policy: string,
  session: Session,
  clock: Clock,
): Promise<Effect> {
  const ecr = session.ecr(registry);
  const listed = await listImages(ecr, repository);
  const images = listed.length === 0 ? [] : await previewLifecycle(ecr, repository, policy, clock);
  const rules = readPolicy(policy) ?? [];
  return {
    images,
    listed,
    total: listed.length,
    tagged: listed.filter(({ tags }) => tags.length > 0).length,
    subjects: subjectsOf(listed),
    unused:
      listed.length === 0
        ? []
        : unusedRules(
            rules,
            listed.map(({ tags }) => tags),
          ).map((index) => index + 1),
  };
}

function subjectsOf(listed: readonly ListedImage[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listed.flatMap(({ digest, subject }) => (subject === undefined ? [] : [[digest, subject]])),
  );
}

/** An image that may not expire, and why. */
export interface ProtectedImage {
  readonly image: PreviewedImage;
  readonly reason: string;
}

/**
 * Returns the protected images among those that would expire. An archived image cannot be pulled, so archiving one is
 * the same.
 *
 * @param entries the last entries of each environment; none for an environment without entries in a ledger
 * @param users who uses images of the repository
 */
export function protectedImages(
  { repository, protection }: Target,
  { images, subjects }: Effect,
  entries: ReadonlyMap<string, readonly EnvironmentEntry[]>,
  users: Users | undefined,
): readonly ProtectedImage[] {
  const going = new Set<string>(images.map(({ digest }) => digest));
  return images.flatMap((image): ProtectedImage[] => {
    const reason =
      movingReason(image, protection.moving) ??
      protection.environments
        .map(({ name, patterns, moving }) => {
          const own = movingReason(image, moving);
          if (own !== undefined) return own;
          const history = entries.get(name) ?? [];
          const entry = history.find((one) =>
            one.images.some((listed) => listed.repository === repository && listed.digest === image.digest),
          );
          if (entry !== undefined)
            return `${name} ${entry === history[0] ? 'runs' : 'ran'} it (entry ${name}.${entry.number})`;
          const tag =
            history.length > 0
              ? undefined
              : image.tags.find((one) => patterns.some((pattern) => matchesPattern(pattern, one)));
          return tag === undefined ? undefined : `its tag ${tag} belongs to ${name}`;
        })
        .find((one) => one !== undefined) ??
      useReason(image, users) ??
      subjectReason(image, subjects, going);
    return reason === undefined ? [] : [{ image, reason }];
  });
}

function movingReason({ tags }: PreviewedImage, moving: readonly string[]): string | undefined {
  const tag = tags.find((one) => moving.some((pattern) => matchesPattern(pattern, one)));
  return tag === undefined ? undefined : `the tag ${tag} points at it`;
}

function useReason(image: PreviewedImage, users: Users | undefined): string | undefined {
  const user = users && userOf(image, users);
  return user === undefined ? undefined : `${user} uses it`;
}

function subjectReason(
  { digest }: PreviewedImage,
  subjects: Effect['subjects'],
  going: ReadonlySet<string>,
): string | undefined {
  const subject = subjects[digest];
  return subject === undefined || going.has(subject) ? undefined : `it belongs to ${subject}, which stays`;
}
