import type { Annotation, Clock, CodeHost, Environment, Exec, Log, Runtime } from '@towpath/flow';
import { temporaryFolder, writeFiles } from './folder.ts';

/** What an action finds when it starts. Default: an empty workspace, and every program fails. */
export interface FakeOptions {
  readonly given?: Runtime['given'];
  readonly env?: Environment;
  /** The files of the workspace: content by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly exec?: Exec;
  readonly signal?: AbortSignal;
  /** The code host, e.g. `githubHost` with the variables of a stand-in. Default: none. */
  readonly codeHost?: (port: Pick<Runtime, 'env' | 'clock' | 'signal' | 'log'>) => CodeHost;
  /** Requests an OIDC token of the job. Default: the job cannot get one. */
  readonly idToken?: Runtime['idToken'];
}

/** A Runtime that records what an action logs and outputs. Its folders are real. */
export interface FakeRuntime extends Runtime {
  /**
   * The lines of the log as GitHub displays them. The lines of a group are indented below its title, and secrets are
   * `***` once they are masked.
   */
  readonly lines: readonly string[];
  readonly debugLines: readonly string[];
  readonly annotations: readonly Annotation[];
  readonly masks: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The state saved for the post step. */
  readonly kept: Readonly<Record<string, string>>;
  readonly summaries: readonly string[];
}

/** Returns a Runtime for the tests of an action: `await runAction(publish, fakeRuntime({ given, files }))`. */
export function fakeRuntime({
  given = {},
  env = {},
  files = {},
  exec,
  signal,
  idToken,
  codeHost,
}: FakeOptions = {}): FakeRuntime {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const outputs: Record<string, string> = {};
  const kept: Record<string, string> = {};
  const summaries: string[] = [];
  const notCancelled = new AbortController().signal;
  const recording = recordingLog();
  const clock = fakeClock(signal ?? notCancelled);
  return {
    ...{ given, env, workspace, outputs, kept, summaries, idToken },
    ...recording,
    ...(codeHost && {
      codeHost: codeHost({ env, clock, signal: signal ?? notCancelled, log: recording.log }),
    }),
    temp: temporaryFolder(),
    exec: exec ?? rejectPrograms,
    clock,
    signal: signal ?? notCancelled,
    setOutput: (name, value) => {
      outputs[name] = value;
    },
    keep: (name, value) => {
      kept[name] = value;
    },
    summarise: (markdown) => {
      summaries.push(markdown);
      return Promise.resolve();
    },
  };
}

function recordingLog(): Pick<FakeRuntime, 'log' | 'lines' | 'debugLines' | 'annotations' | 'masks'> {
  const lines: string[] = [];
  const debugLines: string[] = [];
  const annotations: Annotation[] = [];
  const masks: string[] = [];
  const masked = (text: string) => masks.reduce((result, secret) => result.replaceAll(secret, '***'), text);
  const group = (title: string, body: readonly string[]) =>
    lines.push(masked(title), ...body.map((line) => `  ${masked(line)}`));
  const log: Log = {
    info: (message) => lines.push(...masked(message).split('\n')),
    debug: (message) => debugLines.push(...masked(message).split('\n')),
    annotate: (annotation) => annotations.push({ ...annotation, message: masked(annotation.message) }),
    group,
    diff: group,
    mask: (secret) => masks.push(secret),
  };
  return { log, lines, debugLines, annotations, masks };
}

/** Returns a clock that advances only when the action sleeps, without waiting. */
function fakeClock(signal: AbortSignal): Clock {
  let now = Date.UTC(2026, 0, 31, 12);
  return {
    now: () => new Date(now),
    sleep: (milliseconds, other) => {
      now += milliseconds;
      const aborted = [signal, other].find((one) => one?.aborted);
      return aborted === undefined ? Promise.resolve() : Promise.reject(aborted.reason as Error);
    },
  };
}

const rejectPrograms: Exec = (program, args) =>
  Promise.reject(new Error(`The test expects no program to run, but got: ${[program, ...args].join(' ')}`));
