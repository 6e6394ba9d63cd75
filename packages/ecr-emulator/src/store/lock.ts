import { readdir, readFile, rm, link, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Thrown when another process, or another emulator in this one, works on the folder. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(folder: string, holder: Holder) {
    super(`${folder} is in use by process ${holder.pid}`);
  }
}

/** A process, told apart from a later one that was given the same number. */
interface Holder {
  readonly pid: number;
  /** When it started, as the system counts; empty where the system does not tell. */
  readonly started: string;
}

const namePattern = /^lock-(?<generation>\d+)$/;

/**
 * Makes the folder this process's own until it lets go or dies, however it dies.
 *
 * Node has no flock, and a lock file that outlives a killed process must be taken over by exactly one of those
 * who find it. So a lock is never taken over: it has a generation, and the holder is the highest one. Whoever finds
 * that the holder is dead tries to create the next generation, which one of them can.
 *
 * @returns lets go of the folder
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
        // Others went through several generations since we looked: ours was free only because they swept it away.
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

/** A link is made whole or not at all, and only where nothing is: nobody reads half a lock. */
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
    // EPERM: it lives, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await startOf(pid)) === started;
}

/** The process's start in clock ticks since boot and the boot's id (proc(5)); empty elsewhere than on Linux. */
async function startOf(pid: number): Promise<string> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the command in parentheses, and may hold anything; the start is the 22nd.
    const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${boot.trim()} ${afterCommand[19] ?? ''}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
