import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** The result of a workflow run, as act reports it. */
export interface WorkflowRun {
  readonly exitCode: number;
  /** The outputs of steps, by job and step ID, for example `build/build/images`. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly summaries: readonly string[];
  /** `success` or `failure`, by job name. */
  readonly jobs: ReadonlyMap<string, string>;
  readonly log: string;
}

export interface WorkflowOptions {
  /** The repository that contains the workflow. */
  readonly folder: string;
  /** The path of the workflow file in the repository. */
  readonly workflow: string;
  readonly event: string;
  /** The payload of the event. */
  readonly eventFile: string;
  readonly attempt: number;
  /** The labels that have a runner. */
  readonly labels: readonly string[];
  /** Local replacements of GitHub repositories: `owner/name@ref` to a folder. */
  readonly repositories: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** GitHub's REST API, and the token of the run for it. Default: none that works. */
  readonly api?: { readonly url: string; readonly token: string };
  /** An empty folder for the files of this run. */
  readonly temp: string;
}

/** A line of act's `--json` output. */
interface Line {
  readonly job?: string;
  readonly jobID?: string;
  readonly stepID?: readonly string[];
  readonly msg?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly jobResult?: string;
}

/** Runs a workflow with act on the local machine. The steps are processes, not containers. */
export async function runWorkflow(options: WorkflowOptions): Promise<WorkflowRun> {
  const { folder, workflow, event, eventFile, attempt, labels, repositories, env, api, temp } = options;
  const args = [
    event,
    `--workflows=${workflow}`,
    `--eventpath=${eventFile}`,
    `--env=GITHUB_RUN_ATTEMPT=${attempt}`,
    ...labels.map((label) => `--platform=${label}=-self-hosted`),
    ...[...repositories].map(([name, path]) => `--local-repository=${name}=${path}`),
    ...(api === undefined ? [] : [`--env=GITHUB_API_URL=${api.url}`, `--secret=GITHUB_TOKEN=${api.token}`]),
    '--json',
    // Run jobs one after another, because act mixes the files of concurrent jobs.
    '--concurrent-jobs=1',
    `--artifact-server-path=${temp}`,
    '--artifact-server-addr=127.0.0.1',
    '--artifact-server-port=0',
    '--no-cache-server',
    '--action-offline-mode',
  ];
  const lines: Line[] = [];
  // act keeps its copies of repositories and the files of jobs there. A new folder gives every run a clean
  // machine.
  const machine = { XDG_CACHE_HOME: `${temp}/cache` };
  const child = spawn('act', args, {
    cwd: folder,
    env: { ...env, ...machine },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number>((resolve, reject) =>
    child.once('error', reject).once('close', (code) => {
      resolve(code ?? 1);
    }),
  );
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(parse(line)));
  }
  const exitCode = await ended;
  return {
    exitCode,
    outputs: new Map(
      lines
        .filter(({ command }) => command === 'set-output')
        .map(({ jobID = '', stepID = [], name = '', arg = '' }) => [[jobID, ...stepID, name].join('/'), arg]),
    ),
    summaries: lines.flatMap(({ command, content }) => (command === 'summary' ? (content ?? []) : [])),
    jobs: new Map(
      lines.flatMap(({ job = '', jobResult }) => (jobResult === undefined ? [] : [[job, jobResult]])),
    ),
    log: lines.map(({ job, msg }) => `${job ?? ''}: ${msg?.trimEnd() ?? ''}`).join('\n'),
  };
}

function parse(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return { msg: line };
  }
}
