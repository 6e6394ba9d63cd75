import { forAll } from '@towpath/concurrency';
import { CodedError, type Problem } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { defaultPolicy, type GatePolicy, type PartialPolicy } from '@towpath/scan-policy';
import { relative, resolve } from 'node:path';
import { gateIssues, type GateNames } from './check-gates.ts';
import type { Config } from './config.ts';
import { defaults } from './defaults.ts';
import { gatePolicySchema } from './gate-schema.ts';
import { invalid } from './invalid.ts';
import { insideWorkspace } from './paths.ts';
import { readGate, type NamedPolicies } from './read-gate.ts';
import { isObject } from './schema-parts.ts';
import { validate } from './validate.ts';
import { policyWithVex } from './vex-files.ts';
import { maxFileSize, parseYaml, type YamlFile } from './yaml-file.ts';

export interface PolicyFileOptions {
  /** Absolute path of the repository. */
  readonly workspace: string;
  /** The policy file, YAML or JSON, relative to the workspace. */
  readonly file: string;
  /** The configuration whose images and environments the policy can name. */
  readonly config: Pick<Config, 'images' | 'environments'>;
}

/** The maximum number of policy files of a configuration. */
const maxPolicyFiles = 50;

/**
 * Reads a policy file. It has the keys of `gate`, and replaces the gates of the configuration.
 *
 * @throws CodedError `config-missing`, or `config-invalid` that lists every problem with its position
 */
export async function loadPolicy({ workspace, file, config }: PolicyFileOptions): Promise<GatePolicy> {
  const names = {
    images: new Set(config.images.map(({ name }) => name)),
    environments: new Set(config.environments.map(({ name }) => name)),
  };
  return { ...defaultPolicy, ...(await readPolicy(file, workspace, names)) };
}

/**
 * Returns a configuration whose gates are the policy of a file. No environment has a gate of its own then, and none is
 * without a gate.
 *
 * @param file relative to the workspace. Undefined: the configuration stays as it is
 * @throws CodedError `config-missing`, or `config-invalid` that lists every problem with its position
 */
export async function withPolicyFile(
  config: Config,
  file: string | undefined,
  workspace: string,
): Promise<Config> {
  if (file === undefined) return config;
  const gate = await loadPolicy({ workspace, file, config });
  return { ...config, gate, environments: config.environments.map((one) => ({ ...one, gate: undefined })) };
}

/**
 * Reads the policy files that the gates of a `towpath.yaml` name. The file is not validated yet, so that all its errors
 * are reported together.
 */
export async function readNamedPolicies(
  yaml: YamlFile,
  workspace: string,
): Promise<{ readonly policies: NamedPolicies; readonly problems: readonly Problem[] }> {
  const named = namedFiles(yaml.value);
  const names = namesOf(yaml.value);
  const [tooMany] = named.slice(maxPolicyFiles);
  if (tooMany !== undefined) {
    const message = `${yaml.file} names more than ${maxPolicyFiles} policy files.`;
    const position = yaml.positionOf(tooMany.path);
    return { policies: new Map(), problems: [{ code: 'config-invalid', message, position }] };
  }
  const problems: Problem[] = [];
  const policies = new Map<string, PartialPolicy>();
  await forAll(named, async ({ file, path }) => {
    try {
      policies.set(file, await readPolicy(file, workspace, names));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const position = yaml.positionOf(path);
      problems.push(...error.problems.map((one) => ({ ...one, position: one.position ?? position })));
    }
  });
  return { policies, problems };
}

/** A policy file, and the path of the key that names it first. */
interface NamedFile {
  readonly file: string;
  readonly path: readonly PropertyKey[];
}

function namedFiles(value: unknown): readonly NamedFile[] {
  const { gate, environments } = membersOf(value);
  const gates = [
    { gate, path: ['gate', 'policy'] },
    ...Object.entries(membersOf(environments)).map(([name, environment]) => ({
      gate: membersOf(environment).gate,
      path: ['environments', name, 'gate', 'policy'],
    })),
  ];
  const files = new Map<string, NamedFile>();
  for (const { gate: one, path } of gates) {
    const file = membersOf(one).policy;
    if (typeof file === 'string' && !files.has(file)) files.set(file, { file, path });
  }
  return [...files.values()];
}

function namesOf(value: unknown): GateNames {
  const { images, environments } = membersOf(value);
  const written =
    environments === undefined
      ? defaults.environments.map(({ name }) => name)
      : Object.keys(membersOf(environments));
  return { images: new Set(Object.keys(membersOf(images))), environments: new Set(written) };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

async function readPolicy(path: string, workspace: string, names: GateNames): Promise<PartialPolicy> {
  const file = relative(workspace, resolve(workspace, path));
  const yaml = parseYaml(file, await readText(workspace, file));
  if ('problems' in yaml) throw invalid(file, yaml.problems);
  const schema = gatePolicySchema.superRefine(
    (gate, { issues }) => {
      for (const issue of gateIssues(gate, names))
        issues.push({ ...issue, code: 'custom', path: [...issue.path] });
    },
    { when: () => true },
  );
  const written = readGate(validate(schema, yaml.value, yaml), yaml.positionOf);
  const { value: policy, problems } = await policyWithVex(written, workspace, yaml.positionOf);
  if (problems.length > 0) throw invalid(file, problems);
  // Its documents are read: their paths would be read again, with a position in another file.
  return { ...policy, vexFiles: undefined };
}

async function readText(workspace: string, file: string): Promise<string> {
  const path = insideWorkspace(workspace, file);
  try {
    return await readTextWithin(path, { code: 'config-invalid', name: file, maxBytes: maxFileSize });
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('config-missing', `The policy file ${file} cannot be read.`, {
      hint: 'The path is relative to the root of the repository. If no repository is checked out, run actions/checkout in a step before this one.',
      cause,
    });
  }
}
