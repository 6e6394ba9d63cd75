import { homedir } from 'node:os';

/**
 * Sets HOME, as a login would, if the job has none. Services and containers often run without it. The programs that
 * Towpath runs read HOME too: without it, docker and buildx write `.docker` into the current folder, which is the
 * workspace. A user id without an entry in the list of users has no home, and gets the folder for temporary files.
 *
 * @param temp the folder for temporary files
 * @param userHome returns the home folder of the user of this process. Throws if the user has no home folder
 */
export function ensureHome(
  env: Record<string, string | undefined>,
  temp: string,
  userHome: () => string = homedir,
): void {
  if (env.HOME !== undefined && env.HOME !== '') return;
  // os.homedir reads HOME first, also if it is empty.
  delete env.HOME;
  try {
    env.HOME = userHome();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
    env.HOME = temp;
  }
}
