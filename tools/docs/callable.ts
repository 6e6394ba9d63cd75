import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';

/** An action or a reusable workflow of this repository. */
export interface Callable {
  /** Whether each input is required. */
  readonly inputs: ReadonlyMap<string, boolean>;
  /** The permissions that the calling job must grant; undefined for an action. */
  readonly permissions: Permissions | undefined;
}

export type Permissions = Readonly<Record<string, string>>;

interface Inputs {
  readonly inputs?: Readonly<Record<string, { readonly required?: boolean }>>;
}

interface ReusableWorkflow {
  readonly on: { readonly workflow_call?: Inputs };
  readonly jobs: Readonly<Record<string, { readonly permissions?: Permissions }>>;
}

/** Returns the actions and reusable workflows in the current folder, by their name in `uses:`. */
export function readCallables(): ReadonlyMap<string, Callable> {
  const { repository } = read('package.json') as { readonly repository: string };
  const name = repository.replace(/^github:/, '');
  const actions = globSync('actions/*/action.yml').map((file): [string, Callable] => [
    `${name}/${file.replace('/action.yml', '')}`,
    { inputs: inputsOf(read(file) as Inputs), permissions: undefined },
  ]);
  const workflows = globSync('.github/workflows/*.yml').flatMap((file): [string, Callable][] => {
    const { on, jobs } = read(file) as ReusableWorkflow;
    if (on.workflow_call === undefined) return [];
    // If a job requires a permission that the caller does not grant, the run fails at its start. This applies to
    // skipped jobs too.
    const permissions = Object.assign(
      {},
      ...Object.values(jobs).map((job) => job.permissions),
    ) as Permissions;
    return [
      [`${name}/.github/workflows/${basename(file)}`, { inputs: inputsOf(on.workflow_call), permissions }],
    ];
  });
  return new Map([...actions, ...workflows]);
}

/** The versions of deploy actions, which our workflows do not use, from their READMEs. */
const deployingMajors: readonly (readonly [action: string, major: string])[] = [
  ['aws-actions/amazon-ecs-render-task-definition', 'v1'],
  ['aws-actions/amazon-ecs-deploy-task-definition', 'v2'],
];

/** Returns the major versions of third-party actions in our workflows, from the comments after the SHAs. */
export function readPinnedMajors(): ReadonlyMap<string, string> {
  const text = globSync('.github/workflows/*.yml').map((file) => readFileSync(file, 'utf8'));
  const pins = text.join('\n').matchAll(/uses: (?<name>[^@\s]+)@[0-9a-f]{40} # (?<major>v\d+)\./g);
  const pinned = [...pins].map(({ groups }) => [groups?.name ?? '', groups?.major ?? ''] as const);
  return new Map([...deployingMajors, ...pinned]);
}

function inputsOf({ inputs = {} }: Inputs): ReadonlyMap<string, boolean> {
  return new Map(Object.entries(inputs).map(([name, { required = false }]) => [name, required]));
}

function read(file: string): unknown {
  return parse(readFileSync(file, 'utf8'));
}
