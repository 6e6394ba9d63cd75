import { startEmulator, type Emulator, type EmulatorOptions } from './emulator.ts';
import { parseOptions, usage, UsageError } from './options.ts';
import { FolderInUse } from './store/lock.ts';

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
const { api, registries, data } = emulator;
process.stdout.write(`${JSON.stringify({ api, registries, data, pid: process.pid })}\n`);
