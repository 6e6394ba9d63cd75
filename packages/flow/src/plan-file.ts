import { writeFileInside } from '@towpath/files';
import { createHash } from 'node:crypto';
import type { PlannedStep } from './action.ts';
import type { PlanFile } from './plan-schema.ts';
import type { Runtime } from './runtime.ts';

/** The content of a plan file. */
interface PlanParts extends Pick<PlanFile, 'action' | 'plan'> {
  /** The inputs without those that may contain a secret. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly facts: unknown;
  readonly steps: readonly PlannedStep[];
}

/**
 * Writes a plan as JSON.
 *
 * @param path relative to the workspace
 * @throws CodedError `input-invalid` if the path is outside the workspace, or is a link, a folder or a device
 */
export async function writePlan(
  path: string,
  { action, inputs, facts, steps, plan }: PlanParts,
  { workspace, clock }: Pick<Runtime, 'workspace' | 'clock'>,
): Promise<void> {
  const document: PlanFile = {
    schemaVersion: 1,
    action,
    created: clock.now().toISOString(),
    computedFrom: { inputs: { ...inputs }, facts: digestOf(facts) },
    steps: steps.map(({ what, why }) => ({ what, why })),
    plan,
  };
  await writeFileInside(workspace, path, `${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * Returns the digest of facts. Equal facts have equal digests: timestamps are left out, because they always differ,
 * and keys are sorted.
 */
function digestOf(facts: unknown): string {
  const text = JSON.stringify(sorted(facts));
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function sorted(value: unknown): unknown {
  if (value instanceof Date) return undefined;
  if (value instanceof Map) return sorted([...value]);
  if (value instanceof Set) return sorted([...value]);
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
