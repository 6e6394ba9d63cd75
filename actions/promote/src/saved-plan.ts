import { CodedError, type Problem } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { planFileSchema, type PlanFile, type Runtime } from '@towpath/flow';
import { digestOf, type Digest } from '@towpath/reference';
import { resolve } from 'node:path';
import { inputs as inputsOf, type PromoteInputs } from './inputs.ts';

/** A plan that an earlier run wrote, and that was approved since. */
export interface SavedPlan {
  readonly file: string;
  /** The inputs that it was made with. */
  readonly inputs: PromoteInputs;
  /** The digest of what it does. */
  readonly digest: Digest;
}

/** In bytes. */
const maxPlan = 32 * 2 ** 20;

/** Inputs of the run that applies a plan. They do not change what the plan does. */
const ownInputs = [
  'plan',
  'plan-out',
  'dry-run',
  'config',
  'deployment-files',
  // A secret is never in a plan. The deployment of the code host is not in it either.
  'token',
  'environment-url',
];

/**
 * Inputs that can lift a check, and those that choose a role, with the value that does neither. The run that applies a plan must set them,
 * too: its workflow decides about them, not the file.
 */
const decisive: readonly (readonly [name: string, harmless: string])[] = [
  ['rollback', 'false'],
  ['allow-older', 'false'],
  ['break-glass', ''],
  ['move-version-tags', 'false'],
  ['attestations', 'copy'],
  // The configuration has the gate, the soak time and the sources.
  ['config', ''],
  // Images that are named need no release.
  ['only', ''],
  ['image-name', ''],
  ['policy', ''],
  // A registry without a region in the configuration is the one of this region.
  ['region', ''],
  ['source-role', ''],
  ['target-role', ''],
];

/**
 * Reads a plan of `promote`. The inputs of this run must be those of the plan, or absent
 * unless they can lift a check.
 *
 * @param file relative to the workspace
 * @throws CodedError `plan-outdated` if the file is not a plan of promote; `input-invalid` if an input differs
 */
export async function readSavedPlan(
  file: string,
  { workspace, given }: Pick<Runtime, 'workspace' | 'given'>,
): Promise<SavedPlan> {
  const { action, computedFrom, plan } = await readPlanFile(resolve(workspace, file), file);
  if (action !== 'promote') throw invalid(file, `it is a plan of ${JSON.stringify(action.slice(0, 40))}`);
  const known = computedFrom.inputs;
  const problems = Object.entries(given).flatMap(([name, value]): Problem[] => {
    if (value === '' || ownInputs.includes(name) || value === known[name]) return [];
    const message = `Input ${name} is ${JSON.stringify(value)}, but the plan in ${file} was made with ${JSON.stringify(known[name] ?? '')}.`;
    return [{ code: 'input-invalid', message, hint: `Remove ${name}: the plan has it.` }];
  });
  problems.push(...decisive.flatMap(([name, harmless]) => undecided(name, harmless, file, known, given)));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} inputs are not those of the plan.`);
  const own = Object.entries(given).filter(([name]) => ownInputs.includes(name) && name !== 'plan');
  const reading = inputsOf.read({ ...known, ...Object.fromEntries(own), 'plan-out': '' });
  if ('problems' in reading)
    throw CodedError.of(reading.problems, (count) => `The plan in ${file} has ${count} invalid inputs.`);
  return { file, inputs: reading.value, digest: planDigest(plan) };
}

function undecided(
  name: string,
  harmless: string,
  file: string,
  known: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): readonly Problem[] {
  const [value = '', own = ''] = [known[name], given[name]];
  if (value === '' || value === harmless || own !== '') return [];
  const message = `The plan in ${file} was made with ${name}: ${JSON.stringify(value)}, but this run was not.`;
  return [
    {
      code: 'input-invalid',
      message,
      hint: `If this run may do that, set ${name} to the same value. Otherwise make a plan without ${name}.`,
    },
  ];
}

async function readPlanFile(path: string, file: string): Promise<PlanFile> {
  const text = await readTextWithin(path, { code: 'plan-outdated', name: file, maxBytes: maxPlan }).catch(
    (error: unknown) => {
      if (error instanceof CodedError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw invalid(file, code === 'ENOENT' ? 'there is no such file' : String(error));
    },
  );
  const parsed = planFileSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw invalid(file, 'it is not a plan file of this version of Towpath');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(file: string, why: string): CodedError {
  return new CodedError('plan-outdated', `The plan in ${file} cannot be used: ${why}.`, {
    hint: 'Make a plan with promote and plan-out, and give its file to plan.',
  });
}

/** Refuses a plan that is not what this run would do now. */
export function requireCurrent({ file, digest }: SavedPlan, current: Digest): void {
  if (digest === current) return;
  throw new CodedError(
    'plan-outdated',
    `The plan in ${file} (${digest}) is not what a promotion would do now (${current}): the registry, the ledger, a scan or the configuration changed since, or the file was edited.`,
    { hint: 'Make a new plan, compare it with the old one, and have it approved.' },
  );
}

/**
 * Returns the digest of what a plan does. Two runs that do the same have the same digest: times, the run and the facts
 * about its commit do not count.
 */
export function planDigest(plan: unknown): Digest {
  return digestOf(JSON.stringify(comparable(plan)));
}

/** Members of a plan that describe the run. Tags and images are compared themselves. */
const ofRun = ['when', 'run', 'actor', 'facts', 'plan', 'deploymentFolder'];

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  const isEntry = 'environment' in value && 'kind' in value;
  const entries = Object.entries(value)
    .filter(([key]) => !ofRun.includes(key) && !(isEntry && key === 'source'))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, comparable(member)]));
}
