import { actionCommands, type ActionCommand, type LoadedAction } from './action-commands.ts';
import { commandFlags } from './command-flags.ts';
import type { CommandSpec } from './command-spec.ts';
import { isRepeatable, type Flag } from './flag.ts';

/** Returns all commands that run something, in the order of the help. */
export function allCommands(): readonly CommandSpec[] {
  const commands = [...actionCommands.map(ofAction), ...ownCommands];
  return [...commands, showConfigCommand(commands)];
}

/** It takes the flags of all commands, so that a command line can be repeated with it. */
function showConfigCommand(commands: readonly CommandSpec[]): CommandSpec {
  const flags = new Map<string, Flag>();
  for (const flag of commands.flatMap((command) => command.flags)) {
    const known = flags.get(flag.name);
    if (known === undefined || isRepeatable(flag.form)) flags.set(flag.name, flag);
  }
  return {
    name: 'config show',
    parameters: '[command...]',
    description:
      'Shows the value of every input of a command, or of all commands, and where it is from: a flag, an environment variable, the configuration or the default. It takes the flags of all commands. Secrets are not shown.',
    flags: [...flags.values()],
    load: async () => (await import('./show-config.ts')).showConfig(commands),
    given: (args) => ({ command: args.join(' ') }),
    readsFlags: true,
  };
}

function ofAction({ name, defaults, load }: ActionCommand): CommandSpec {
  const { description, flags } = commandFlags[name] ?? { description: '', flags: [] };
  return { name, description, flags, load, given: () => defaults ?? {} };
}

/** Returns flags of an action by name. */
function flagsOf(action: string, ...names: readonly string[]): readonly Flag[] {
  return commandFlags[action]?.flags.filter(({ name }) => names.includes(name)) ?? [];
}

function textFlag(name: string, description: string, form: Flag['form'] = 'text', fallback?: string): Flag {
  return { name, form, isRequired: false, description, ...(fallback !== undefined && { default: fallback }) };
}

const ownCommands: readonly CommandSpec[] = [
  {
    name: 'init',
    description:
      'Writes a `towpath.yaml` and three workflows for the images of a repository, and shows the changes first. It finds the images in a bake or Compose file, in a `template.yaml` with `ImageBuildConfiguration`, or by their Dockerfiles.',
    flags: [
      textFlag(
        'from',
        'The file with the images: a bake or Compose file, a SAM template, a Dockerfile or a pattern such as `services/*/Dockerfile`. Default: the first of these that exists.',
      ),
      textFlag(
        'registry',
        'The registry of the build, for example `111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll`, or `ssm:` and the name of a parameter. Default: the one in the file with the images, or else the registry of the AWS account.',
      ),
      textFlag('region', 'The AWS region of the workflows. Default: the region of the registry.'),
      textFlag('yes', 'If set, writes the files.', 'flag', 'false'),
      textFlag(
        'overwrite',
        'If set, replaces files that exist with another content. Otherwise they are kept.',
        'flag',
        'false',
      ),
    ],
    load: async () => (await import('./init.ts')).init,
  },
  {
    name: 'rollback',
    parameters: '<environment>',
    description: 'Returns an environment to its previous set of images, or to the set of `--version`.',
    flags: [
      textFlag('version', 'The version to return to. Default: the previous set of images.'),
      ...flagsOf(
        ...(['promote', 'reason', 'config', 'region', 'deployment-files', 'timeout'] as const),
        ...(['target-role', 'dry-run', 'plan-out'] as const),
      ),
    ],
    load: () => loadAction('promote'),
    given: ([environment = '']) => ({ 'target-environment': environment, rollback: 'true' }),
  },
  {
    name: 'release show',
    parameters: '<version>',
    description: 'Shows the images of a published version, from the ledger.',
    flags: flagsOf('promote', 'config', 'region'),
    load: async () => (await import('./show-release.ts')).showRelease,
    given: ([version = '']) => ({ version }),
  },
  {
    name: 'diff',
    parameters: '<environment> <other>',
    description: 'Compares the images that two environments run, from their ledgers.',
    flags: flagsOf('promote', 'config', 'region'),
    load: async () => (await import('./diff.ts')).diff,
    given: ([environment = '', other = '']) => ({ environment, other }),
  },
  {
    name: 'scanreport',
    parameters: '<image...>',
    description:
      'Shows the findings of the ECR scans of any images, by tag or digest. It needs no configuration. An image without a host is in the registry of the AWS account.',
    flags: [
      textFlag('format', 'The form of the report.', ['table', 'json', 'sarif', 'html', 'junit'], 'table'),
      textFlag('output', 'A file for the report, relative to the directory. Default: the standard output.'),
      textFlag(
        'fail-on',
        'The lowest severity that ends the command with 3.',
        [...['critical', 'high', 'medium', 'low', 'informational', 'undefined', 'none']],
        'none',
      ),
      textFlag('timeout', 'How long to wait for scans, for example `90s`.', 'duration', '15m'),
      textFlag('region', 'The AWS region of images without a host. Default: `AWS_REGION`.'),
    ],
    load: async () => (await import('./scan-report.ts')).scanReport,
    given: (images) => ({ images: images.join('\n') }),
  },
];

async function loadAction(name: string): Promise<LoadedAction> {
  const command = actionCommands.find((one) => one.name === name);
  if (command === undefined) throw new Error(`there is no action ${name}`);
  return command.load();
}
