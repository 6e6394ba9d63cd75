import type { PlannedStep } from '@towpath/flow';
import type { BuiltImage, Source } from '@towpath/image-set';
import { planRows, type Row } from '@towpath/matrix';
import type { EvaluatedConfig } from '@towpath/project';
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
  /** The images that are published again instead of built, because the registry has them, and why. */
  readonly reused: readonly { readonly image: BuiltImage; readonly why: string }[];
  readonly source: Source;
  /** The bake or Compose file as it was evaluated, for the jobs. */
  readonly evaluated?: EvaluatedConfig;
  /** The images that are not built, because nothing of them changed. */
  readonly unchanged: readonly string[];
  /** What was compared. */
  readonly base: string;
}

export function plan(inputs: MatrixInputs, facts: MatrixFacts): MatrixPlan {
  const { config, images, graph, changes, due, source, evaluated } = facts;
  const reused = findReused(facts);
  const again = new Set(reused.map(({ image }) => image.name));
  const built = images.flatMap((image) => {
    const why = again.has(image.name) ? undefined : whyBuilt(image.name, facts);
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
    reused,
    source,
    ...(evaluated !== undefined && { evaluated }),
    unchanged: images.flatMap(({ name }) => (due.has(name) ? [] : [name])),
    base: changes.kind === 'known' ? `${changes.base} (${changes.why})` : `nothing: ${changes.why}`,
  };
}

/** Returns why an image is built: what changed, and with reuse also why it is not reused. */
function whyBuilt(name: string, { due, decisions }: MatrixFacts): string | undefined {
  const why = due.get(name);
  const decision = decisions.get(name);
  return why === undefined || decision?.kind !== 'build' ? why : `${why}; not reused: ${decision.why}`;
}

/** An image that a built image is built on is built, too: both contain the same bytes. */
function findReused({ graph, due, decisions }: MatrixFacts): MatrixPlan['reused'] {
  const built = new Set<string>();
  for (const { name } of graph.ordered) {
    if (!due.has(name) || decisions.get(name)?.kind === 'reuse') continue;
    built.add(name);
    for (const base of graph.below(name)) built.add(base);
  }
  return [...decisions].flatMap(([name, decision]) =>
    decision.kind === 'reuse' && !built.has(name) ? [{ image: decision.image, why: decision.why }] : [],
  );
}

export function describe({ rows, reused, base }: MatrixPlan): readonly PlannedStep[] {
  return [
    ...reused.map(({ image, why }) => ({ what: `reuse ${image.name}@${image.digest}`, why })),
    ...rows.map(({ name, runner }) => ({
      what: `build ${name} on ${JSON.stringify(runner)}`,
      why: `compared with ${base}`,
    })),
  ];
}
