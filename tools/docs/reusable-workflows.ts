import { readFile } from 'node:fs/promises';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

/** A workflow that users call (GitHub docs, "Reuse workflows"). */
export interface ReusableWorkflow {
  /** The file name without extension. */
  readonly name: string;
  readonly inputs: readonly WorkflowInput[];
  readonly secrets: readonly { readonly name: string; readonly description: string }[];
  readonly outputs: readonly { readonly name: string; readonly description: string }[];
  readonly grants: readonly Grant[];
}

export interface WorkflowInput {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly default: string;
}

/** A permission of a job, with the reason in its comment. */
export interface Grant {
  readonly job: string;
  readonly permission: string;
  readonly why: string;
}

const names = [
  'pipeline',
  'pull-request',
  'pull-request-with-role',
  'promote',
  'deploy',
  'nightly',
  'upload-sarif',
  'board',
  'provision',
  'lint',
];

/**
 * Returns the reusable workflows of the workspace, which is the current folder.
 *
 * @throws Error if an input, secret or output has no description, or a permission has no reason
 */
export function readReusableWorkflows(): Promise<readonly ReusableWorkflow[]> {
  return Promise.all(names.map(readReusableWorkflow));
}

async function readReusableWorkflow(name: string): Promise<ReusableWorkflow> {
  const document = parseDocument(await readFile(`.github/workflows/${name}.yml`, 'utf8'));
  const described = (kind: string): [string, YAMLMap][] =>
    entriesOf(document.getIn(['on', 'workflow_call', kind])).map(([key, value]) => {
      if (!isMap(value) || !value.has('description'))
        throw new Error(`${name}.yml has no description of ${key}`);
      return [key, value];
    });
  return {
    name,
    inputs: described('inputs').map(([key, input]) => ({
      name: key,
      description: String(input.get('description')),
      required: input.get('required') === true,
      default: String((input.get('default') ?? '') as string | boolean),
    })),
    secrets: described('secrets').map(withDescription),
    outputs: described('outputs').map(withDescription),
    grants: entriesOf(document.get('jobs')).flatMap(([job, value]) =>
      entriesOf(isMap(value) ? value.get('permissions') : undefined).map(([permission, access]) => {
        const why = isScalar(access) ? access.comment?.trim() : undefined;
        if (why === undefined)
          throw new Error(`${name}.yml has no comment with the reason for ${permission} of ${job}`);
        return { job, permission: `${permission}: ${String(access)}`, why };
      }),
    ),
  };
}

function withDescription([name, value]: [string, YAMLMap]): { name: string; description: string } {
  return { name, description: String(value.get('description')) };
}

function entriesOf(map: unknown): [string, unknown][] {
  return isMap(map) ? map.items.map(({ key, value }) => [String(key), value]) : [];
}
