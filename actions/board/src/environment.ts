import type { BoardAttempt, BoardCell, BoardEntry, BoardEnvironment, Verdict } from '@towpath/board';
import type { Attempt, EnvironmentEntry } from '@towpath/ledger';
import { labelOf } from '@towpath/reference';
import { checksOf } from './checks.ts';
import { commitUrl, isCommit } from './commits.ts';
import type { BoardFacts } from './facts.ts';
import { sourcesOf } from './groups.ts';
import { arrivalOf, releaseOf, type EntryImage, type RecordedEnvironment } from './recorded-environment.ts';
import { verdictOf } from './verdicts.ts';

/** The maximum number of entries to show: the newest one, and ten back. */
const shownEntries = 11;

/** Describes an environment as recorded in its ledger, with the checks of its images. */
export function describeEnvironment(
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
  facts: BoardFacts,
): BoardEnvironment {
  const { ledger, environment } = recorded;
  const { name, history, attempts, isComplete, problem } = environment;
  const [newest] = history;
  // An older entry must not be shown as the current one.
  const current = problem === undefined ? (newest?.images ?? []) : [];
  const [from] = sourcesOf(recorded);
  const shown = history.slice(0, shownEntries);
  return {
    name,
    ledger: labelOf(ledger.location),
    ...(from !== undefined && { from }),
    ...(problem !== undefined && {
      problem: {
        code: problem.code,
        message: problem.message,
        ...(problem.hint !== undefined && { hint: problem.hint }),
      },
    }),
    history: shown.map((entry, index) => describeEntry(entry, history[index + 1])),
    attempts: attempts
      .filter(({ after }) => after === 0 || shown.some(({ number }) => number === after))
      .map(describeAttempt),
    isComplete: isComplete && history.length <= shownEntries,
    cells: current.map((image) => describeCell(image, recorded, all, facts)),
  };
}

function describeAttempt({
  after,
  outcome,
  kind,
  version,
  when,
  actor,
  run,
  problems,
}: Attempt): BoardAttempt {
  return {
    ...{ after, outcome, kind, when },
    ...(version !== undefined && { version }),
    ...(actor !== undefined && { actor }),
    ...(run !== undefined && { run }),
    problems,
  };
}

function describeEntry(entry: EnvironmentEntry, previous: EnvironmentEntry | undefined): BoardEntry {
  const { number, kind, version, when, from, restores, reason, actor, run, images } = entry;
  const verdict = worstOf(images.flatMap((image) => image.verdict ?? []));
  return {
    number,
    kind,
    version,
    when,
    ...(from !== undefined && { from }),
    ...(restores !== undefined && { restores }),
    ...(reason !== undefined && { reason }),
    ...(actor !== undefined && { actor }),
    ...(run !== undefined && { run }),
    ...(verdict !== undefined && { verdict }),
    ...((previous !== undefined || number === 1) && { changes: changesOf(images, previous?.images ?? []) }),
  };
}

/** Returns the worst verdict; undefined without any. */
function worstOf(verdicts: readonly Verdict[]): Verdict | undefined {
  return (['fail', 'unknown', 'off', 'pass'] as const).find((one) => verdicts.includes(one));
}

function changesOf(images: readonly EntryImage[], previous: readonly EntryImage[]): BoardEntry['changes'] {
  const before = new Map(previous.map((image) => [image.name, image]));
  const after = new Map(images.map((image) => [image.name, image]));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((image) => {
    const [old, now] = [before.get(image), after.get(image)];
    if (old?.digest === now?.digest) return [];
    return [
      {
        image,
        ...(old !== undefined && { before: old.version }),
        ...(now !== undefined && { after: now.version }),
      },
    ];
  });
}

function describeCell(
  image: EntryImage,
  recorded: RecordedEnvironment,
  all: readonly RecordedEnvironment[],
  facts: BoardFacts,
): BoardCell {
  const arrival = arrivalOf(image, recorded.environment);
  const release = releaseOf(image, recorded);
  const { revision } = release?.source ?? {};
  const commit = release && commitUrl(release);
  return {
    image: image.name,
    version: image.version,
    repository: image.repository,
    digest: image.digest,
    since: arrival.entry.when,
    isOlder: arrival.isOlder,
    entry: arrival.entry.number,
    ...(arrival.entry.actor !== undefined && { actor: arrival.entry.actor }),
    ...(arrival.entry.run !== undefined && { run: arrival.entry.run }),
    ...(revision !== undefined && isCommit(revision) && { revision }),
    ...(commit !== undefined && { commit }),
    ...(image.verdict !== undefined && { recorded: image.verdict }),
    ...(image.policy !== undefined && { policy: image.policy }),
    now: verdictOf(facts.verdicts, recorded.ledger, recorded.environment.name, image.name),
    checks: checksOf(image, recorded, all, facts),
  };
}
