import { existsSync, readFileSync } from 'node:fs';
import { execute } from '../child.js';
import { systemPath } from '../daemon.js';

/**
 * Unmounts everything below a folder. Otherwise removing the folder would remove the mounted files.
 *
 * @param {string} folder
 */
export async function unmountUnder(folder) {
  const file = '/proc/self/mountinfo';
  if (!existsSync(file)) return;
  for (const point of mountsUnder(folder, readFileSync(file, 'utf8'))) {
    await execute(['umount', point], {
      env: { PATH: systemPath },
      hint: `Stop the process that uses ${point}, and unmount the folder yourself.`,
    });
  }
}

/**
 * @param {string} folder
 * @param {string} mountinfo see proc_pid_mountinfo(5): the fifth field is the mount point, with octal escapes
 * @returns {string[]} the last mounted first
 */
export function mountsUnder(folder, mountinfo) {
  return mountinfo
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point.startsWith(`${folder}/`))
    .reverse();
}
