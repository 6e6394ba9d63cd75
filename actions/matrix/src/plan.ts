import type { PlannedStep } from '@towpath/flow';
import { planRows, type Row } from '@towpath/matrix';
import { formatPlatform } from '@towpath/reference';
import { createHash } from 'node:crypto';
import type { MatrixFacts } from './facts.ts';
import type { MatrixInputs } from './inputs.ts';

export interface MatrixPlan {
  /** Differs between matrices. Artifact names can contain it. */
  readonly id: string;
  readonly rows: readonly Row[];
  /** The images to build, in the order of the configuration. */
  readonly images: readonly {
    readonly name: string;
    readonly platforms: readonly string[];
    readonly why: string;
  }[];
  /** The images that are not built, because nothing of them changed. */
  readonly unchanged: readonly string[];
  /** What was compared. */
  readonly base: string;
}

export function plan(inputs: MatrixInputs, { config, images, graph, changes, due }: MatrixFacts): MatrixPlan {
  const built = images.flatMap((image) => {
    const why = due.get(image.name);
    const platforms = inputs.platforms.length > 0 ? inputs.platforms : image.platforms;
    return why === undefined ? [] : [{ name: image.name, platforms: platforms.map(formatPlatform), why }];
  });
  const rows = planRows({
    images: new Map(built.map(({ name, platforms }) => [name, platforms])),
    below: graph.below,
    runners: inputs.runners,
    maxJobs: inputs.maxJobs,
  });
  const text = JSON.stringify([config.file, rows]);
  return {
    id: createHash('sha256').update(text).digest('hex').slice(0, 12),
    rows,
    images: built,
    unchanged: images.flatMap(({ name }) => (due.has(name) ? [] : [name])),
    base: changes.kind === 'known' ? `${changes.base} (${changes.why})` : `nothing: ${changes.why}`,
  };
}

export function describe({ rows, base }: MatrixPlan): readonly PlannedStep[] {
  return rows.map(({ name, runner }) => ({
    what: `build ${name} on ${JSON.stringify(runner)}`,
    why: `compared with ${base}`,
  }));
}
