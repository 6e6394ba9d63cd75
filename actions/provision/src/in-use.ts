import { forAll } from '@towpath/concurrency';
import type { InUse } from '@towpath/config';
import { usedByEcs, usedByLambda, type UsedImage } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { decisions, readPolicy } from '@towpath/lifecycle';
import { registryKey, type RegistryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { Effect } from './effect.ts';
import type { Target } from './targets.ts';

/** Where services run: the region of a registry, with the role for it or with a role of `in-use`. */
type PrivateRegistry = Extract<RegistryRef, { readonly kind: 'private' }>;

/**
 * Reads what runs in the regions of the registries, in the account of each role.
 *
 * @throws CodedError `access-denied`, because an image that cannot be seen could expire
 */
export async function readInUse(
  { services, roles }: InUse,
  registries: readonly RegistryRef[],
  session: Session,
): Promise<readonly UsedImage[]> {
  const own = registries.flatMap((registry): PrivateRegistry[] =>
    registry.kind === 'private' ? [registry] : [],
  );
  const all = [...own, ...own.flatMap((registry) => roles.map((role) => ({ ...registry, role })))];
  const distinct = new Map(
    all.map((registry) => [JSON.stringify([registry.role, registry.region]), registry]),
  );
  const lookups = [...distinct.values()].flatMap((registry) =>
    services.map((service) => ({ service, registry })),
  );
  const found = await forAll(lookups, ({ service, registry }) =>
    (service === 'ecs' ? usedByEcs : usedByLambda)(session.aws(registry), registry),
  );
  return found.flat();
}

/** Who uses an image of a repository. */
export interface Users {
  /** By tag. */
  readonly tags: ReadonlyMap<string, string>;
  /** By digest. An index is used if one of its images is. */
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * Returns who uses the images of a repository. An index that would expire is in use if a container runs one of its images.
 *
 * @throws CodedError if such an index cannot be read, because its images are unknown
 */
export function usersOf(
  { registry, repository }: Target,
  { platforms }: Effect,
  used: readonly UsedImage[],
): Users {
  const key = registryKey(registry);
  const own = used.filter((one) => one.registry === key && one.repository === repository);
  const tags = new Map(own.flatMap(({ tag, user }) => (tag === undefined ? [] : [[tag, user] as const])));
  const digests = new Map(
    own.flatMap(({ digest, user }) => (digest === undefined ? [] : [[digest, user] as const])),
  );
  if (digests.size === 0) return { tags, digests };
  for (const [index, images] of platforms) {
    if (images instanceof CodedError) throw images;
    for (const { digest } of images) {
      const user = digests.get(digest);
      if (user !== undefined && !digests.has(index)) digests.set(index, user);
    }
  }
  return { tags, digests };
}

/** Returns who uses an image, or undefined. */
export function userOf(
  { digest, tags }: { readonly digest: string; readonly tags: readonly string[] },
  users: Users,
): string | undefined {
  return users.digests.get(digest) ?? tags.flatMap((tag) => users.tags.get(tag) ?? []).at(0);
}

/** Returns a day such as `2026-01-31`, in UTC. */
export function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

/** The maximum number of notes for one repository. */
const maxNotes = 10;

/**
 * Says which images in use a policy is going to expire later, because no rule knows what runs. Images without tags are
 * left out: those of an index stay as long as the index.
 */
export function foreseenExpiry(
  policy: string,
  { listed, images, exposed }: Effect,
  users: Users,
  now: Date,
): readonly string[] {
  const going = new Set<string>([...images, ...exposed].map(({ digest }) => digest));
  const decided = decisions(listed, readPolicy(policy) ?? [], now.getTime());
  return listed
    .flatMap((image) => {
      const user = userOf(image, users);
      if (user === undefined || image.tags.length === 0 || going.has(image.digest)) return [];
      const foreseen = decided.get(image.digest)?.forecast;
      if (foreseen === undefined) return [];
      return `${user} uses ${image.tags.join(', ')}, which rule ${foreseen.priority} is going to ${foreseen.action === 'expire' ? 'expire' : 'archive'} on ${dateOf(foreseen.at)}. Deploy another image before, or keep this one by the tag of an environment.`;
    })
    .slice(0, maxNotes);
}
