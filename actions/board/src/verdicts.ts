import type { EnvironmentEntry } from '@towpath/ledger';
import { findImages } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { labelOf } from '@towpath/reference';
import type { GatePolicy, NamedJudgement, Verdict } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import type { BoardCell } from '@towpath/board';
import type { ConfiguredEnvironment } from './configured-environment.ts';
import type { BoardInputs } from './inputs.ts';
import type { ReadLedger, RegistryAccess } from './ledgers.ts';
import { askWithin, configurationOf, isBeside, repositoryKey } from './observe.ts';

/** The verdict of the gate at the time of reading, or the reason why there is none. */
export type CurrentVerdict = BoardCell['now'];

/** By {@link verdictKey}. */
export type CurrentVerdicts = Readonly<Record<string, CurrentVerdict>>;

/** An image of an environment, and the policy that judges it. */
interface Candidate {
  readonly key: string;
  readonly image: EnvironmentEntry['images'][number];
  readonly policy: GatePolicy;
}

/** The images of an environment that one policy judges. */
interface JudgedSet {
  readonly policy: GatePolicy;
  readonly candidates: readonly Candidate[];
  /** Whether they are all images of the configuration, so that an ignore that matches nothing is unused. */
  readonly isComplete: boolean;
}

/** A judged image, without its findings. */
interface Judged {
  readonly verdict: Verdict;
  readonly reasons: readonly Problem[];
  readonly subjects: readonly NamedJudgement[];
  readonly scanned: string | undefined;
}

interface Question {
  readonly registry: RegistryAccess;
  readonly repository: string;
  readonly candidates: readonly Candidate[];
  /** The time of the newest entry with an image of the repository. */
  readonly latest: string;
}

/** Returns the key of the verdict about an image of an environment. */
function verdictKey({ location }: Pick<ReadLedger, 'location'>, environment: string, image: string): string {
  return `${labelOf(location)} ${environment} ${image}`;
}

/**
 * Judges the images of the newest entries by their current scans. The policy is that of the environment in the
 * configuration. Without a configuration, an entry has only the digest of its policy, which must be that of the default
 * policy. A repository is read within the limit of requests, those with the most recent entries first.
 *
 * @returns undefined unless the input `observe` has `gate`
 */
export async function observeVerdicts(
  ledgers: readonly ReadLedger[],
  environments: readonly ConfiguredEnvironment[],
  { observe, maxCalls }: BoardInputs,
  session: Session,
  runtime: Runtime,
): Promise<CurrentVerdicts | undefined> {
  if (!observe.includes('gate')) return undefined;
  const { defaultPolicy, policyDigest } = await import('@towpath/scan-policy');
  const known = policyDigest(defaultPolicy);
  const verdicts: Record<string, CurrentVerdict> = {};
  const questions = new Map<string, Question>();
  const sets: JudgedSet[] = [];
  for (const ledger of ledgers)
    for (const { name, history } of ledger.environments) {
      const configured = configurationOf(environments, ledger, name);
      const { images = [], when = '' } = history[0] ?? {};
      const candidates: Candidate[] = [];
      for (const image of images) {
        const key = verdictKey(ledger, name, image.name);
        const by =
          configured?.gate ??
          (image.verdict === 'off' ? 'off' : image.policy === known ? defaultPolicy : undefined);
        if (by === 'off')
          verdicts[key] = { state: 'judged', verdict: 'off', detail: `${name} has gate: off.` };
        else if (by === undefined)
          verdicts[key] = unseen('There is no configuration with the policy. The entry has only its digest.');
        else if (!isBeside(ledger, image.repository))
          verdicts[key] = unseen(`The repository ${image.repository} is not beside the ledger.`);
        else {
          const candidate = { key, image, policy: by };
          candidates.push(candidate);
          ask(questions, ledger, candidate, when);
        }
      }
      const [first] = candidates;
      const isComplete = candidates.length === configured?.imageCount && candidates.length === images.length;
      if (first !== undefined) sets.push({ policy: first.policy, candidates, isComplete });
    }
  const inOrder = [...questions.values()].sort((one, other) => other.latest.localeCompare(one.latest));
  const answers = await askWithin(inOrder, maxCalls, session, async (question) => ({
    state: 'observed' as const,
    judged: await judgeRepository(question, session, runtime),
  }));
  const judged = new Map<string, Judged>();
  for (const question of inOrder) {
    const answer = answers[repositoryKey(question.registry, question.repository)];
    for (const { key } of question.candidates) {
      const found = answer?.state === 'observed' ? answer.judged.get(key) : undefined;
      if (found !== undefined) judged.set(key, found);
      else
        verdicts[key] = unseen(
          answer?.state === 'observed'
            ? 'The repository does not have the image any more.'
            : (answer?.why ?? 'The repository was not read.'),
        );
    }
  }
  for (const set of sets) Object.assign(verdicts, await judgeSet(set, judged));
  return verdicts;
}

function ask(
  questions: Map<string, Question>,
  { registry }: Pick<ReadLedger, 'registry'>,
  candidate: Candidate,
  when: string,
): void {
  const { repository } = candidate.image;
  const place = repositoryKey(registry, repository);
  const question = questions.get(place);
  questions.set(place, {
    registry,
    repository,
    candidates: [...(question?.candidates ?? []), candidate],
    latest: question !== undefined && question.latest > when ? question.latest : when,
  });
}

/** Returns the verdicts about the images of an environment, as a promotion of them would reach them now. */
async function judgeSet(
  { policy, candidates, isComplete }: JudgedSet,
  judged: ReadonlyMap<string, Judged>,
): Promise<CurrentVerdicts> {
  const { staleProblemsOf, staleReasons, worst } = await import('@towpath/gate');
  const { policyDigest } = await import('@towpath/scan-policy');
  const found = candidates.flatMap((candidate) => {
    const one = judged.get(candidate.key);
    return one === undefined ? [] : [{ candidate, one }];
  });
  const isWhole = isComplete && found.length === candidates.length;
  const stale = staleReasons(
    found.map(({ one }) => one),
    policy,
    { isComplete: isWhole },
  );
  const baseline =
    policy.baseline === undefined
      ? ''
      : ` The policy compares with ${policy.baseline}, the board counts all findings.`;
  const verdicts = found.map(({ candidate: { key, image }, one }): [string, CurrentVerdict] => {
    const outdated = staleProblemsOf(stale, image.name);
    const [reason] = [...one.reasons, ...outdated];
    const verdict = worst([one.verdict, ...outdated.map(() => 'fail' as const)]);
    const detail = `${reason?.message ?? 'The policy allows every finding.'}${baseline}`;
    const now = { state: 'judged' as const, verdict, policy: policyDigest(policy), detail };
    return [key, { ...now, ...(one.scanned !== undefined && { scanned: one.scanned }) }];
  });
  return Object.fromEntries(verdicts);
}

/** Returns the verdict about an image of an environment. */
export function verdictOf(
  verdicts: CurrentVerdicts | undefined,
  ledger: Pick<ReadLedger, 'location'>,
  environment: string,
  image: string,
): CurrentVerdict {
  if (verdicts === undefined) return unseen('The input observe does not have gate.');
  return verdicts[verdictKey(ledger, environment, image)] ?? unseen('The image was not judged.');
}

/** Judges images of one repository. Only the verdicts remain in memory, not the findings. */
async function judgeRepository(
  { registry, repository, candidates }: Question,
  session: Session,
  runtime: Runtime,
): Promise<ReadonlyMap<string, Judged>> {
  const { collectScans, judgeImages, reasonsOf } = await import('@towpath/gate');
  const location = { registry, repository };
  const digests = [...new Set(candidates.map(({ image }) => image.digest))];
  const found = await findImages(session.ecr(registry), repository, digests);
  const images = [...found.values()].map((root) => {
    const name = candidates.find(({ image }) => image.digest === root.digest)?.image.name ?? repository;
    return { name, location, root, platforms: [] };
  });
  const attachedVex = candidates.some(({ policy }) => policy.attachedVex === true);
  const scans = await collectScans(images, { timeout: 0, isOld: true, attachedVex }, session, runtime);
  const judged = candidates.flatMap(({ key, image, policy }): [string, Judged][] => {
    const scan = scans.find(({ digest }) => digest === image.digest);
    if (scan === undefined) return [];
    const [one] = judgeImages([{ ...scan, name: image.name }], { policy });
    if (one === undefined) return [];
    const [scanned] = one.subjects.flatMap(({ scannedAt }) => scannedAt ?? []).sort();
    const subjects = one.subjects.map(({ image: name, judgement: { staleIgnores } }) => ({
      image: name,
      judgement: { staleIgnores },
    }));
    return [[key, { verdict: one.verdict, reasons: reasonsOf(one), subjects, scanned }]];
  });
  return new Map(judged);
}

function unseen(detail: string): CurrentVerdict {
  return { state: 'not-observed', detail };
}
