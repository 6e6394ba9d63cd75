import { withoutJobCredentials } from '@towpath/ci';
import { CodedError } from '@towpath/errors';
import type { Exec } from '@towpath/flow';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';

/**
 * The time that a program has to end after the first signal, in milliseconds. A GitHub runner kills a cancelled step
 * after 7.5 seconds, and cleaning up must fit into the same time.
 */
const patience = 2_500;

/** Milliseconds. A child of a program that has ended may keep its output open for this time. */
const outputPatience = 10_000;

/**
 * Returns a function that runs programs.
 *
 * A GitHub runner cancels a step with a signal to the Node.js process only (actions/runner, ProcessInvoker.cs). A
 * cancelled run therefore signals its programs, waits for them, and throws the signal's reason.
 *
 * Programs do not inherit the credentials of the job, because their child processes, and others that read their
 * environment, could pass them on.
 */
export function executor(cancelled: AbortSignal): Exec {
  return async (program, args, { env, cwd, input, signal: own, cleanUpUntil, onStdout, onStderr } = {}) => {
    const signal = AbortSignal.any([cleanUpUntil ?? cancelled, ...(own === undefined ? [] : [own])]);
    signal.throwIfAborted();
    let broken: Error | undefined;
    let late: NodeJS.Timeout | undefined;
    const child = spawn(program, args, {
      env: { ...withoutJobCredentials(process.env), ...env },
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const stop = () => {
      child.kill();
      clearTimeout(late);
      late = setTimeout(() => child.kill('SIGKILL'), patience);
      // A child of the program may keep them open for longer.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    signal.addEventListener('abort', stop);
    const breakOff = (error: unknown) => {
      broken = error instanceof Error ? error : new Error(String(error));
      child.kill();
    };
    const tooLong = () => {
      breakOff(new CodedError('outside-failed', `${program} printed more than ${maxOutput / 2 ** 20} MiB.`));
    };
    const [stdout, stderr] = [new Output(onStdout, tooLong), new Output(onStderr, tooLong)];
    child.stdout?.on('data', (data: Buffer) => {
      stdout.add(data);
    });
    child.stderr?.on('data', (data: Buffer) => {
      stderr.add(data);
    });
    if (input !== undefined) feed(child, input).catch(breakOff);
    try {
      const exitCode = await endOf(child);
      signal.throwIfAborted();
      if (broken !== undefined) throw broken;
      return { stdout: stdout.end(), stderr: stderr.end(), exitCode };
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
 * Waits until a program and its output have ended.
 *
 * @returns the exit code; 128 plus the signal's number if a signal ended the program, as in a shell
 * @throws the error of Node.js if the program cannot be started
 */
async function endOf(child: ChildProcess): Promise<number> {
  let late: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    late = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, outputPatience);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => {
        resolve(code ?? 128 + constants.signals[by ?? 'SIGTERM']);
      });
    });
  } finally {
    clearTimeout(late);
  }
}

/**
 * Writes a stream to the standard input of a program. A program may end before the end of the stream: its exit code
 * decides.
 */
async function feed(child: ChildProcess, input: Readable): Promise<void> {
  if (child.stdin === null) return;
  await pipeline(input, child.stdin).catch((error: unknown) => {
    if (!hasEnded.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  });
}

/** The error codes of a stream whose reader has ended. */
const hasEnded: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE']);

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
