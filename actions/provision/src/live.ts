import { forAll } from '@towpath/concurrency';
import {
  lifecyclePolicy,
  listRepositories,
  repositoryPolicy,
  resourceTags,
  type ListedRepository,
} from '@towpath/ecr';
import { registryKey } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { aliasToRead, type AliasReader } from './encryption.ts';
import type { LiveRepository } from './live-repository.ts';
import type { PrivateRegistryRef, Target } from './targets.ts';

/** The state of all registries, by {@link registryKey} and name. */
export type LiveRegistries = ReadonlyMap<string, ReadonlyMap<string, ListedRepository>>;

/** Lists all repositories of each registry. */
export async function readRegistries(
  registries: readonly PrivateRegistryRef[],
  session: Session,
): Promise<LiveRegistries> {
  const distinct = new Map(registries.map((one) => [registryKey(one), one]));
  const found = await forAll(distinct, async ([key, registry]) => {
    const listed = await listRepositories(session.ecr(registry));
    return [key, new Map(listed.map((one) => [one.name, one]))] as const;
  });
  return new Map(found);
}

/** Reads the settings that the configuration manages. */
export async function readLive(
  target: Target,
  listed: ListedRepository,
  session: Session,
  readAlias: AliasReader,
): Promise<LiveRepository> {
  const { registry, repository, uses, written } = target;
  const ecr = session.ecr(registry);
  // A lifecycle policy of the ledger would expire releases, so it is always read.
  const isLifecycleManaged = uses === undefined || written.lifecycle !== undefined;
  const lifecycle = isLifecycleManaged ? await lifecyclePolicy(ecr, repository) : undefined;
  const policy = written.readers === undefined ? undefined : await repositoryPolicy(ecr, repository);
  const areTagsManaged = written.tags !== undefined || written.removeTags !== undefined;
  const tags = areTagsManaged ? await resourceTags(ecr, listed.arn) : undefined;
  const alias = aliasToRead(target, listed.encryption);
  const aliasedKey = alias === undefined ? undefined : await readAlias(registry, alias);
  return {
    ...listed,
    ...(lifecycle !== undefined && { lifecycle }),
    ...(policy !== undefined && { policy }),
    ...(tags !== undefined && { tags }),
    ...(aliasedKey !== undefined && { aliasedKey }),
  };
}
