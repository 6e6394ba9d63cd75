import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';

/** What a `uses:` can name in this repository: an action or a reusable workflow. */
export interface Callable {
  /** Whether each input must be given. */
  readonly inputs: ReadonlyMap<string, boolean>;
  /** What a caller's job has to grant; undefined for an action, which runs in the caller's own job. */
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

/** Actions and reusable workflows of the workspace, which is the current folder, as `uses:` names them before the `@`. */
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
    // A job that may not have what it asks for ends the run at its start, even where its `if` is false.
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

/** Of actions that deploy, which our workflows leave to others: as their READMEs show them. */
const deployingMajors: readonly (readonly [action: string, major: string])[] = [
  ['aws-actions/amazon-ecs-render-task-definition', 'v1'],
  ['aws-actions/amazon-ecs-deploy-task-definition', 'v2'],
];

/** The major versions of other people's actions that our own workflows are pinned to, by the comments beside the pins. */
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
