import { exec } from '@actions/exec';
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
      clearTimeout(late);
      late = setTimeout(() => child?.kill('SIGKILL'), patience);
      // A program of the program's own may hold them open for longer.
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
      // It may have been ended before it was started.
      if (signal.aborted) queueMicrotask(stop);
      if (input === undefined) return;
      feed(one, input).catch((error: unknown) => {
        broken = error instanceof Error ? error : new Error(String(error));
        one.kill();
      });
    };
    try {
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

/** The maximum length of a kept output, in characters: 64 MiB. */
const maxOutput = 64 * 2 ** 20;

/** The length of the end that is kept of an output that is read line by line, in characters. */
const keptEnd = 64 * 2 ** 10;

/** A line without an end is cut here: it is a progress bar, or no text. */
const maxLine = 16 * 2 ** 20;

/**
 * What a program prints: whole, or if it is read line by line, its end alone. BuildKit prints every line of every step,
 * which may be more than a string can hold.
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

  /** Returns what is kept. The last line may have no line end. */
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
