import { install } from './apt.js';
import { attempt } from './child.js';
import { systemPath } from './daemon.js';

/**
 * @param {Record<string, string>} packages of the distribution, by the required program
 * @param {string} why
 */
export async function needPrograms(packages, why) {
  const missing = [];
  for (const [program, name] of Object.entries(packages)) {
    if (!(await isInstalled(program))) missing.push(name);
  }
  if (missing.length > 0) await install(missing, why);
}

/** @param {string} program that supports --version */
export async function isInstalled(program) {
  return (await attempt([program, '--version'], { env: { PATH: systemPath } })).ok;
}
