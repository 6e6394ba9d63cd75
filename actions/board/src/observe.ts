import { forAll } from '@towpath/concurrency';
import { surveyImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { EnvironmentEntry } from '@towpath/ledger';
import { labelOf, registryKey } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { haveAliases, ownTemplate, presets, renderTags } from '@towpath/tags';
import type { ConfiguredEnvironment } from './configured-environment.ts';
import type { Aspect, BoardInputs } from './inputs.ts';
import type { ReadLedger, RegistryAccess } from './ledgers.ts';

/** What a repository has at the time of reading. */
export type Observation =
  | {
      readonly state: 'observed';
      /** The digests of the requested tags that exist, by tag. */
      readonly tags: Readonly<Record<string, string>>;
      /** The requested digests that exist. */
      readonly digests: readonly string[];
      /** The digests of the children of an index, by its digest. */
      readonly children: Readonly<Record<string, readonly string[]>>;
    }
  | { readonly state: 'not-observed'; readonly why: string };

/** By {@link repositoryKey}. */
export type Observations = Readonly<Record<string, Observation>>;

/** An image in the newest entry of an environment. */
type PromotedImage = EnvironmentEntry['images'][number];

/** A repository to ask. */
type Place = Pick<Question, 'registry' | 'repository'>;

/** What to ask one repository. */
export interface Question {
  readonly registry: RegistryAccess;
  readonly repository: string;
  readonly keys: Set<string>;
  /** The time of the newest entry with an image of the repository. */
  latest: string;
}

/** Requests that run at the same time. */
const parallel = 8;

/** Returns the reason why an aspect of a repository was not read. */
function notAsked(aspect: Aspect): string {
  return `The input observe does not have ${aspect}.`;
}

/**
 * Looks up the images and tags of the newest entries, with one request for each repository, until the limit of requests
 * is reached.
 */
export async function observeRepositories(
  questions: readonly Question[],
  { observe, maxCalls }: BoardInputs,
  session: Session,
): Promise<Observations> {
  if (!observe.includes('tags')) return answerAll(questions, notAsked('tags'));
  return askWithin(questions, maxCalls, session, (question) => observeOne(question, session));
}

/** An answer that is missing, with the reason. */
interface Unanswered {
  readonly state: 'not-observed';
  readonly why: string;
}

function answerAll(questions: readonly Place[], why: string): Record<string, Unanswered> {
  return Object.fromEntries(
    questions.map(({ registry, repository }) => [
      repositoryKey(registry, repository),
      { state: 'not-observed' as const, why },
    ]),
  );
}

/** Asks repositories in their order until the limit of requests is reached. The others remain unanswered. */
export async function askWithin<T, Q extends Place>(
  questions: readonly Q[],
  maxCalls: number,
  session: Session,
  ask: (question: Q) => Promise<T | Unanswered>,
): Promise<Record<string, T | Unanswered>> {
  const answers: Record<string, T | Unanswered> = {};
  let rest = questions;
  while (rest.length > 0 && session.calls < maxCalls) {
    const round = rest.slice(0, Math.min(parallel, maxCalls - session.calls));
    rest = rest.slice(round.length);
    await forAll(round, async (question) => {
      answers[repositoryKey(question.registry, question.repository)] = await ask(question).catch(unanswered);
    });
  }
  const why = `The limit of ${maxCalls} requests was reached. Increase the input max-calls.`;
  return { ...answers, ...answerAll(rest, why) };
}

function unanswered(error: unknown): Unanswered {
  if (error instanceof CodedError) return { state: 'not-observed', why: `${error.message} (${error.code})` };
  throw error;
}

/** Returns the key of a repository's observation. */
export function repositoryKey(registry: RegistryAccess, repository: string): string {
  return `${registryKey(registry)}/${repository}`;
}

/** Returns the configuration of an environment whose entries are in a ledger; undefined if it has none. */
export function configurationOf(
  environments: readonly ConfiguredEnvironment[],
  { location }: Pick<ReadLedger, 'location'>,
  name: string,
): ConfiguredEnvironment | undefined {
  return environments.find((one) => one.name === name && one.ledger === labelOf(location));
}

/** Returns whether a repository is beside a ledger. The board asks for no repositories of others. */
export function isBeside(
  { prefix, location }: Pick<ReadLedger, 'prefix' | 'location'>,
  repository: string,
): boolean {
  return repository.startsWith(prefix === '' ? '' : `${prefix}/`) && repository !== location.repository;
}

/**
 * Returns the tags that a promotion sets for an image, without aliases: whether they moved depends on other versions.
 *
 * @param configured undefined without a configuration: then the default tags are expected
 */
export function expectedTags(
  environment: string,
  { name, version }: Pick<PromotedImage, 'name' | 'version'>,
  configured: ConfiguredEnvironment | undefined,
): readonly string[] {
  const templates = configured?.tags ?? presets.environment.map(ownTemplate);
  const own = templates.filter((template) => !haveAliases([template]));
  return renderTags(own, { version, environment, image: name }, []).tags;
}

/** Returns the repositories of the newest entries, those with the most recent entries first. */
export function gatherQuestions(
  ledgers: readonly ReadLedger[],
  environments: readonly ConfiguredEnvironment[],
): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const ledger of ledgers)
    for (const { name, history } of ledger.environments) {
      const [newest] = history;
      const configured = configurationOf(environments, ledger, name);
      for (const image of newest?.images ?? []) {
        if (newest === undefined || !isBeside(ledger, image.repository)) continue;
        const key = repositoryKey(ledger.registry, image.repository);
        const question = questions.get(key) ?? {
          registry: ledger.registry,
          repository: image.repository,
          keys: new Set(),
          latest: newest.when,
        };
        for (const one of [image.digest, ...expectedTags(name, image, configured)]) question.keys.add(one);
        if (newest.when > question.latest) question.latest = newest.when;
        questions.set(key, question);
      }
    }
  return [...questions.values()].sort((one, other) => other.latest.localeCompare(one.latest));
}

async function observeOne({ registry, repository, keys }: Question, session: Session): Promise<Observation> {
  try {
    const found = await surveyImages(session.ecr(registry), repository, [...keys]);
    const digests: string[] = [];
    const tags: Record<string, string> = {};
    const children: Record<string, readonly string[]> = {};
    for (const [key, manifest] of found) {
      if (!(manifest instanceof CodedError) && manifest.kind === 'index')
        children[manifest.digest] = manifest.manifests.map(({ digest }) => digest);
      if (key.startsWith('sha256:')) digests.push(key);
      else if (!(manifest instanceof CodedError)) tags[key] = manifest.digest;
    }
    return { state: 'observed', tags, digests, children };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    if (error.code === 'repository-missing')
      return { state: 'observed', tags: {}, digests: [], children: {} };
    return { state: 'not-observed', why: `${error.message} (${error.code})` };
  }
}
