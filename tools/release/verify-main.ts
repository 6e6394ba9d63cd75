import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Repository } from './git.ts';
import { verifyRelease } from './verify.ts';

const [tag] = process.argv.slice(2);
if (tag === undefined) throw new Error('usage: npm run verify-release -- vX.Y.Z');
const different = await verifyRelease(new Repository(process.cwd()), tag, rebuild);
process.exitCode = different.length === 0 ? 0 : 1;
process.stdout.write(
  different.length === 0
    ? `${tag} is what a rebuild of its sources gives, byte for byte\n`
    : `${tag} is not what a rebuild gives:\n${different.map((path) => `  ${path}\n`).join('')}`,
);

async function rebuild(root: string): Promise<void> {
  const run = promisify(execFile);
  await run('npm', ['ci'], { cwd: root });
  const env = { ...process.env, NX_DAEMON: 'false', NX_SKIP_NX_CACHE: 'true' };
  await run('npx', ['nx', 'run-many', '--target=bundle'], { cwd: root, env });
}
