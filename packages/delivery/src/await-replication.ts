import { forAll } from '@towpath/concurrency';
import { replicationOf, type PrivateEcr, type Replication } from '@towpath/ecr';
import { CodedError, type Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';

/** An image that ECR replicates to another registry. */
export interface ReplicatedImage {
  readonly name: string;
  /** The digests of its manifests and attachments. */
  readonly digests: readonly Digest[];
  readonly source: RepositoryRef;
  readonly target: RepositoryRef;
}

/** In milliseconds. AWS replicates most images in less than 30 minutes (ECR user guide, "Private image replication"). */
const longestWait = 45 * 60_000;
const firstInterval = 2_000;
const longestInterval = 30_000;

/**
 * Waits until ECR has copied every manifest of an image to the registry of the target.
 *
 * @throws CodedError `replication-failed` if a replication failed, does not exist, or takes too long;
 * `config-invalid` if ECR cannot replicate between the two repositories
 */
export async function awaitReplication(
  image: ReplicatedImage,
  session: Session,
  { clock, log, signal }: Pick<Runtime, 'clock' | 'log' | 'signal'>,
): Promise<void> {
  const { name, source, target } = image;
  const { from, to } = requireReplicable(image, session);
  const started = clock.now().getTime();
  let pending = image.digests;
  for (let interval = firstInterval; ; interval = Math.min(interval * 1.5, longestInterval)) {
    const states = await forAll(pending, async (digest) => ({
      digest,
      state: await replicationOf(from, source.repository, digest, to),
    }));
    const problems = states.flatMap(({ digest, state }) => problemOf(image, digest, state));
    if (problems.length > 0)
      throw CodedError.of(problems, (count) => `${count} manifests of image ${name} were not replicated.`);
    pending = states.filter(({ state }) => state.status !== 'COMPLETE').map(({ digest }) => digest);
    if (pending.length === 0) return;
    if (clock.now().getTime() - started >= longestWait) throw tooLong(image, pending);
    log.info(`${name}: waiting for the replication of ${pending.length} manifests to ${labelOf(target)}`);
    await clock.sleep(interval, signal);
  }
}

/** ECR replicates to the same repository name in another account or region (ECR user guide). */
function requireReplicable(
  { name, source, target }: ReplicatedImage,
  session: Session,
): { readonly from: PrivateEcr; readonly to: { readonly account: string; readonly region: string } } {
  const [from, to] = [session.ecr(source.registry), target.registry];
  if (from.kind === 'private' && to.kind === 'private' && source.repository === target.repository)
    return { from, to };
  throw new CodedError(
    'config-invalid',
    `Image ${name} cannot be replicated from ${labelOf(source)} to ${labelOf(target)}: Amazon ECR replicates only between private registries, to a repository of the same name.`,
    {
      hint: 'Remove via: replication from the environment, or use the same repository name in both registries.',
    },
  );
}

function problemOf({ name, source, target }: ReplicatedImage, digest: Digest, state: Replication): Problem[] {
  const what = `Manifest ${digest} of image ${name} was not replicated from ${labelOf(source)} to ${labelOf(target)}`;
  const { registry } = target;
  const account = registry.kind === 'private' ? `${registry.account} in ${registry.region}` : registry.alias;
  switch (state.status) {
    case 'COMPLETE':
    case 'IN_PROGRESS':
      return [];
    case 'NONE':
      return [
        {
          code: 'replication-failed',
          message: `${what}: no replication rule applied to ${source.repository} when the manifest was pushed.`,
          hint: `Add a replication rule from ${source.repository} to account ${account}, and publish again: ECR replicates only what is pushed afterwards. Or set via: copy for the environment.`,
        },
      ];
    case 'FAILED':
      return [
        {
          code: 'replication-failed',
          message: `${what}: ${state.reason}.`,
          hint: `Check that the registry policy of account ${account} allows ecr:ReplicateImage and ecr:CreateRepository to the source account, and the settings of the repository there. Then publish again, or set via: copy for the environment.`,
        },
      ];
  }
}

function tooLong({ name, target }: ReplicatedImage, pending: readonly Digest[]): CodedError {
  return new CodedError(
    'replication-failed',
    `Image ${name} was not replicated to ${labelOf(target)} within ${longestWait / 60_000} minutes: ${pending.slice(0, 10).join(', ')}.`,
    { hint: 'Run promote again later: it continues to wait. Or set via: copy for the environment.' },
  );
}
