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
 * The time that a program has to end after the first signal, in milliseconds. A runner kills a cancelled step after
 * 7.5 seconds, and cleaning up must fit into the same time.
 */
const patience = 2_500;

/**
 * Receives each child process. The toolkit does not expose the process that it starts, but a cancelled run must stop
 * it.
 */
const started = new AsyncLocalStorage<(child: ChildProcess) => void>();
subscribe('child_process', (message) => {
  started.getStore()?.((message as { readonly process: ChildProcess }).process);
});

/**
 * Returns a function that runs programs.
 *
 * The runner cancels a step with a signal to the Node.js process only (actions/runner, ProcessInvoker.cs). A
 * cancelled run therefore signals its programs, waits for them, and throws the signal's reason.
 *
 * Programs do not inherit the credentials of the job, because their child processes, and others that read their
 * environment, could pass them on.
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
      clearTimeout(late);
      late = setTimeout(() => child?.kill('SIGKILL'), patience);
      // A child of the program may keep them open for longer.
      child?.stdout?.destroy();
      child?.stderr?.destroy();
    };
    signal.addEventListener('abort', stop);
    const tooLong = () => {
      broken = new CodedError('outside-failed', `${program} printed more than ${maxOutput / 2 ** 20} MiB.`);
      child?.kill();
    };
    const [stdout, stderr] = [new Output(onStdout, tooLong), new Output(onStderr, tooLong)];
    const keep = (one: ChildProcess) => {
      child = one;
      // The signal may have been aborted before the program started.
      if (signal.aborted) queueMicrotask(stop);
      if (input === undefined) return;
      feed(one, input).catch((error: unknown) => {
        broken = error instanceof Error ? error : new Error(String(error));
        one.kill();
      });
    };
    try {
      // Loaded here: not every step runs a program.
      const { exec } = await import('@actions/exec');
      signal.throwIfAborted();
      const exitCode = await started.run(keep, exec, quoted(program), [...args], {
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
      return { stdout: stdout.end(), stderr: stderr.end(), exitCode: exitCodeOf(child, exitCode) };
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

/**
 * Writes a stream to the standard input of a program. A program may end before the end of the stream: its exit code
 * decides.
 */
async function feed(child: ChildProcess, input: Readable): Promise<void> {
  // Node.js reports a process before its pipes exist.
  await Promise.resolve();
  if (child.stdin === null) return;
  await pipeline(input, child.stdin).catch((error: unknown) => {
    if (!hasEnded.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}

/** The error codes of a stream whose reader has ended. */
const hasEnded: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Quotes a path. The toolkit takes a command line, and splits it at spaces outside quotes. */
function quoted(program: string): string {
  return `"${program.replaceAll('"', '\\"')}"`;
}

/** The maximum length of a kept output, in characters: 64 MiB. */
const maxOutput = 64 * 2 ** 20;

/** The length that is kept from the end of an output that is read line by line, in characters. */
const keptEnd = 64 * 2 ** 10;

/** The maximum length of a line, in characters. Longer ones, such as progress bars or binary data, are cut. */
const maxLine = 16 * 2 ** 20;

/**
 * The output of a program. If it is read line by line, only its end is kept: BuildKit prints every line of every
 * step, which can exceed the maximum length of a string.
 */
class Output {
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #onTooLong: () => void;
  readonly #decoder = new StringDecoder('utf8');
  #chunks: string[] = [];
  #length = 0;
  #line = '';

  constructor(onLine: ((line: string) => void) | undefined, onTooLong: () => void) {
    this.#onLine = onLine;
    this.#onTooLong = onTooLong;
  }

  add(data: Buffer): void {
    const text = this.#decoder.write(data);
    this.#keep(text);
    if (this.#onLine !== undefined) this.#read(text, this.#onLine);
  }

  /** Returns the kept output. The last line may have no line end. */
  end(): string {
    this.#keep(this.#decoder.end());
    if (this.#line !== '') this.#onLine?.(this.#line);
    const text = this.#chunks.join('');
    return this.#onLine === undefined ? text : text.slice(-keptEnd);
  }

  #keep(text: string): void {
    this.#chunks.push(text);
    this.#length += text.length;
    if (this.#onLine === undefined) {
      if (this.#length <= maxOutput) return;
      this.#chunks = [];
      this.#onTooLong();
      return;
    }
    while (this.#length - (this.#chunks[0]?.length ?? 0) > keptEnd)
      this.#length -= this.#chunks.shift()?.length ?? 0;
  }

  #read(text: string, onLine: (line: string) => void): void {
    const [first = '', ...more] = text.split('\n');
    this.#line += first;
    for (const next of more) {
      onLine(this.#line.replace(/\r$/, ''));
      this.#line = next;
    }
    if (this.#line.length <= maxLine) return;
    onLine(this.#line);
    this.#line = '';
  }
}

/**
 * Returns the exit code; 128 plus the signal's number if a signal ended the program, as in a shell. The toolkit
 * returns null then.
 */
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
