import { suggest } from '@towpath/errors';
import { severities } from '@towpath/findings/severity';
import * as z from 'zod';
import { isObject } from './schema-parts.ts';

/** The names that a gate can refer to. */
export interface GateNames {
  readonly images: ReadonlySet<string>;
  readonly environments: ReadonlySet<string>;
  /** `fail-on` of the gate of the whole file. `none` if its policy file decides: it is not read yet. */
  readonly failOn?: unknown;
}

/** The maximum number of names compared with each unknown one, and of ignores of a gate with an unknown image. */
const maxSuggested = 50;

/** A contradiction, and its path in the gate. */
export interface GateIssue {
  readonly path: readonly PropertyKey[];
  readonly input: unknown;
  readonly message: string;
}

/** The keys of a gate that can contradict others. Invalid values are reported by the schema. */
const looseRules = z.looseObject({
  'fail-on': z.string().optional().catch(undefined),
  policy: z.string().optional().catch(undefined),
  max: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
const looseGate = looseRules.extend({
  base: looseRules.optional().catch(undefined),
  baseline: z.string().optional().catch(undefined),
  ignore: z.array(z.unknown()).optional().catch(undefined),
});

/** Returns the contradictions in a gate. The gate may have other errors, so that all errors are reported at once. */
export function gateIssues(written: unknown, names: GateNames): readonly GateIssue[] {
  const gate = looseGate.safeParse(written).data;
  if (gate === undefined) return [];
  const failOn = gate['fail-on'] ?? (gate.policy === undefined ? (names.failOn ?? 'critical') : 'none');
  return [
    ...baselineIssues(gate.baseline, names),
    ...maxIssues(['max'], gate.max, failOn),
    ...maxIssues(['base', 'max'], gate.base?.max, gate.base?.['fail-on'] ?? failOn),
    ...imageIssues(gate.ignore ?? [], names.images),
  ];
}

function baselineIssues(baseline: string | undefined, { environments }: GateNames): readonly GateIssue[] {
  if (baseline === undefined) return [];
  if (environments.has(baseline)) return [];
  const suggested = suggest(baseline, [...environments.keys().take(maxSuggested)]);
  const message = `is ${JSON.stringify(baseline)}, which is not an environment. ${suggested}`;
  return [{ path: ['baseline'], input: baseline, message }];
}

/** Reports maxima that never matter, because each finding of the severity fails. */
function maxIssues(
  path: readonly PropertyKey[],
  max: Readonly<Record<string, unknown>> | undefined,
  failOn: unknown,
): readonly GateIssue[] {
  const failing: readonly string[] = severities.slice(0, severities.findIndex((one) => one === failOn) + 1);
  return Object.entries(max ?? {})
    .filter(([severity, value]) => failing.includes(severity) && typeof value === 'number' && value > 0)
    .map(([severity, value]) => ({
      path: [...path, severity],
      input: value,
      message: `is ${String(value)}, but fail-on: ${String(failOn)} fails every finding of this severity. Write a lower fail-on such as fail-on: none, or remove the maximum`,
    }));
}

function imageIssues(ignores: readonly unknown[], images: ReadonlySet<string>): readonly GateIssue[] {
  const suggested = [...images.keys().take(maxSuggested)];
  return [...ignores.entries()]
    .flatMap(([index, ignore]) => {
      if (!isObject(ignore) || !('image' in ignore) || typeof ignore.image !== 'string') return [];
      return ignore.image === '' || images.has(ignore.image) ? [] : [{ index, image: ignore.image }];
    })
    .slice(0, maxSuggested)
    .map(({ index, image }) => ({
      path: ['ignore', index, 'image'],
      input: image,
      message: `is ${JSON.stringify(image)}, which is not an image of the configuration. ${suggest(image, suggested)}`,
    }));
}
