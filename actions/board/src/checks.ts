import type { BoardCheck } from '@towpath/board';
import { formatDuration } from '@towpath/markdown';
import { inNaturalOrder } from '@towpath/tags';
import { arrivalOf, releaseOf, type EntryImage, type RecordedEnvironment } from './recorded-environment.ts';
import type { BoardFacts } from './facts.ts';
import { sourceOf, sourcesOf } from './groups.ts';
import { checkRuntime } from './services.ts';
import { verdictOf } from './verdicts.ts';
import { expectedTags, isBeside, repositoryKey, type Observation } from './observe.ts';

/** Compares an image with what was observed. A missing observation is a result of its own, never `ok`. */
export function checksOf(
  image: EntryImage,
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
  facts: BoardFacts,
): BoardCheck[] {
  const observation = observationOf(image, recorded, facts);
  return [
    checkImage(image, observation),
    checkTags(image, recorded, observation),
    ...checkOrder(image, recorded, all),
    ...checkSoak(image, recorded, all, facts.read),
    ...checkLifecycle(image, recorded, facts),
    ...checkGate(image, recorded, facts),
    ...checkRuntime(image, recorded, all, facts),
  ];
}

function observationOf(
  { repository }: EntryImage,
  { ledger }: RecordedEnvironment,
  { observations }: BoardFacts,
): Observation {
  if (!isBeside(ledger, repository))
    return { state: 'not-observed', why: `The repository ${repository} is not beside the ledger.` };
  return (
    observations[repositoryKey(ledger.registry, repository)] ?? {
      state: 'not-observed',
      why: 'The repository was not read.',
    }
  );
}

function checkImage({ digest, repository }: EntryImage, observation: Observation): BoardCheck {
  if (observation.state === 'not-observed') return unseen('image', observation.why);
  return observation.digests.includes(digest)
    ? { about: 'image', state: 'ok', detail: 'The image exists.' }
    : { about: 'image', state: 'drift', detail: `${repository} does not have the image any more.` };
}

function checkTags(
  image: EntryImage,
  { environment, configured }: RecordedEnvironment,
  observation: Observation,
): BoardCheck {
  if (observation.state === 'not-observed') return unseen('tag', observation.why);
  const expected = expectedTags(environment.name, image, configured);
  const found = expected.flatMap((tag) => {
    const digest = observation.tags[tag];
    return digest === undefined ? [] : [{ tag, digest }];
  });
  const moved = found.filter(({ digest }) => digest !== image.digest);
  if (moved.length > 0)
    return {
      about: 'tag',
      state: 'drift',
      detail: moved.map(({ tag, digest }) => `The tag ${tag} points at ${digest.slice(0, 19)}.`).join(' '),
    };
  const missing = expected.filter((tag) => observation.tags[tag] === undefined);
  if (missing.length === 0 && found.length > 0)
    return { about: 'tag', state: 'ok', detail: found.map(({ tag }) => tag).join(', ') };
  // With a configuration the tags are known, so a missing one was deleted.
  if (configured !== undefined && missing.length > 0)
    return { about: 'tag', state: 'drift', detail: `The tag ${missing.join(', ')} is missing.` };
  return unseen('tag', `There is no tag ${missing.join(', ')}, and no configuration with other tags.`);
}

/** Compares an image with the source of its environment. Images from the build have no source to compare with. */
function checkOrder(
  image: EntryImage,
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
): BoardCheck[] {
  const sources = sourcesOf(recorded);
  if (sources.length > 0 && sources.every((name) => name === 'build')) return [];
  const source = sourceOf(recorded, all);
  if (source === undefined)
    return sources.includes('build') ? [] : [unseen('order', 'The source environment is not known.')];
  const { name, history, problem } = source.environment;
  const [newest] = history;
  if (problem !== undefined || newest === undefined)
    return [unseen('order', `The entries of ${name} are not known.`)];
  const origin = newest.images.find((one) => one.name === image.name);
  if (origin === undefined)
    return [{ about: 'order', state: 'drift', detail: `${name} does not have this image.` }];
  if (origin.digest === image.digest)
    return [{ about: 'order', state: 'ok', detail: `It is the image of ${name}.` }];
  if (origin.version === image.version)
    return [{ about: 'order', state: 'drift', detail: `${name} has another image of ${image.version}.` }];
  return isNewer(image, recorded, origin, source)
    ? [{ about: 'order', state: 'drift', detail: `It is ahead of ${name}, which has ${origin.version}.` }]
    : [{ about: 'order', state: 'ok', detail: `${name} has ${origin.version}.` }];
}

/** Returns whether an image was published after another one, or has a higher version if the times are not known. */
function isNewer(
  image: EntryImage,
  recorded: RecordedEnvironment,
  other: EntryImage,
  source: RecordedEnvironment,
): boolean {
  const [one, two] = [releaseOf(image, recorded)?.published, releaseOf(other, source)?.published];
  if (one !== undefined && two !== undefined && one !== two) return one > two;
  return inNaturalOrder(image.version, other.version) > 0;
}

/** Reports a newer image that has been in the source for longer than the soak time, and was not promoted. */
function checkSoak(
  image: EntryImage,
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
  read: Date,
): BoardCheck[] {
  const { soak } = recorded.configured ?? {};
  const source = sourceOf(recorded, all);
  if (soak === undefined || source === undefined) return [];
  const { name, history, problem } = source.environment;
  const origin =
    problem === undefined ? history[0]?.images.find((one) => one.name === image.name) : undefined;
  if (origin === undefined) return [unseen('soak', `The image of ${name} is not known.`)];
  if (origin.digest === image.digest || !isNewer(origin, source, image, recorded))
    return [{ about: 'soak', state: 'ok', detail: 'No newer version is waiting.' }];
  const age = read.getTime() - Date.parse(arrivalOf(origin, source.environment).entry.when);
  const text = `${origin.version} has been in ${name} for ${formatDuration(age)}, and the soak time is ${formatDuration(soak)}.`;
  return [{ about: 'soak', state: age >= soak ? 'drift' : 'ok', detail: text }];
}

/** Milliseconds. A policy that expires the image within this time is drift. */
const horizon = 7 * 24 * 60 * 60 * 1000;

/** Reports an image that a lifecycle policy is about to expire or archive, although an environment has it. */
function checkLifecycle(
  image: EntryImage,
  { ledger }: RecordedEnvironment,
  { lifecycles, read }: BoardFacts,
): BoardCheck[] {
  if (lifecycles === undefined) return [];
  const found = lifecycles[repositoryKey(ledger.registry, image.repository)];
  if (found?.state !== 'observed') return [unseen('lifecycle', found?.why ?? 'The repository was not read.')];
  const next = found.forecasts[image.digest];
  if (next === undefined || next.at > read.getTime() + horizon)
    return [{ about: 'lifecycle', state: 'ok', detail: 'No rule expires the image within seven days.' }];
  const left = next.at - read.getTime();
  const when = left <= 0 ? 'at the next evaluation' : `in ${formatDuration(left)}`;
  const verb = next.action === 'expire' ? 'expires' : 'archives';
  return [
    {
      about: 'lifecycle',
      state: 'drift',
      detail: `Rule ${next.priority} of the lifecycle policy ${verb} the image ${when}.`,
    },
  ];
}

/** Compares the verdict of the gate now with the one then. A verdict that became better is no drift. */
function checkGate(
  { name, verdict: then }: EntryImage,
  { ledger, environment }: RecordedEnvironment,
  { verdicts }: BoardFacts,
): BoardCheck[] {
  if (verdicts === undefined) return [];
  const now = verdictOf(verdicts, ledger, environment.name, name);
  if (now.state === 'not-observed') return [unseen('gate', now.detail)];
  const isWorse = now.verdict !== then && (now.verdict === 'fail' || now.verdict === 'unknown');
  return [{ about: 'gate', state: isWorse ? 'drift' : 'ok', detail: now.detail }];
}

function unseen(about: BoardCheck['about'], detail: string): BoardCheck {
  return { about, state: 'not-observed', detail };
}
