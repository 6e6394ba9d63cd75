import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Returns the version in the package.json beside the program. The sources have none. */
function ownVersion(): string {
  try {
    const file = join(dirname(realpathSync(process.argv[1] ?? '')), 'package.json');
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
  } catch {
    return '0.0.0';
  }
}

/** A reader of a pipe may end early, as `head` does. */
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

void (async () => {
  const version = ownVersion();
  const args = process.argv.slice(2);
  if (args.length === 1 && ['--version', '-V'].includes(args[0] ?? '')) {
    process.stdout.write(`${version}\n`);
    return;
  }
  const { main } = await import('./program.ts');
  process.exitCode = await main(args, {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    version,
  });
})();
