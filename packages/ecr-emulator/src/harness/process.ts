import { afterEach } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An emulator in its own process, as started by `npm run emulator`. */
export interface EmulatorProcess {
  readonly child: ChildProcess;
  /** The announced addresses. Undefined if the process ended before. */
  readonly ready: Announcement | undefined;
  readonly stderr: () => string;
  /** Ends the process with a signal. @returns its exit code, or the signal that killed it */
  readonly end: (signal: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>;
}

/** The line of JSON that the emulator prints once it is ready. */
export interface Announcement {
  readonly api: string;
  readonly registries: readonly { readonly account: string; readonly region: string; readonly url: string }[];
  readonly ecrPublic: { readonly url: string; readonly aliases: Readonly<Record<string, string>> };
  readonly data: string;
  readonly pid: number;
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const running = new Set<ChildProcess>();

afterEach(async () => {
  await Promise.all([...running].map((child) => kill(child, 'SIGKILL')));
  running.clear();
});

/** Starts the emulator and waits until it is ready or has ended. */
export async function startProcess(...args: string[]): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      if (stdout.endsWith('\n')) resolve();
    });
    child.once('error', reject);
    child.once('close', () => {
      resolve();
    });
  });
  return {
    child,
    ready: stdout === '' ? undefined : (JSON.parse(stdout) as Announcement),
    stderr: () => stderr,
    end: (signal) => kill(child, signal),
  };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
  return child.exitCode ?? child.signalCode;
}
