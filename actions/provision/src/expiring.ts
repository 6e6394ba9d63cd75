import { listImages, previewLifecycle, type ListedImage, type PreviewedImage } from '@towpath/ecr';
import type { Clock } from '@towpath/flow';
import type { EnvironmentEntry } from '@towpath/ledger';
import {
  exposedImages,
  matchesPattern,
  readPolicy,
  unusedRules,
  type LifecycleRule,
} from '@towpath/lifecycle';
import type { Session } from '@towpath/session';
import { userOf, type Users } from './in-use.ts';
import type { Effect, LaterImage } from './effect.ts';
import { readPlatforms } from './platforms.ts';
import type { Target } from './targets.ts';

/**
 * Asks ECR for the effect of a policy, and lists the images.
 *
 * @param before the policy that the repository has
 * @throws OutsideError if ECR does not finish the preview
 */
export async function readEffect(
  target: Target,
  { before, policy }: { readonly before: string | undefined; readonly policy: string },
  session: Session,
  clock: Clock,
): Promise<Effect> {
  const { registry, repository } = target;
  const ecr = session.ecr(registry);
  const listed = await listImages(ecr, repository);
  const images = listed.length === 0 ? [] : await previewLifecycle(ecr, repository, policy, clock);
  const rules = readPolicy(policy) ?? [];
  const old = before === undefined ? [] : readPolicy(before);
  const exposed = exposedBy(old ?? [], rules, { images, listed }, clock.now());
  const going = new Set([...images, ...exposed].map(({ digest }) => digest));
  return {
    images,
    exposed,
    isOldUnknown: old === undefined,
    listed,
    total: listed.length,
    tagged: listed.filter(({ tags }) => tags.length > 0).length,
    subjects: subjectsOf(listed),
    platforms: await readPlatforms(target, listed, going, session),
    unused:
      listed.length === 0
        ? []
        : unusedRules(
            rules,
            listed.map(({ tags }) => tags),
          ).map((index) => index + 1),
  };
}

/** Attestations are left out, because they stay as long as their image. */
function exposedBy(
  old: readonly LifecycleRule[],
  rules: readonly LifecycleRule[],
  { images, listed }: Pick<Effect, 'images' | 'listed'>,
  now: Date,
): readonly LaterImage[] {
  const going = new Set<string>(images.map(({ digest }) => digest));
  return exposedImages(listed, old, rules, now.getTime())
    .filter(({ image: { digest, subject } }) => subject === undefined && !going.has(digest))
    .map(({ image: { digest, tags }, forecast: { action, priority, at } }) => ({
      digest,
      tags,
      action: action === 'expire' ? 'expire' : 'archive',
      rule: priority,
      at,
    }));
}

function subjectsOf(listed: readonly ListedImage[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    listed.flatMap(({ digest, subject }) => (subject === undefined ? [] : [[digest, subject]])),
  );
}

/** An image that may not expire, and why. */
export interface ProtectedImage {
  readonly image: PreviewedImage | LaterImage;
  readonly reason: string;
}

/**
 * Returns the protected images among those that would expire, now or because they lose the rule that keeps them. An archived image cannot be pulled, so archiving one is
 * the same.
 *
 * @param entries the last entries of each environment; none for an environment without entries in a ledger
 * @param users who uses images of the repository
 */
export function protectedImages(
  { repository, protection }: Target,
  { images, exposed, subjects }: Effect,
  entries: ReadonlyMap<string, readonly EnvironmentEntry[]>,
  users: Users | undefined,
): readonly ProtectedImage[] {
  const going = new Set<string>(images.map(({ digest }) => digest));
  return [...images, ...exposed].flatMap((image): ProtectedImage[] => {
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

function useReason(image: PreviewedImage | LaterImage, users: Users | undefined): string | undefined {
  // An image without tags can belong to an index, and stays as long as the index.
  if ('at' in image && image.tags.length === 0) return undefined;
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
