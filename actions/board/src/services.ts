import type { Board, BoardCheck } from '@towpath/board';
import type { RunningImage } from '@towpath/ecr';
import { registryKey } from '@towpath/reference';
import { inNaturalOrder } from '@towpath/tags';
import type { EntryImage, RecordedEnvironment } from './recorded-environment.ts';
import type { BoardFacts } from './facts.ts';
import type { PlaceGroup } from './groups.ts';
import { repositoryKey } from './observe.ts';

type Service = Board['services'][number];

/** Returns the services and functions with images of the board's repositories, and the environments that list them. */
export function describeServices(groups: readonly PlaceGroup[], facts: BoardFacts): Service[] {
  const all = groups.flatMap((group) => group.all.map((recorded) => ({ prefix: group.prefix, recorded })));
  const known = new Set(
    all.flatMap(({ recorded }) => imagesOf(recorded).map((image) => keyOf(image, recorded))),
  );
  return facts.runtimes
    .flatMap(({ images }) => images)
    .filter(({ registry, repository }) => known.has(`${registry}/${repository}`))
    .map((running) => {
      const { kind, name, repository, digest } = running;
      const environments = all
        .filter(({ recorded }) => imagesOf(recorded).some((image) => runs(running, image, recorded, facts)))
        .map(({ prefix, recorded }) => (prefix === '' ? '' : `${prefix}/`) + recorded.environment.name);
      return { kind, name, repository, digest, running: running.running, environments };
    })
    .sort((one, other) => inNaturalOrder(one.name, other.name));
}

/** Compares an image with what really runs. */
export function checkRuntime(
  image: EntryImage,
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
  facts: BoardFacts,
): BoardCheck[] {
  const here = facts.runtimes.filter((reading) => reading.recorded === registryKey(recorded.ledger.registry));
  if (here.length === 0) return [];
  const running = here
    .flatMap(({ images }) => images)
    .filter(({ registry, repository }) => `${registry}/${repository}` === keyOf(image, recorded));
  const own = running.filter((one) => runs(one, image, recorded, facts));
  if (own.length > 0)
    return [{ about: 'runtime', state: 'ok', detail: own.map(({ name }) => name).join(', ') }];
  // The services of the other environments can run images of the same repository.
  const others = running.filter(
    (one) => !all.some((other) => imagesOf(other).some((listed) => runs(one, listed, other, facts))),
  );
  if (others.length > 0)
    return [
      {
        about: 'runtime',
        state: 'drift',
        detail: others
          .map(({ name, digest }) => `${name} runs ${digest.slice(0, 19)}, which no entry lists.`)
          .join(' '),
      },
    ];
  const unread = here.filter(({ state }) => state !== 'read').map(({ kind, detail }) => `${kind}: ${detail}`);
  const detail = unread.length > 0 ? unread.join(' ') : 'No service and no function runs this image.';
  return [{ about: 'runtime', state: 'not-observed', detail }];
}

/** Returns the images of the newest entry; none if that entry is invalid. */
function imagesOf({ environment: { history, problem } }: RecordedEnvironment): readonly EntryImage[] {
  return problem === undefined ? (history[0]?.images ?? []) : [];
}

function keyOf({ repository }: EntryImage, { ledger }: RecordedEnvironment): string {
  return `${registryKey(ledger.registry)}/${repository}`;
}

/** Returns whether a service runs an image, or the child of it for its platform. */
function runs(
  { registry, repository, digest }: RunningImage,
  image: EntryImage,
  recorded: RecordedEnvironment,
  { observations }: BoardFacts,
): boolean {
  if (`${registry}/${repository}` !== keyOf(image, recorded)) return false;
  if (digest === image.digest) return true;
  const observation = observations[repositoryKey(recorded.ledger.registry, repository)];
  return observation?.state === 'observed' && (observation.children[image.digest] ?? []).includes(digest);
}
