import { readdir, readFile, rm, link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Another emulator, in this or another process, uses the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(folder: string, holder: Holder) {
    super(`${folder} is in use by process ${holder.pid}`);
  }
}

/** A process. Its start distinguishes it from a later process with the same id. */
interface Holder {
  readonly pid: number;
  /** The system's value for the start of the process. Empty if the system has none. */
  readonly started: string;
}

const namePattern = /^lock-(?<generation>\d+)$/;

/**
 * Locks a folder for this process until it unlocks the folder or ends, even if it is killed.
 *
 * Node has no flock, and exactly one of several processes must replace the lock file of a killed process. So lock files
 * have a generation, and the highest one is the lock. If its process is dead, others try to create the next generation,
 * and only one of them succeeds.
 *
 * @returns a function that unlocks the folder
 * @throws FolderInUse
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const own = { pid: process.pid, started: await startOf(process.pid) };
  const prepared = join(folder, `lock.${process.pid}.${crypto.randomUUID()}`);
  await writeFile(prepared, JSON.stringify(own));
  try {
    for (;;) {
      const generation = (await highest(folder)) + 1;
      const previous = await readHolder(lockFile(folder, generation - 1));
      if (previous !== undefined && (await isAlive(previous))) throw new FolderInUse(folder, previous);
      if (!(await createdFrom(prepared, lockFile(folder, generation)))) continue;
      if ((await highest(folder)) !== generation) {
        // Other processes created later generations meanwhile, and removed the file of this generation before.
        await rm(lockFile(folder, generation), { force: true });
        continue;
      }
      await sweep(folder, generation);
      return () => rm(lockFile(folder, generation), { force: true });
    }
  } finally {
    await rm(prepared, { force: true });
  }
}

function lockFile(folder: string, generation: number): string {
  return join(folder, `lock-${generation}`);
}

async function generations(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => {
    const generation = namePattern.exec(name)?.groups?.generation;
    return generation === undefined ? [] : [Number(generation)];
  });
}

async function highest(folder: string): Promise<number> {
  return Math.max(0, ...(await generations(folder)));
}

/** Creates a lock file as a hard link, which is atomic and fails if the file exists. */
async function createdFrom(prepared: string, lock: string): Promise<boolean> {
  try {
    await link(prepared, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function sweep(folder: string, generation: number): Promise<void> {
  const old = (await generations(folder)).filter((one) => one < generation);
  await Promise.all(old.map((one) => rm(lockFile(folder, one), { force: true })));
}

async function readHolder(lock: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function isAlive({ pid, started }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process is alive and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await startOf(pid)) === started;
}

/** Returns the process's start in clock ticks since boot and the boot id (proc(5)), or an empty string except on Linux. */
async function startOf(pid: number): Promise<string> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the command in parentheses, with any characters. The start is the 22nd field.
    const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot.trim()} ${afterCommand[19] ?? ''}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
