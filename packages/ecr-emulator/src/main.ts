import { setFlagsFromString } from 'node:v8';
import type { Emulator, EmulatorOptions } from './emulator.ts';
import { parseOptions, usage, UsageError } from './options.ts';
import { FolderInUse } from './store/lock.ts';

// Layers are streamed in chunks of 64 KiB, which become garbage. A small young generation frees them early. Set the flags
// before the import, because loading modules makes the young generation grow.
setFlagsFromString('--max-semi-space-size=2');
setFlagsFromString('--semi-space-growth-factor=1');
const { startEmulator } = await import('./emulator.ts');

/** Exits with a message and without a stack, for errors that the user can fix. */
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
