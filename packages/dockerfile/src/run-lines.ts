import { readStages, sourcesOf, type Stage } from './stages.ts';

/**
 * The lines, from 1, of the `RUN` instructions that run programs of the target's platform: what runs in a stage that
 * is `FROM --platform=$BUILDPLATFORM`, or in one that the target does not need, is none of them.
 *
 * @param target the last stage when absent
 */
export function runLines(text: string, target?: string): readonly number[] {
  const { stages } = readStages(text);
  const last = target === undefined ? stages.length - 1 : indexOf(target, stages, stages.length);
  const needed = new Set<number>();
  const visit = (index: number): void => {
    const stage = stages[index];
    if (stage === undefined || needed.has(index)) return;
    needed.add(index);
    for (const name of [stage.base, ...stage.instructions.flatMap(sourcesOf)])
      visit(indexOf(name, stages, index));
  };
  visit(last);
  return [...needed]
    .sort((one, other) => one - other)
    .filter((index) => !isOfBuilder(index, stages))
    .flatMap((index) => stages[index]?.instructions ?? [])
    .filter(({ keyword }) => keyword === 'RUN')
    .map(({ line }) => line);
}

/** Stages are named by what stands above, by name or by number; an image is none: -1. */
function indexOf(name: string, stages: readonly Stage[], before: number): number {
  const above = stages.slice(0, before);
  const named = above.findLastIndex((stage) => stage.name === name.toLowerCase());
  if (named >= 0 || !/^\d+$/.test(name)) return named;
  return Number(name) < above.length ? Number(name) : -1;
}

/** A stage that starts from another one has its platform. */
function isOfBuilder(index: number, stages: readonly Stage[]): boolean {
  const stage = stages[index];
  if (stage === undefined) return false;
  if (stage.platform !== undefined) return /\$\{?BUILDPLATFORM\b/.test(stage.platform);
  return isOfBuilder(indexOf(stage.base, stages, index), stages);
}
