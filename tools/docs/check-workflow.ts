import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parse, stringify } from 'yaml';
import type { Callable, Permissions } from './callable.ts';

/** The actions and workflows that a workflow on a page can use. */
export interface Named {
  readonly callables: ReadonlyMap<string, Callable>;
  readonly pinnedMajors: ReadonlyMap<string, string>;
}

interface Workflow {
  readonly permissions?: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job extends Step {
  readonly permissions?: Permissions;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** Returns a complete workflow for jobs, a job or steps on a page, or undefined for any other text. */
export function completeWorkflow(text: string): string | undefined {
  // CloudFormation templates have their own YAML tags, which would cause warnings.
  const value: unknown = parse(text, { logLevel: 'error' });
  if (typeof value !== 'object' || value === null) return undefined;
  if ('jobs' in value) return 'on' in value ? text : stringify({ on: 'push', ...value });
  const inJob = (job: object): string => stringify({ on: 'push', jobs: { job } });
  if (Array.isArray(value)) return inJob({ 'runs-on': 'ubuntu-latest', steps: value });
  if ('steps' in value) return inJob({ 'runs-on': 'ubuntu-latest', ...value });
  return 'uses' in value ? inJob(value) : undefined;
}

/**
 * Returns the errors of GitHub's own parser, and those in inputs, versions and permissions.
 *
 * @param file the name for messages
 */
export function checkWorkflow(file: string, content: string, named: Named): readonly string[] {
  const { context } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (errors.length > 0) return errors;
  const { permissions, jobs } = parse(content) as Workflow;
  return Object.values(jobs).flatMap((job) => [
    ...[job, ...(job.steps ?? [])].flatMap((step) => checkUses(step, named)),
    ...checkPermissions(job.permissions ?? permissions, job, named),
  ]);
}

function checkUses({ uses, with: given = {} }: Step, { callables, pinnedMajors }: Named): readonly string[] {
  if (uses === undefined) return [];
  const [name = '', ref = ''] = uses.split('@');
  const callable = callables.get(name);
  if (callable === undefined) return checkForeign(name, ref, pinnedMajors);
  const unknown = Object.keys(given).filter((input) => !callable.inputs.has(input));
  const missing = [...callable.inputs].filter(([input, required]) => required && !(input in given));
  return [
    ...(isRef(ref) ? [] : [`${uses} does not name a release`]),
    ...unknown.map((input) => `${name} has no input ${input}`),
    ...missing.map(([input]) => `${name} requires the input ${input}`),
  ];
}

/** Checks that a page uses the same version of another project's action as our workflows. */
function checkForeign(
  name: string,
  ref: string,
  pinnedMajors: ReadonlyMap<string, string>,
): readonly string[] {
  const major = pinnedMajors.get(name);
  if (major === undefined) return [`${name} is not used by our workflows`];
  return ref === major || isSha(ref) ? [] : [`${name} must be ${major}, not ${ref}`];
}

function isRef(ref: string): boolean {
  return /^v\d+(?:\.\d+\.\d+)?$/.test(ref) || isSha(ref);
}

function isSha(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

/** The permissions that these actions need (their READMEs). */
const needs: readonly (readonly [action: string, permission: string, access: string])[] = [
  ['actions/checkout', 'contents', 'read'],
  ['aws-actions/configure-aws-credentials', 'id-token', 'write'],
  ['github/codeql-action/upload-sarif', 'security-events', 'write'],
];

/** The permissions that inputs of our own actions need, if they are `true`. */
const inputNeeds: Readonly<Record<string, readonly [permission: string, access: string]>> = {
  comment: ['pull-requests', 'write'],
  issue: ['issues', 'write'],
};

/** Checks that a job has exactly the permissions that it needs. A job without permissions is a part of a workflow. */
function checkPermissions(
  granted: Permissions | undefined,
  job: Job,
  { callables }: Named,
): readonly string[] {
  const called = callables.get(job.uses?.split('@')[0] ?? '')?.permissions;
  if (granted === undefined && called === undefined) return [];
  const used = (job.steps ?? []).map(({ uses = '' }) => uses.split('@')[0]);
  const asked = (job.steps ?? []).flatMap(({ with: inputs = {} }) =>
    Object.entries(inputNeeds).flatMap(([name, need]) => (String(inputs[name]) === 'true' ? [need] : [])),
  );
  const needed =
    called ??
    Object.fromEntries([
      ...needs.filter(([action]) => used.includes(action)).map(([, name, access]) => [name, access] as const),
      ...asked,
    ]);
  const given = granted ?? {};
  return [
    ...Object.entries(needed).flatMap(([name, access]) =>
      given[name] === access ? [] : [`the job needs ${name}: ${access}`],
    ),
    ...Object.keys(given).flatMap((name) => (name in needed ? [] : [`the job must not have ${name}`])),
  ];
}
