import type { EnvironmentEntry } from '@towpath/ledger';
import { findImages } from '@towpath/ecr';
import type { Runtime } from '@towpath/flow';
import { labelOf } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import type { Session } from '@towpath/session';
import type { BoardCell } from '@towpath/board';
import type { ConfiguredEnvironment } from './facts.ts';
import type { BoardInputs } from './inputs.ts';
import type { ReadLedger, RegistryAccess } from './ledgers.ts';
import { askWithin, configurationOf, isBeside, repositoryKey } from './observe.ts';

/** The verdict of the gate at the time of reading, or the reason why there is none. */
export type CurrentVerdict = BoardCell['now'];

/** By {@link verdictKey}. */
export type CurrentVerdicts = Readonly<Record<string, CurrentVerdict>>;

/** An image of an environment, and the policy that judges it. */
interface Judged {
  readonly key: string;
  readonly image: EnvironmentEntry['images'][number];
  readonly policy: GatePolicy;
}

interface Question {
  readonly registry: RegistryAccess;
  readonly repository: string;
  readonly judged: readonly Judged[];
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
  for (const ledger of ledgers)
    for (const { name, history } of ledger.environments)
      for (const image of history[0]?.images ?? []) {
        const key = verdictKey(ledger, name, image.name);
        const policy = configurationOf(environments, ledger, name)?.gate;
        const by =
          policy ?? (image.verdict === 'off' ? 'off' : image.policy === known ? defaultPolicy : undefined);
        if (by === 'off')
          verdicts[key] = { state: 'judged', verdict: 'off', detail: `${name} has gate: off.` };
        else if (by === undefined)
          verdicts[key] = unseen('There is no configuration with the policy. The entry has only its digest.');
        else if (!isBeside(ledger, image.repository))
          verdicts[key] = unseen(`The repository ${image.repository} is not beside the ledger.`);
        else {
          const place = repositoryKey(ledger.registry, image.repository);
          const question = questions.get(place);
          const when = history[0]?.when ?? '';
          questions.set(place, {
            registry: ledger.registry,
            repository: image.repository,
            judged: [...(question?.judged ?? []), { key, image, policy: by }],
            latest: question !== undefined && question.latest > when ? question.latest : when,
          });
        }
      }
  const inOrder = [...questions.values()].sort((one, other) => other.latest.localeCompare(one.latest));
  const answers = await askWithin(inOrder, maxCalls, session, async (question) => ({
    state: 'observed' as const,
    verdicts: await judgeRepository(question, session, runtime),
  }));
  for (const question of inOrder) {
    const answer = answers[repositoryKey(question.registry, question.repository)];
    for (const { key } of question.judged)
      verdicts[key] =
        answer?.state === 'observed'
          ? (answer.verdicts[key] ?? unseen('The repository does not have the image any more.'))
          : unseen(answer?.why ?? 'The repository was not read.');
  }
  return verdicts;
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
  { registry, repository, judged }: Question,
  session: Session,
  runtime: Runtime,
): Promise<CurrentVerdicts> {
  const { collectScans, judgeImages, reasonsOf } = await import('@towpath/gate');
  const { policyDigest } = await import('@towpath/scan-policy');
  const location = { registry, repository };
  const digests = [...new Set(judged.map(({ image }) => image.digest))];
  const found = await findImages(session.ecr(registry), repository, digests);
  const images = [...found.values()].map((root) => {
    const name = judged.find(({ image }) => image.digest === root.digest)?.image.name ?? repository;
    return { name, location, root, platforms: [] };
  });
  const attachedVex = judged.some(({ policy }) => policy.attachedVex === true);
  const scans = await collectScans(images, { timeout: 0, isOld: true, attachedVex }, session, runtime);
  const verdicts = judged.flatMap(({ key, image, policy }): [string, CurrentVerdict][] => {
    const scan = scans.find(({ digest }) => digest === image.digest);
    if (scan === undefined) return [];
    const [one] = judgeImages([{ ...scan, name: image.name }], { policy });
    if (one === undefined) return [];
    const [reason] = reasonsOf(one);
    const baseline =
      policy.baseline === undefined
        ? ''
        : ` The policy compares with ${policy.baseline}, the board counts all findings.`;
    const scanned = one.subjects.flatMap(({ scannedAt }) => scannedAt ?? []).sort()[0];
    const detail = `${reason?.message ?? 'The policy allows every finding.'}${baseline}`;
    const now = { state: 'judged' as const, verdict: one.verdict, policy: policyDigest(policy), detail };
    return [[key, { ...now, ...(scanned !== undefined && { scanned }) }]];
  });
  return Object.fromEntries(verdicts);
}

function unseen(detail: string): CurrentVerdict {
  return { state: 'not-observed', detail };
}
