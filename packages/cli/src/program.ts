import { endings } from '@towpath/errors';
import type { Environment } from '@towpath/flow';
import { Argument, Command, CommanderError, Option } from 'commander';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { commonFlags } from './common-flags.ts';
import { completionScript, shells, type Shell } from './completion.ts';
import type { Output, Presentation } from './console.ts';
import { exampleLines } from './examples.ts';
import { isRepeatable, placeholderOf, variableOf, type Flag } from './flag.ts';
import type { CommandSpec } from './command-spec.ts';
import { allCommands } from './own-commands.ts';
import { plainText } from './plain-page.ts';

/** What the command line is connected to. */
export interface Port {
  readonly env: Environment;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly version: string;
}

/** The group of flags that the help does not list. */
const hidden = Symbol('hidden');

/** The descriptions of commands that have commands of their own. */
const groupDescriptions: Readonly<Record<string, string>> = {
  config: 'Shows the values of inputs.',
  release: 'Shows published versions.',
};

/** The values of flags, by the names of their inputs. */
type Values = ReadonlyMap<string, string>;

/**
 * Runs the command line.
 *
 * @param args without the program
 * @returns the exit code
 */
export async function main(args: readonly string[], port: Port): Promise<number> {
  let complaint = '';
  let exitCode = 0;
  const program = new Command('towpath')
    .description('Tows container images to production on Amazon ECR.')
    .version(port.version)
    .enablePositionalOptions()
    .showHelpAfterError('To list the commands, run towpath --help.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        port.stdout.write(text);
      },
      writeErr: (text) => {
        complaint += text;
      },
    });
  const groups = new Map<string, Command>();
  for (const spec of allCommands()) {
    const added = addCommand(program, groups, spec)
      .showHelpAfterError(`To list the flags, run towpath ${spec.name} --help.`)
      .allowExcessArguments();
    const read = addFlags(added, spec.flags, spec.readsFlags === true ? hidden : undefined);
    const readCommon = addFlags(added, commonFlags, 'Options of all commands:');
    const lines = exampleLines(spec.name).map((line) => `\n  ${line}`);
    added.addHelpText('after', `\nExamples:${lines.join('')}`);
    added.action(async () => {
      requireNoExcess(added);
      const common = readCommon(port.env);
      requireFlags(added, common);
      requireFolder(added, resolve(port.cwd, common.get('directory') ?? '.'), common.get('directory'));
      const own =
        spec.readsFlags === true
          ? { flags: JSON.stringify(Object.fromEntries([...read({}), ...readCommon({})])) }
          : Object.fromEntries(read(port.env));
      exitCode = await start(spec, { ...port, given: { ...spec.given?.(added.args), ...own }, common });
    });
  }
  program
    .command('completion')
    .description('Prints the script that completes commands and flags in a shell.')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell) => {
      port.stdout.write(completionScript(shell));
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    return complain(explainFlagValue(complaint), args, port);
  }
}

/** @throws CommanderError for an argument that the command does not have, such as `towpath promote 1.4.0` */
function requireNoExcess(command: Command): void {
  if (command.registeredArguments.some(({ variadic }) => variadic)) return;
  const excess = command.args[command.registeredArguments.length];
  if (excess === undefined) return;
  command.error(
    `error: unexpected argument ${JSON.stringify(excess.slice(0, 100))}: values are given as flags`,
  );
}

/** @throws CommanderError if a variable has another value than true and false, so that a typo does not mean false */
function requireFlags(command: Command, common: Values): void {
  for (const { name, form } of commonFlags) {
    const value = common.get(name);
    if (form !== 'flag' || value === undefined || ['true', 'false'].includes(value)) continue;
    command.error(
      `error: ${variableOf(name)} is ${JSON.stringify(value.slice(0, 100))}: it must be true or false.`,
    );
  }
}

/** @throws CommanderError if the folder of --directory does not exist */
function requireFolder(command: Command, folder: string, given: string | undefined): void {
  if (given === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  command.error(`error: --directory is ${JSON.stringify(given)}: there is no such folder.`);
}

/** Explains `--load=true`: commander calls such a flag unknown. */
function explainFlagValue(complaint: string): string {
  return complaint.replace(/unknown option '--(?:no-)?([a-z-]+)=[^]*?'(?=\n)/, (whole, name: string) =>
    isFlag(name) ? `--${name} takes no value. Write --${name} or --no-${name}.` : whole,
  );
}

function isFlag(name: string): boolean {
  const flags = [...allCommands().flatMap((command) => command.flags), ...commonFlags];
  return flags.some((flag) => flag.name === name && flag.form === 'flag');
}

/** Adds a command of one word, or of two words to the group of the first one. */
function addCommand(
  program: Command,
  groups: Map<string, Command>,
  { name, parameters = '', description }: CommandSpec,
): Command {
  const [first = '', second] = name.split(' ');
  const described = (command: Command) => command.description(plainText(description));
  if (second === undefined) return described(program.command(`${first} ${parameters}`.trim()));
  const group = groups.get(first) ?? program.command(first).description(groupDescriptions[first] ?? '');
  groups.set(first, group);
  return described(group.command(`${second} ${parameters}`.trim()));
}

/** Reports a wrong flag or command. */
function complain(complaint: string, args: readonly string[], { env, stdout, stderr }: Port): number {
  const { exitCode } = endings.usage;
  const message = complaint
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ');
  // The flags could not be read.
  const json = args.findLast((one) => one === '--json' || one === '--no-json');
  const isJson = json === undefined ? env[variableOf('json')] === 'true' : json === '--json';
  if (!isJson) stderr.write(complaint.endsWith('\n') ? complaint : `${complaint}\n`);
  else
    stdout.write(
      `${JSON.stringify({ ending: 'usage', exitCode, reason: 'input-invalid', outputs: {}, annotations: [], problems: [{ code: 'input-invalid', message }] }, undefined, 2)}\n`,
    );
  return exitCode;
}

/**
 * Adds flags to a command.
 *
 * @returns reads the given values: the flag, or else its environment variable
 */
function addFlags(
  command: Command,
  flags: readonly Flag[],
  group?: string | typeof hidden,
): (env: Environment) => Values {
  const options = flags.map((flag) => {
    const option = optionOf(flag);
    if (group === hidden) option.hideHelp();
    else if (group !== undefined) option.helpGroup(group);
    command.addOption(option);
    if (flag.form === 'flag') command.addOption(new Option(`--no-${flag.name}`).hideHelp());
    return { flag, option };
  });
  return (env) =>
    new Map(
      options.flatMap(({ flag, option }) => {
        const value: unknown = command.getOptionValue(option.attributeName());
        const text = value === undefined ? env[variableOf(flag.name)] : textOf(value);
        return text === undefined ? [] : [[flag.name, text] as const];
      }),
    );
}

function optionOf({ name, form, description, isRequired, default: fallback }: Flag): Option {
  const placeholder = placeholderOf(form);
  const short = name === 'directory' ? '-C, ' : name === 'quiet' ? '-q, ' : '';
  const more = [
    isRequired ? ' (required)' : '',
    isRepeatable(form) ? ' (repeatable)' : '',
    fallback === undefined ? '' : ` (default: ${fallback})`,
  ];
  const option = new Option(
    `${short}--${name}${placeholder === undefined ? '' : ` <${placeholder}>`}`,
    `${plainText(description)}${more.join('')}`,
  );
  if (isRepeatable(form))
    option.argParser((value: string, earlier: string | undefined) =>
      earlier === undefined ? value : `${earlier}\n${value}`,
    );
  return option;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(value);
}

interface Start extends Port {
  readonly given: Readonly<Record<string, string>>;
  readonly common: Values;
}

async function start(
  { name, load }: CommandSpec,
  { given, common, env, cwd, stdout, stderr }: Start,
): Promise<number> {
  const profile = common.get('profile');
  const [action, { runCommand }] = [await load(), await import('./run-command.ts')];
  return runCommand(action, {
    command: name,
    given,
    env: profile === undefined ? env : withProfile(env, profile),
    folder: resolve(cwd, common.get('directory') ?? '.'),
    streams: { stdout, stderr },
    presentation: presentationOf(common, env, stderr),
  });
}

/** Returns the environment with a profile. As in the AWS CLI, it takes precedence over keys in variables. */
function withProfile(env: Environment, profile: string): Environment {
  const keys = new Set(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']);
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !keys.has(name))),
    AWS_PROFILE: profile,
  };
}

/** Flags take precedence over variables, and variables over what the terminal can do. */
function presentationOf(common: Values, env: Environment, stderr: Output): Presentation {
  const json = common.get('json') === 'true';
  const isTerminal = stderr.isTTY === true && env.TERM !== 'dumb';
  const chosen = (name: string, fallback: boolean) => {
    const value = common.get(name);
    return value === undefined ? fallback : value === 'true';
  };
  const forced = env.FORCE_COLOR ?? '';
  const hasColour = !env.NO_COLOR && (forced === '' ? isTerminal : !['0', 'false'].includes(forced));
  return {
    json,
    quiet: common.get('quiet') === 'true',
    verbose: common.get('verbose') === 'true',
    progress: chosen('progress', isTerminal && !env.CI),
    colour: !json && chosen('color', hasColour),
  };
}
