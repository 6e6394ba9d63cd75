import { lifecyclePolicy, listImages } from '@towpath/ecr';
import { decisions, readPolicy, type Forecast } from '@towpath/lifecycle';
import type { Session } from '@towpath/session';
import type { BoardInputs } from './inputs.ts';
import { askWithin, type Question } from './observe.ts';

/** What the lifecycle policy of a repository is going to do with the images of the newest entries. */
export type LifecycleObservation =
  | { readonly state: 'observed'; readonly forecasts: Readonly<Record<string, Forecast>> }
  | { readonly state: 'not-observed'; readonly why: string };

/** By the key of the repository. Undefined unless the input `observe` has `lifecycle`. */
export type LifecycleObservations = Readonly<Record<string, LifecycleObservation>> | undefined;

/**
 * Reads the lifecycle policies of repositories, and computes what they do with the images. A repository with a policy
 * needs one request for 1,000 images in addition.
 */
export async function observeLifecycles(
  questions: readonly Question[],
  { observe, maxCalls }: BoardInputs,
  now: Date,
  session: Session,
): Promise<LifecycleObservations> {
  if (!observe.includes('lifecycle')) return undefined;
  return askWithin(
    questions,
    maxCalls,
    session,
    async ({ registry, repository, keys }): Promise<LifecycleObservation> => {
      const ecr = session.ecr(registry);
      const text = await lifecyclePolicy(ecr, repository);
      if (text === undefined) return { state: 'observed', forecasts: {} };
      const rules = readPolicy(text);
      if (rules === undefined)
        return { state: 'not-observed', why: 'The lifecycle policy has an unknown form.' };
      const images = await listImages(ecr, repository);
      const digests = [...keys].filter((key) => key.startsWith('sha256:'));
      const decided = decisions(images, rules, now.getTime());
      const forecasts = digests.flatMap((digest) => {
        const one = decided.get(digest)?.forecast;
        return one === undefined ? [] : [[digest, one] as const];
      });
      return { state: 'observed', forecasts: Object.fromEntries(forecasts) };
    },
  );
}
