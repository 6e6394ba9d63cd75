import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import { parseCommandFile } from './command-file.ts';
import { StepLog, type LoggedAnnotation } from './step-log.ts';

export interface JobOptions {
  /** The checked-out repository. */
  readonly workspace: string;
  /** RUNNER_TEMP. The command files of the steps are also here. */
  readonly temp: string;
  /** Environment variables of the job, added to those of the runner. They can override `RUNNER_OS` and `RUNNER_ARCH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values to mask in every log. */
  readonly secrets?: readonly string[];
}

export interface StepResult {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown. */
  readonly summary: string;
  /** The log as GitHub displays it. */
  readonly log: string;
  readonly annotations: readonly LoggedAnnotation[];
  readonly masks: ReadonlySet<string>;
  readonly milliseconds: number;
  /** Runs the post script of the action. Does nothing if the action has none. */
  readonly post: () => Promise<{ readonly exitCode: number; readonly log: string }>;
}

/** A signal to a running step. To cancel a step, the runner sends SIGINT and, 7.5 s later, SIGTERM. */
export interface Interruption {
  readonly when: AbortSignal;
  readonly by: 'SIGINT' | 'SIGTERM' | 'SIGKILL';
}

interface ActionMetadata {
  readonly inputs?: Readonly<Record<string, { readonly default?: string | number | boolean } | undefined>>;
  readonly runs: { readonly using: string; readonly main: string; readonly post?: string };
}

/** A job on one runner. Its steps share a workspace and a temporary folder. */
export class Job {
  readonly #options: JobOptions;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  /**
   * Runs the bundle of an action as a step, on the Node.js of this process, with the command files and environment
   * variables of a runner (actions/runner, Handler.cs and NodeScriptActionHandler.cs).
   *
   * @param folder the folder of the action, with its action.yml
   * @param inputs the inputs of the step (`with:`)
   */
  async run(
    folder: string,
    inputs: Readonly<Record<string, string>>,
    interruptions: readonly Interruption[] = [],
  ): Promise<StepResult> {
    const action = parse(await readFile(join(folder, 'action.yml'), 'utf8')) as ActionMetadata;
    if (action.runs.using !== 'node24') throw new Error(`${folder} does not run on node24`);
    const { workspace, temp, env, secrets = [] } = this.#options;
    await mkdir(temp, { recursive: true });
    const files = await commandFiles(temp);
    const log = new StepLog(secrets);
    const started = performance.now();
    const stepEnv = {
      ...machine,
      ...env,
      ...variables(workspace, temp),
      ...files,
      ...inputVariables(action, inputs),
    };
    const step = { cwd: workspace, env: stepEnv, log, interruptions };
    const exitCode = await runNode(join(folder, action.runs.main), step);
    return {
      exitCode,
      outputs: parseCommandFile(await readFile(files.GITHUB_OUTPUT, 'utf8')),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
      log: log.text,
      annotations: log.annotations,
      masks: log.masks,
      milliseconds: performance.now() - started,
      post: async () => {
        if (action.runs.post === undefined) return { exitCode: 0, log: '' };
        const saved = Object.entries(parseCommandFile(await readFile(files.GITHUB_STATE, 'utf8')));
        const state = Object.fromEntries(saved.map(([name, value]) => [`STATE_${name}`, value]));
        const post = { cwd: workspace, env: { ...stepEnv, ...state }, log: new StepLog(secrets) };
        const code = await runNode(join(folder, action.runs.post), { ...post, interruptions: [] });
        return { exitCode: code, log: post.log.text };
      },
    };
  }
}

/** The variables that a Linux runner sets to describe its machine. */
const machine = { RUNNER_OS: 'Linux', RUNNER_ARCH: process.arch.toUpperCase() };

function variables(workspace: string, temp: string): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
  };
}

const commandFileNames = [
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_STEP_SUMMARY',
] as const;

/** Creates empty command files for a step and returns their paths by variable. */
async function commandFiles(temp: string): Promise<Record<(typeof commandFileNames)[number], string>> {
  const folder = await mkdtemp(join(temp, '_runner_file_commands-'));
  const entries = commandFileNames.map((name) => [name, join(folder, name.toLowerCase())] as const);
  await Promise.all(entries.map(([, path]) => writeFile(path, '')));
  return Object.fromEntries(entries) as Record<(typeof commandFileNames)[number], string>;
}

function inputVariables(
  { inputs = {} }: ActionMetadata,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const defaults = Object.entries(inputs).map(
    ([name, input]) => [name, String(input?.default ?? '')] as const,
  );
  const values = new Map([...defaults, ...Object.entries(given)]);
  return Object.fromEntries(
    [...values].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

interface Process {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: StepLog;
  readonly interruptions: readonly Interruption[];
}

async function runNode(script: string, { cwd, env, log, interruptions }: Process): Promise<number> {
  const child = spawn(process.execPath, [script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const { when, by } of interruptions) {
    const interrupt = (): void => void child.kill(by);
    if (when.aborted) interrupt();
    else when.addEventListener('abort', interrupt, { once: true });
  }
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.add(line);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
