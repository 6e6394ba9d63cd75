import { existsSync, readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { SetupError } from './say.js';
import { isAtLeast } from './version.js';

/** The first version that runs TypeScript directly and gives http.Agent a proxy, as on a runner with node24. */
const leastNode = '24.5';

/**
 * @param {string} checkout with installed dependencies
 * @returns {string} the program
 */
export function findNode(checkout) {
  return chooseNode([
    { version: process.versions.node, program: process.execPath },
    ...packagedNode(checkout),
  ]);
}

/**
 * @param {{ version: string, program: string }[]} candidates the preferred first
 * @returns {string} the program of the first that is recent enough
 */
export function chooseNode(candidates) {
  const chosen = candidates.find(({ version }) => isAtLeast(version, leastNode));
  if (chosen) return chosen.program;
  throw new SetupError(
    `Node.js ${leastNode} or newer is required. This machine has ${candidates.map(({ version }) => version).join(' and ')}.`,
    'Install a newer Node.js (https://nodejs.org/en/download).',
  );
}

/** @param {string} checkout */
function packagedNode(checkout) {
  const folder = join(checkout, 'node_modules', `node-${platform()}-${arch()}`);
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return [];
  return [
    { version: JSON.parse(readFileSync(manifest, 'utf8')).version, program: join(folder, 'bin', 'node') },
  ];
}
