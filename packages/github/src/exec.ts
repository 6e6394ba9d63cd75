import { CodedError } from '@towpath/errors';
import type { Exec } from '@towpath/flow';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';

/**
 * Runs programs of this machine. The runner cancels a step by a signal to node alone (actions/runner,
 * ProcessInvoker.cs): a cancelled run asks its programs to end, waits for them, and throws the signal's reason.
 */
export function executor(signal: AbortSignal): Exec {
  return async (program, args, { env, cwd, onStdout, onStderr } = {}) => {
    signal.throwIfAborted();
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = () => {
      child.kill();
      // A program of the program's own may hold them open for longer.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    signal.addEventListener('abort', stop);
    const ended = ending(child, (cause) => cannotStart(program, cwd, cause));
    try {
      const texts = await Promise.all([
        readLines(child.stdout, onStdout),
        readLines(child.stderr, onStderr),
        ended,
      ]);
      return { stdout: texts[0], stderr: texts[1], exitCode: texts[2] };
    } catch (error) {
      if (signal.aborted) await ended;
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** The exit code; 128 and the signal's number where a signal ended the program, as shells have it. */
function ending(child: ChildProcess, describe: (cause: NodeJS.ErrnoException) => Error): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(describe(cause));
    });
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}

/** The whole text; its lines as they come, the last one also without a line end. */
async function readLines(stream: Readable, onLine?: (line: string) => void): Promise<string> {
  let text = '';
  let line = '';
  for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    const [first = '', ...more] = chunk.split('\n');
    line += first;
    for (const next of more) {
      onLine?.(line.replace(/\r$/, ''));
      line = next;
    }
  }
  if (line !== '') onLine?.(line);
  return text;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist, or is not on PATH',
  EACCES: 'it is not executable',
};

function cannotStart(program: string, cwd: string | undefined, cause: NodeJS.ErrnoException): CodedError {
  const reason =
    cwd !== undefined && !existsSync(cwd)
      ? `its working folder ${cwd} does not exist`
      : (reasons[cause.code ?? ''] ?? cause.message);
  return new CodedError('program-missing', `${program} cannot be started: ${reason}.`, {
    hint: 'Install it in a step before this one, or use a runner that has it.',
    cause,
  });
}
