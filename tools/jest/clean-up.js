import { rm } from 'node:fs/promises';
import { preparedFolder } from './prepare.js';

/** Removes what was prepared for this run of the tests. */
async function cleanUp() {
  const folder = process.env[preparedFolder];
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

// Jest takes its teardown from nowhere else.
export { cleanUp as default };
