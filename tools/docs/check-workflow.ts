import { NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parse, stringify } from 'yaml';
import type { Callable, Permissions } from './callable.ts';

/** What the workflows of a page may name. */
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

/** The whole workflow of which a page shows jobs, a job or steps; undefined when it shows something else. */
export function completeWorkflow(text: string): string | undefined {
  // A template of CloudFormation has tags of its own.
  const value: unknown = parse(text, { logLevel: 'error' });
  if (typeof value !== 'object' || value === null) return undefined;
  if ('jobs' in value) return 'on' in value ? text : stringify({ on: 'push', ...value });
  const inJob = (job: object): string => stringify({ on: 'push', jobs: { job } });
  if (Array.isArray(value)) return inJob({ 'runs-on': 'ubuntu-latest', steps: value });
  if ('steps' in value) return inJob({ 'runs-on': 'ubuntu-latest', ...value });
  return 'uses' in value ? inJob(value) : undefined;
}

/**
 * What is wrong with a workflow: by GitHub's own parser, and by what it calls.
 *
 * @param file its name in messages
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
    ...(isRef(ref) ? [] : [`${uses} names no release`]),
    ...unknown.map((input) => `${name} has no input ${input}`),
    ...missing.map(([input]) => `${name} requires the input ${input}`),
  ];
}

/** Other people's actions are shown in the version in which we use them, so that no page grows old by itself. */
function checkForeign(
  name: string,
  ref: string,
  pinnedMajors: ReadonlyMap<string, string>,
): readonly string[] {
  const major = pinnedMajors.get(name);
  if (major === undefined) return [`${name} is neither ours nor used by our workflows`];
  return ref === major || isSha(ref) ? [] : [`${name} is at ${major}, not ${ref}`];
}

function isRef(ref: string): boolean {
  return /^v\d+(?:\.\d+\.\d+)?$/.test(ref) || isSha(ref);
}

function isSha(ref: string): boolean {
  return /^[0-9a-f]{40}$/.test(ref);
}

/** What steps of these actions need to work (their READMEs). */
const needs: readonly (readonly [action: string, permission: string, access: string])[] = [
  ['actions/checkout', 'contents', 'read'],
  ['aws-actions/configure-aws-credentials', 'id-token', 'write'],
];

/** A job grants exactly what it or the workflow that it calls needs; one that says nothing is part of something larger. */
function checkPermissions(
  granted: Permissions | undefined,
  job: Job,
  { callables }: Named,
): readonly string[] {
  const called = callables.get(job.uses?.split('@')[0] ?? '')?.permissions;
  if (granted === undefined && called === undefined) return [];
  const used = (job.steps ?? []).map(({ uses = '' }) => uses.split('@')[0]);
  const needed =
    called ??
    Object.fromEntries(
      needs.filter(([action]) => used.includes(action)).map(([, name, access]) => [name, access]),
    );
  const given = granted ?? {};
  return [
    ...Object.entries(needed).flatMap(([name, access]) =>
      given[name] === access ? [] : [`the job needs ${name}: ${access}`],
    ),
    ...Object.keys(given).flatMap((name) => (name in needed ? [] : [`the job needs no ${name}`])),
  ];
}
