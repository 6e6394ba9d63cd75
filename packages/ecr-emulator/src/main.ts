import { setFlagsFromString } from 'node:v8';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { parseOptions, usage, UsageError } from './options.ts';
import { FolderInUse } from './store/lock.ts';

// Layers pass through as garbage, 64 KiB a piece. A young generation that stays small gives it back soon; it has to be
// told so before the modules that are loaded make it grow.
setFlagsFromString('--max-semi-space-size=2');
setFlagsFromString('--semi-space-growth-factor=1');
const { startEmulator } = await import('./emulator.ts');

/** Ends the process with one message, in place of a stack, for what whoever started it can mend. */
function fail(status: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

function options(): EmulatorOptions {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    if (error instanceof UsageError) fail(2, `${error.message}\n${usage}`);
    throw error;
  }
}

async function start(): Promise<Emulator> {
  const given = options();
  try {
    return await startEmulator(given);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof FolderInUse || code === 'EADDRINUSE') fail(1, (error as Error).message);
    throw error;
  }
}

const emulator = await start();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void emulator.close().then(() => process.exit(0)));
}
const { api, registries, ecrPublic, data } = emulator;
process.stdout.write(`${JSON.stringify({ api, registries, ecrPublic, data, pid: process.pid })}\n`);
