import { Repository } from './git.ts';
import { rebuild, verifyRelease } from './verify.ts';

const [tag] = process.argv.slice(2);
if (tag === undefined) throw new Error('usage: npm run verify-release -- vX.Y.Z');
const different = await verifyRelease(new Repository(process.cwd()), tag, rebuild);
process.exitCode = different.length === 0 ? 0 : 1;
process.stdout.write(
  different.length === 0
    ? `${tag} is what a rebuild of its sources gives, byte for byte\n`
    : `${tag} is not what a rebuild gives:\n${different.map((path) => `  ${path}\n`).join('')}`,
);
