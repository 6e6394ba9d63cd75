import { parseYaml, type Config } from '@towpath/config';
import { CodedError, suggest } from '@towpath/errors';
import { readTextWithin } from '@towpath/files';
import { optional, readInputs, required, text, type Runtime } from '@towpath/flow';
import { heading, page, table, type Markdown } from '@towpath/markdown';
import { openProject } from '@towpath/project';
import type { Session } from '@towpath/session';
import { join } from 'node:path';
import { loaded, type LoadedAction } from './action-commands.ts';
import { commonFlags } from './common-flags.ts';
import { fileKeys, type FileKey } from './file-keys.ts';
import { variableOf, type Flag } from './flag.ts';
import { describeUnread, unreadVariables } from './variables.ts';
import type { CommandSpec } from './command-spec.ts';
import { readingAction } from './reading-action.ts';

/** Where the value of an input is from. `unset`: it has no value. */
type Source = 'flag' | 'variable' | 'file' | 'profile' | 'default' | 'unset';

/** The value of an input. */
interface Shown {
  readonly input: string;
  /** Without secrets. */
  readonly value?: string;
  readonly source: Source;
  /** The name of the flag, of the variable or of the profile, or the position in the file. */
  readonly from?: string;
  readonly isRequired?: true;
}

/** The inputs of a command. */
interface ShownCommand {
  readonly command: string;
  readonly inputs: readonly Shown[];
}

interface Facts {
  /** The configuration. */
  readonly file: string;
  readonly commands: readonly ShownCommand[];
}

/** Everything that a value can be from. */
interface Sources {
  readonly flags: Readonly<Record<string, string>>;
  readonly env: Runtime['env'];
  readonly config: Config;
  /** Undefined if the configuration is no YAML. */
  readonly positionOf: FindPosition | undefined;
  readonly region: Pick<Shown, 'value' | 'source' | 'from'>;
}

/** Returns the position and the value of a key, or undefined if the file does not have it. */
type FindPosition = (
  path: readonly string[],
) => { readonly position: string; readonly value: unknown } | undefined;

const inputs = readInputs({ command: optional(text), flags: required(text) }, ({ command, flags }) => {
  const given = JSON.parse(flags) as Readonly<Record<string, string>>;
  return { command, flags: given, region: given.region, only: [], dryRun: false, planOut: undefined };
});

/**
 * Returns the action that shows the values of inputs, and where they are from.
 *
 * @param commands all other commands
 */
export function showConfig(commands: readonly CommandSpec[]): LoadedAction {
  return loaded(
    readingAction({
      name: 'config show',
      inputs,
      facts: async (given, session, runtime): Promise<Facts> => {
        const { command, flags } = given;
        const known = commands.map(({ name }) => name);
        if (command !== undefined && !known.includes(command))
          throw new CodedError('input-invalid', `${command} is not a command.`, {
            hint: suggest(command, known),
          });
        const { config } = await openProject(
          {
            ...given,
            config: given.flags.config ?? variable(runtime.env, 'config'),
            withoutImages: true,
          },
          runtime,
        );
        // Every command warns of variables that are similar to one that it reads.
        for (const variable of unreadVariables(runtime.env, commands).filter(
          ({ near }) => near === undefined,
        ))
          runtime.log.annotate({ level: 'warning', message: describeUnread(variable) });
        const sources: Sources = {
          flags,
          env: runtime.env,
          config,
          positionOf: await readPositions(config, runtime.workspace),
          region: await regionOf(session, runtime.env),
        };
        for (const secret of secretsOf(runtime.env, config)) runtime.log.mask(secret);
        return {
          file: config.file,
          commands: [
            ...commands
              .filter(({ name }) => command === undefined || name === command)
              .map(({ name, flags: own }) => ({
                command: name,
                inputs: own.map((flag) => show(name, flag, sources)),
              })),
            { command: 'all commands', inputs: commonFlags.map((flag) => show('', flag, sources)) },
          ],
        };
      },
      report: ({ file, commands }) => ({
        outputs: { config: file, commands: JSON.stringify(commands) },
        summary: page(`Configuration: ${file}`, ...commands.flatMap(describe)),
      }),
    }),
  );
}

function describe({ command, inputs: shown }: ShownCommand): readonly (Markdown | undefined)[] {
  return [
    heading(3, command),
    shown.length === 0
      ? undefined
      : table(
          ['Input', 'Value', 'From'],
          shown.map((one) => [one.input, (one.value ?? '').replaceAll('\n', ', '), describeSource(one)]),
        ),
  ];
}

function describeSource({ source, from, isRequired }: Shown): string {
  switch (source) {
    case 'unset':
      return isRequired === true ? 'not set (required)' : 'not set';
    case 'default':
      return 'default';
    case 'file':
      return from ?? '';
    default:
      return `${source} ${from ?? ''}`;
  }
}

/** Returns a value in the order of precedence: flag, variable, configuration, default. */
function show(command: string, flag: Flag, { flags, env, config, positionOf, region }: Sources): Shown {
  const { name: input } = flag;
  const shown = (source: Source, value: string, from?: string): Shown => ({
    input,
    value: flag.isConfidential ? hidden(value) : withoutUserInfo(value),
    source,
    ...(from !== undefined && { from }),
  });
  const own = flags[input];
  if (own !== undefined && own.trim() !== '') return shown('flag', own, `--${input}`);
  const set = variable(env, input);
  if (set !== undefined) return shown('variable', set, variableOf(input));
  if (input === 'region') return { input, ...region };
  const key = fileKeys[command]?.[input];
  const written = key === undefined ? undefined : findKey(key, config, positionOf);
  if (written !== undefined) return { input, source: 'file', ...written };
  if (input === 'config') return { input, value: config.file, source: 'default' };
  const fallback = flag.default?.trim() ?? key?.read(config).join('\n') ?? '';
  const value = fallback === '' ? key?.fallback : fallback;
  if (value !== undefined && value !== '') return { input, value, source: 'default' };
  return { input, source: 'unset', ...(flag.isRequired && { isRequired: true }) };
}

function findKey(
  { paths, read, fallback }: FileKey,
  config: Config,
  positionOf: FindPosition | undefined,
): { readonly value: string; readonly from: string } | undefined {
  const value = withoutUserInfo(read(config).join('\n'));
  for (const path of paths) {
    const found = positionOf?.(path);
    if (found === undefined) continue;
    const own = value === '' && typeof found.value === 'string' ? withoutUserInfo(found.value) : value;
    return { value: own, from: found.position };
  }
  // Bake, Compose and Dockerfiles have these values in other keys, and a SAM template names the registry.
  if (fallback === '' || value === '' || value === fallback) return undefined;
  return { value, from: value.startsWith('ssm:') ? 'template.yaml' : config.file };
}

/** Returns the value of the variable of an input. An empty one counts as absent. */
function variable(env: Runtime['env'], input: string): string | undefined {
  const value = env[variableOf(input)];
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** Returns the names of `NAME=value` lines. Any other text could be the end of a value. */
function hidden(value: string): string {
  return (
    value
      .split('\n')
      .flatMap((line) => /^"?([A-Za-z_][\w.-]*)=/.exec(line)?.[1] ?? [])
      .map((name) => `${name}=***`)
      .join('\n') || '***'
  );
}

/** Replaces the name and the password of an address. */
function withoutUserInfo(value: string): string {
  return value.replace(/:\/\/[^/@\s]{1,2000}@/g, '://***@');
}

const secretNames = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|_KEY(?:_|$)/i;

/** Returns the values of variables that hold a secret, by their names or by the configuration. */
function secretsOf(env: Runtime['env'], { images, bases }: Config): readonly string[] {
  const named = [...images, ...bases].flatMap(({ secrets }) =>
    [...secrets.values()].flatMap((secret) => ('env' in secret ? [secret.env] : [])),
  );
  return Object.entries(env).flatMap(([name, value = '']) =>
    value.length > 0 && (named.includes(name) || (secretNames.test(name) && value.length >= 8))
      ? [value]
      : [],
  );
}

async function readPositions({ file, isBare }: Config, workspace: string): Promise<FindPosition | undefined> {
  if (isBare === true || !/\.ya?ml$/.test(file)) return undefined;
  const read = await readTextWithin(join(workspace, file), { code: 'config-invalid', maxBytes: 2 ** 20 });
  const yaml = parseYaml(file, read);
  if ('problems' in yaml) return undefined;
  return (path) => {
    const found = firstAt(yaml.value, path);
    if (found === undefined) return undefined;
    const { line } = yaml.positionOf(found.path);
    return { position: `${file}:${line}`, value: found.value };
  };
}

/** Returns the first value at a path. `*` matches any key. */
function firstAt(
  value: unknown,
  [name, ...rest]: readonly string[],
  before: readonly string[] = [],
): { readonly path: readonly string[]; readonly value: unknown } | undefined {
  if (name === undefined) return value === undefined ? undefined : { path: before, value };
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = value as Readonly<Record<string, unknown>>;
  for (const key of name === '*' ? Object.keys(entries) : [name]) {
    const found = Object.hasOwn(entries, key) ? firstAt(entries[key], rest, [...before, key]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function regionOf(session: Session, env: Runtime['env']): Promise<Sources['region']> {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) {
    const value = env[name];
    if (value !== undefined && value !== '') return { value, source: 'variable', from: name };
  }
  try {
    const value = await session.aws().region(undefined);
    return { value, source: 'profile', from: env.AWS_PROFILE ?? 'default' };
  } catch (error) {
    if (error instanceof CodedError) return { source: 'unset' };
    throw error;
  }
}
