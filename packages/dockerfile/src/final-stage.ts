import { globalsOf, type BuildOptions } from './base-images.ts';
import type { Instruction } from './instructions.ts';
import { neededStages, type NeededStage } from './needed-stages.ts';
import { readStages } from './stages.ts';

/** The lines of a Dockerfile that decide what its image contains. */
export interface FinalStage {
  /** The line of the `FROM` with the base image, from 1. */
  readonly from: number;
  /**
   * The base image with its arguments expanded, or `scratch`. Undefined if a named context replaces the stage, or if an
   * argument is missing.
   */
  readonly image?: string;
  /** The lines that install packages, by the name of the package. */
  readonly installs: ReadonlyMap<string, number>;
}

/**
 * Returns the lines of the stage that becomes the image, and of the stages that it is based on. Other stages are left
 * out: their packages are not in the image. Returns undefined if there is no such stage.
 *
 * @throws CodedError `dockerfile-invalid` as {@link neededStages} does
 */
export function finalStage(text: string, options: BuildOptions): FinalStage | undefined {
  const dockerfile = readStages(text);
  const { target, contexts } = options;
  const [globals = new Map<string, string>()] = globalsOf(dockerfile, options);
  const chain = chainOf(neededStages(dockerfile, { globals, target, contexts }));
  const base = chain.at(-1);
  if (base === undefined) return undefined;
  const steps = chain.toReversed().flatMap(({ instructions }) => instructions);
  const image = base.image ?? (base.stage.base === 'scratch' && !base.isReplaced ? 'scratch' : undefined);
  return {
    from: base.stage.line,
    ...(image !== undefined && { image }),
    installs: new Map(steps.filter(({ keyword }) => keyword === 'RUN').flatMap(installsOf)),
  };
}

/** Returns the target, which is the last of the needed stages, the stage that it is based on, and so on. */
function chainOf(needed: readonly NeededStage[]): readonly NeededStage[] {
  const byStage = new Map(needed.map((one) => [one.stage, one]));
  const chain: NeededStage[] = [];
  let next = needed.at(-1);
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = next.parent && byStage.get(next.parent);
  }
  return chain;
}

/** The commands of package managers that install what follows: apt-get, apk, dnf, npm, pip, gem, go, cargo. */
const verbs = new Set(['install', 'add', 'i', 'get', 'require']);

/** Returns the packages that a step installs, with their lines. */
function installsOf({ words }: Instruction): readonly (readonly [string, number])[] {
  const found: (readonly [string, number])[] = [];
  let isInstall = false;
  for (const { text, line } of words) {
    if (/^[&|;]/.test(text)) isInstall = false;
    else if (verbs.has(text)) isInstall = true;
    else if (isInstall && !text.startsWith('-')) {
      const name = text.replace(/["']/g, '').replace(/(?<=.)[=<>~@;].*$/s, '');
      if (name !== '') found.push([name, line]);
    }
    if (text.endsWith(';')) isInstall = false;
  }
  return found;
}
