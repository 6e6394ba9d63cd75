import { Repository } from './git.ts';
import { rebuild, verifyRelease } from './verify.ts';

const [tag] = process.argv.slice(2);
if (tag === undefined) throw new Error('Usage: npm run verify-release -- vX.Y.Z');
const different = await verifyRelease(new Repository(process.cwd()), tag, rebuild);
process.exitCode = different.length === 0 ? 0 : 1;
process.stdout.write(
  different.length === 0
    ? `A rebuild of ${tag} from its sources is identical, byte for byte.\n`
    : `A rebuild of ${tag} from its sources differs:\n${different.map((path) => `  ${path}\n`).join('')}`,
);
