import type { Annotation, Clock, Environment, Exec, Log, Runtime } from '@towpath/flow';
import { temporaryFolder, writeFiles } from './folder.ts';

/** What a test says about the world; the rest is an empty workspace where nothing may be executed. */
export interface FakeOptions {
  readonly given?: Runtime['given'];
  readonly env?: Environment;
  /** The workspace's files: contents by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly exec?: Exec;
  readonly signal?: AbortSignal;
}

/** A Runtime of no machine, that remembers what an action told it. Its folders are real. */
export interface FakeRuntime extends Runtime {
  /** The log as a person reads it, a line each; a group's lines are indented under its title. Secrets are `***` once masked. */
  readonly lines: readonly string[];
  readonly debugLines: readonly string[];
  readonly annotations: readonly Annotation[];
  readonly masks: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** For the end of the job. */
  readonly kept: Readonly<Record<string, string>>;
  readonly summaries: readonly string[];
}

/** A Runtime for the tests of an action: `await runAction(publish, fakeRuntime({ given, files }))`. */
export function fakeRuntime({
  given = {},
  env = {},
  files = {},
  exec,
  signal,
}: FakeOptions = {}): FakeRuntime {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const outputs: Record<string, string> = {};
  const kept: Record<string, string> = {};
  const summaries: string[] = [];
  const notCancelled = new AbortController().signal;
  return {
    ...{ given, env, workspace, outputs, kept, summaries },
    ...recordingLog(),
    temp: temporaryFolder(),
    exec: exec ?? nothingToExecute,
    clock: leapingClock(signal ?? notCancelled),
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
  const masked = (text: string) => masks.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  const log: Log = {
    info: (message) => lines.push(...masked(message).split('\n')),
    debug: (message) => debugLines.push(...masked(message).split('\n')),
    annotate: (annotation) => annotations.push({ ...annotation, message: masked(annotation.message) }),
    group: (title, members) => lines.push(masked(title), ...members.map((line) => `  ${masked(line)}`)),
    mask: (secret) => masks.push(secret),
  };
  return { log, lines, debugLines, annotations, masks };
}

/** Time passes by sleeping alone, and then at once. */
function leapingClock(signal: AbortSignal): Clock {
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

const nothingToExecute: Exec = (program, args) =>
  Promise.reject(new Error(`the test expects nothing to be executed, yet: ${[program, ...args].join(' ')}`));
