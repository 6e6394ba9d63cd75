import type { Encryption } from '@towpath/ecr';
import type { Difference } from './difference.ts';
import type { LiveRepository } from './live-repository.ts';
import { withReaders } from './readers.ts';
import type { PrivateRegistryRef, Target } from './targets.ts';

/** A repository as it is after the plan is applied. Settings that are not managed and not read are undefined. */
export interface RepositoryState {
  readonly registry: PrivateRegistryRef;
  readonly name: string;
  /** Whether it exists now, so that other tools must import it. */
  readonly exists: boolean;
  readonly mutability: string;
  readonly exclusions: readonly string[];
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
  readonly tags?: Readonly<Record<string, string>>;
  readonly lifecycle?: string;
  /** The whole policy, also with the statements of others. */
  readonly policy?: string;
}

/** Returns the state of a repository after its changes. */
export function stateAfter({
  target,
  live,
  difference,
}: {
  readonly target: Target;
  readonly live: LiveRepository | undefined;
  readonly difference: Difference;
}): RepositoryState {
  const { create, changes } = difference;
  const base = live ?? create;
  if (base === undefined) throw new Error(`${target.repository} neither exists nor is created`);
  const change = <S extends (typeof changes)[number]['setting']>(setting: S) =>
    changes.find((one): one is Extract<(typeof changes)[number], { setting: S }> => one.setting === setting);
  const { mutability, exclusions } = change('immutability')?.value ?? base;
  const lifecycle = change('lifecycle');
  const readers = change('readers');
  const tags = Object.fromEntries(
    Object.entries({ ...base.tags, ...change('tags')?.value }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    ),
  );
  const policy = readers === undefined ? live?.policy : withReaders(live?.policy, readers.value);
  const text = lifecycle === undefined ? live?.lifecycle : (lifecycle.value ?? undefined);
  return {
    registry: target.registry,
    name: target.repository,
    exists: live !== undefined,
    mutability,
    exclusions,
    scanOnPush: change('scan-on-push')?.value ?? base.scanOnPush,
    encryption: base.encryption,
    ...(Object.keys(tags).length > 0 && { tags }),
    ...(text !== undefined && { lifecycle: text }),
    ...(policy !== undefined && { policy }),
  };
}
