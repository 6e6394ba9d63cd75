import { endingOf, endings, type Code, type Ending } from '@towpath/errors';
import type { Environment, Runtime } from '@towpath/flow';
import { cancellation, ensureHome, executor, systemClock } from '@towpath/process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedAction } from './action-commands.ts';
import { allCommands } from './own-commands.ts';
import { describeUnread, unreadVariables } from './variables.ts';
import { openConsole, type Console, type Output, type Presentation } from './console.ts';

/** What a command needs to run. */
export interface Invocation {
  readonly command: string;
  readonly given: Readonly<Record<string, string>>;
  readonly env: Environment;
  /** The root of the repository. */
  readonly folder: string;
  readonly streams: { readonly stdout: Output; readonly stderr: Output };
  readonly presentation: Presentation;
}

/** The folder of the image set, below the root of the repository. */
const setFolder = '.towpath';

/**
 * Runs an action as a command.
 *
 * @returns the exit code
 */
export async function runCommand(action: LoadedAction, invocation: Invocation): Promise<number> {
  const { command, given, env, folder, streams, presentation } = invocation;
  using printed = openConsole(command, streams, presentation);
  const over = new AbortController();
  let signalled: NodeJS.Signals | undefined;
  const signal = cancellation((by) => {
    signalled = by;
    printed.log.info(`Cancelling after ${by}. A second signal ends the command without cleaning up.`);
  }, over.signal);
  const outputs: Record<string, string> = {};
  const kept: Record<string, string> = {};
  const temp = await mkdtemp(join(tmpdir(), 'towpath-'));
  ensureHome(process.env, temp);
  const runtime: Runtime = {
    given,
    env,
    workspace: folder,
    temp,
    imageSet: join(folder, setFolder),
    log: printed.log,
    exec: executor(signal),
    clock: systemClock(signal),
    signal,
    setOutput: (name, value) => {
      outputs[name] = value;
    },
    keep: (name, value) => {
      kept[name] = value;
    },
    summarise: (markdown) => {
      // The summary of a failed run repeats what the log says.
      const document = action.printed === undefined ? undefined : outputs[action.printed];
      if (document !== undefined) printed.raw(document);
      const isShown = document === undefined || action.hasSummary === true;
      if (isShown && outputs['failure-reason'] === undefined) printed.page(markdown);
      return Promise.resolve();
    },
  };
  for (const variable of unreadVariables(env, allCommands()).filter(({ near }) => near !== undefined))
    printed.log.annotate({ level: 'warning', message: describeUnread(variable) });
  try {
    const isDone = await action.run(runtime);
    await action.tidyUp?.(kept, runtime);
    await ignoreSet(folder);
    const ending = endingFor(isDone, outputs['failure-reason']);
    const exitCode = signalled === 'SIGTERM' && ending === 'cancelled' ? 143 : endings[ending].exitCode;
    if (presentation.json) printed.document(describe({ command, ending, exitCode, outputs, printed }));
    return exitCode;
  } finally {
    over.abort();
    await rm(temp, { recursive: true, force: true });
  }
}

function endingFor(isDone: boolean, reason: string | undefined): Ending {
  return isDone ? 'ok' : endingOf(reason as Code);
}

/** Keeps the image set out of git. Its own .gitignore needs no change of the repository. */
async function ignoreSet(folder: string): Promise<void> {
  const set = join(folder, setFolder);
  if (existsSync(join(set, 'images.json'))) await writeFile(join(set, '.gitignore'), '*\n');
}

interface Result {
  readonly command: string;
  readonly ending: Ending;
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly printed: Console;
}

function describe({ outputs: { problems = '[]', ...outputs }, printed, ...result }: Result): object {
  const { 'failure-reason': reason, ...values } = outputs;
  const found = JSON.parse(problems) as readonly { readonly message: string; readonly hint?: string }[];
  return {
    ...result,
    ...(reason !== undefined && reason !== '' && { reason }),
    outputs: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, parsed(value)])),
    annotations: printed.annotations,
    problems: found.map(({ message, hint, ...problem }) => ({
      ...problem,
      message: printed.shown(message),
      ...(hint !== undefined && { hint: printed.shown(hint) }),
    })),
  };
}

/** Returns lists and objects as such. A version such as `1.0` stays a text. */
function parsed(value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
