import { writeFileInside } from '@towpath/files';
import { createHash } from 'node:crypto';
import type { PlannedStep } from './action.ts';
import type { Runtime } from './runtime.ts';

/** The format of a plan file. It grows when a reader of an older format would misread a file. */
const schemaVersion = 1;

/** What is written into a plan file. */
export interface PlanFile {
  readonly action: string;
  /** The inputs as they were given, without those that may hold a secret. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly facts: unknown;
  readonly steps: readonly PlannedStep[];
  readonly plan: unknown;
}

/**
 * Writes a plan as JSON (schemas/plan.schema.json).
 *
 * @param path relative to the workspace
 * @throws CodedError `input-invalid` if the path is outside of the workspace, or is a link, a folder or a device
 */
export async function writePlan(
  path: string,
  { action, inputs, facts, steps, plan }: PlanFile,
  { workspace, clock }: Pick<Runtime, 'workspace' | 'clock'>,
): Promise<void> {
  const document = {
    schemaVersion,
    action,
    created: clock.now().toISOString(),
    computedFrom: { inputs, facts: digestOf(facts) },
    steps,
    plan,
  };
  await writeFileInside(workspace, path, `${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * Returns the digest of facts: equal facts have equal digests. Points in time are left out, for these always differ, and
 * keys are sorted.
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
