import { getExecOutput } from '@actions/exec';
import { withoutJobCredentials } from '@towpath/ci';
import { CodedError } from '@towpath/errors';
import type { Environment, Exec } from '@towpath/flow';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';

/**
 * How long a program may take to end when it is asked to, in milliseconds. A runner kills a cancelled step after 7.5
 * seconds, and what is left must still be cleaned up in that time.
 */
const patience = 2_500;

/** The toolkit keeps the process that it starts to itself, but a cancelled run has to stop it: Node tells of every one. */
const started = new AsyncLocalStorage<(child: ChildProcess) => void>();
subscribe('child_process', (message) => {
  started.getStore()?.((message as { readonly process: ChildProcess }).process);
});

/**
 * Runs programs of this machine. The runner cancels a step by a signal to node alone (actions/runner,
 * ProcessInvoker.cs): a cancelled run asks its programs to end, waits for them, and throws the signal's reason. Programs
 * do not inherit the credentials of the job: what they start, and what reads their environment, could pass them on.
 */
export function executor(cancelled: AbortSignal): Exec {
  return async (program, args, { env, cwd, input, signal: own, cleanUpUntil, onStdout, onStderr } = {}) => {
    const signal = AbortSignal.any([cleanUpUntil ?? cancelled, ...(own === undefined ? [] : [own])]);
    signal.throwIfAborted();
    let child: ChildProcess | undefined;
    let broken: Error | undefined;
    let late: NodeJS.Timeout | undefined;
    const stop = () => {
      child?.kill();
      late = setTimeout(() => child?.kill('SIGKILL'), patience);
      // A program of the program's own may hold them open for longer.
      child?.stdout?.destroy();
      child?.stderr?.destroy();
    };
    signal.addEventListener('abort', stop);
    const [stdout, stderr] = [new Lines(onStdout), new Lines(onStderr)];
    const keep = (one: ChildProcess) => {
      child = one;
      if (input === undefined) return;
      feed(one, input).catch((error: unknown) => {
        broken = error instanceof Error ? error : new Error(String(error));
        one.kill();
      });
    };
    try {
      const result = await started.run(keep, getExecOutput, quoted(program), [...args], {
        silent: true,
        ignoreReturnCode: true,
        env: present({ ...withoutJobCredentials(process.env), ...env }),
        cwd,
        listeners: {
          stdout: (data) => {
            stdout.add(data);
          },
          stderr: (data) => {
            stderr.add(data);
          },
        },
      });
      signal.throwIfAborted();
      if (broken !== undefined) throw broken;
      stdout.end();
      stderr.end();
      return { ...result, exitCode: exitCodeOf(child, result.exitCode) };
    } catch (error) {
      signal.throwIfAborted();
      throw broken ?? cannotStart(program, cwd, error);
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(late);
      input?.destroy();
    }
  };
}

/** Lets a program read a stream to its end. One that ends before has read enough: its exit code tells the rest. */
async function feed(child: ChildProcess, input: Readable): Promise<void> {
  // Node tells of a process before it has given it its pipes.
  await Promise.resolve();
  if (child.stdin === null) return;
  await pipeline(input, child.stdin).catch((error: unknown) => {
    if (!hasEnded.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}

/** How a stream fails when nobody reads it any more. */
const hasEnded: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']);

/** The toolkit takes a command line, and splits it at blanks that are not between quotes. */
function quoted(program: string): string {
  return `"${program.replaceAll('"', '\\"')}"`;
}

/** Lines of a stream as they come, the last one also without a line end. */
class Lines {
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';

  constructor(onLine: ((line: string) => void) | undefined) {
    this.#onLine = onLine;
  }

  add(data: Buffer): void {
    const [first = '', ...more] = this.#decoder.write(data).split('\n');
    this.#line += first;
    for (const next of more) {
      this.#onLine?.(this.#line.replace(/\r$/, ''));
      this.#line = next;
    }
  }

  end(): void {
    if (this.#line !== '') this.#onLine?.(this.#line);
  }
}

/** 128 and the signal's number where a signal ended the program, as shells have it; the toolkit has null then. */
function exitCodeOf(child: ChildProcess | undefined, exitCode: number | null): number {
  return exitCode ?? 128 + constants.signals[child?.signalCode ?? 'SIGTERM'];
}

function present(env: Environment): Record<string, string> {
  const entries = Object.entries(env);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function cannotStart(program: string, cwd: string | undefined, cause: unknown): CodedError {
  return new CodedError('program-missing', `${program} cannot be started: ${reasonOf(program, cwd)}.`, {
    hint: 'Install it in a step before this one, or use a runner that has it.',
    cause,
  });
}

function reasonOf(program: string, cwd: string | undefined): string {
  if (cwd !== undefined && !existsSync(cwd)) return `its working folder ${cwd} does not exist`;
  return existsSync(program) ? 'it is not executable' : 'it does not exist, or is not on PATH';
}
