import type { Judgement, StaleIgnore } from './judgement.ts';

/** The judgement of one manifest, and the name of its image in the configuration. */
export interface NamedJudgement {
  readonly image: string;
  readonly judgement: Pick<Judgement, 'staleIgnores'>;
}

/**
 * Returns the ignores that are stale for a run as a whole: an ignore is unused only if it is unused in all manifests
 * that it can apply to.
 *
 * @param isComplete whether the run judged all images of the configuration. If not, another image may use an ignore, so
 * none counts as unused.
 */
export function staleIgnores(
  judgements: readonly NamedJudgement[],
  { isComplete }: { readonly isComplete: boolean },
): readonly StaleIgnore[] {
  const found = new Map<string, { readonly stale: StaleIgnore[]; readonly images: Set<string> }>();
  for (const { image, judgement } of judgements) {
    for (const stale of judgement.staleIgnores) {
      const key = JSON.stringify(stale.ignore);
      const entry = found.get(key) ?? { stale: [], images: new Set() };
      found.set(key, entry);
      entry.stale.push(stale);
      entry.images.add(image);
    }
  }
  return [...found.values()].flatMap(({ stale }) => {
    const worst =
      stale.find(({ state }) => state === 'expired') ?? stale.find(({ state }) => state === 'ended');
    const [first] = stale;
    if (worst !== undefined || first === undefined) return worst ?? [];
    const { image } = first.ignore;
    const concerned = judgements.filter((one) => image === undefined || image === one.image).length;
    return isComplete && stale.length === concerned ? [first] : [];
  });
}
