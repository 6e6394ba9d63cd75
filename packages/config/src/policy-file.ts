import { CodedError } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { defaultPolicy, type GatePolicy } from '@towpath/scan-policy';
import { relative, resolve } from 'node:path';
import { gateIssues } from './check-gates.ts';
import type { Config } from './config.ts';
import { gatePolicySchema } from './gate-schema.ts';
import { invalid } from './invalid.ts';
import { insideWorkspace } from './paths.ts';
import { readGate } from './read-gate.ts';
import { validate } from './validate.ts';
import { policyWithVex } from './vex-files.ts';
import { maxFileSize, parseYaml } from './yaml-file.ts';

export interface PolicyFileOptions {
  /** Absolute path of the repository. */
  readonly workspace: string;
  /** The policy file, YAML or JSON, relative to the workspace. */
  readonly file: string;
  /** The configuration whose images and environments the policy can name. */
  readonly config: Pick<Config, 'images' | 'environments'>;
}

/**
 * Reads a policy file. It has the keys of `gate`, and replaces the gates of the configuration.
 *
 * @throws CodedError `config-missing`, or `config-invalid` that lists every problem with its position
 */
export async function loadPolicy(options: PolicyFileOptions): Promise<GatePolicy> {
  const { workspace, config } = options;
  const file = relative(workspace, resolve(workspace, options.file));
  const yaml = parseYaml(file, await readText(workspace, file));
  if ('problems' in yaml) throw invalid(file, yaml.problems);
  const names = {
    images: new Set(config.images.map(({ name }) => name)),
    environments: new Set(config.environments.map(({ name }) => name)),
  };
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
  return { ...defaultPolicy, ...policy };
}

async function readText(workspace: string, file: string): Promise<string> {
  const path = await insideWorkspace(workspace, file);
  try {
    return await readTextWithin(path, { code: 'config-invalid', name: file, maxBytes: maxFileSize });
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError('config-missing', `The policy file ${file} cannot be read.`, {
      hint: 'Input policy is a path from the root of the repository. If no repository is checked out, run actions/checkout in a step before this one.',
      cause,
    });
  }
}
