import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// Every test starts a set-up, and one of them starts two engines.
jest.setTimeout(60_000);

const main = fileURLToPath(new URL('./main.js', import.meta.url));

/** Tests that identify the processes of a run through the proc file system. */
const onLinux = process.platform === 'linux' ? test : test.skip;

/** Tests for set-up's own engine, which `npm test` uses on a machine without Docker. */
const withOwnEngine = process.env.BUILDX_BUILDER === 'towpath' ? test : test.skip;

let temporary = '';
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 's-'));
});
afterEach(() => rm(temporary, { recursive: true }));

function start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [main, ...args], {
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = start(args, env);
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return { status: child.exitCode, stdout, stderr };
}

/** Returns the next output of a process, which is one line in these tests. */
async function nextLine(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return line.toString().trim();
}

async function isAlive(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tX (dead)');
  return !/^State:\s+[XZ]/m.test(status);
}

describe('the command', () => {
  test('has stdout for itself, and set-up exits with its status', async () => {
    const { status, stdout } = await run(['--', 'sh', '-c', 'echo out; exit 7']);
    expect({ status, stdout }).toEqual({ status: 7, stdout: 'out\n' });
  });

  test('has a Node that runs TypeScript', async () => {
    await writeFile(join(temporary, 'typed.ts'), 'const answer: number = 42;\nconsole.log(answer);\n');
    expect((await run(['--', 'node', join(temporary, 'typed.ts')])).stdout).toBe('42\n');
  });

  test('has a temporary folder that is removed when it ends', async () => {
    const { stdout } = await run(['--', 'sh', '-c', 'touch $TMPDIR/file && echo $TMPDIR']);
    expect(stdout).toContain(join(temporary, 'towpath-run-'));
    expect(await readdir(temporary)).toEqual([]);
  });

  test('gets the signals that set-up gets, and time to handle them', async () => {
    const child = start([
      '--',
      'sh',
      '-c',
      'trap "sleep 0.2; echo ended; exit 3" TERM; echo ready; sleep 60 & wait',
    ]);
    expect(await nextLine(child)).toBe('ready');
    child.kill('SIGTERM');
    expect(await text(child.stdout)).toBe('ended\n');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(3);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('is named in the error message if there is no such program', async () => {
    const { status, stderr } = await run(['--', 'no-such-program']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^set-up: no-such-program cannot be started: .*ENOENT\.\nCheck the command\.\n$/);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('runs without preparation if TOWPATH_SETUP is off', async () => {
    const off = { TOWPATH_SETUP: 'off', TOWPATH_RUN: undefined };
    const { status, stdout } = await run(['--engine', '--', 'sh', '-c', 'echo "$TMPDIR,$TOWPATH_RUN"'], off);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${temporary},\n` });
  });
});

describe('processes that are left running', () => {
  onLinux('ends with the command', async () => {
    const { status, stdout, stderr } = await run(['--', 'sh', '-c', 'setsid sleep 60 >&- 2>&- & echo $!']);
    expect(status).toBe(0);
    expect(await isAlive(stdout.trim())).toBe(false);
    expect(stderr).toBe('set-up: stopped 1 process that the command left running\n');
  });

  onLinux('by a set-up that was killed, is ended and removed by the next', async () => {
    const killed = start(['--', 'sh', '-c', 'sleep 60 & echo $!; wait']);
    const pid = await nextLine(killed);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await isAlive(pid)).toBe(true);
    expect(await readdir(temporary)).toHaveLength(1);

    // A separate process holds the lock of the killed set-up and exits a moment later.
    let said = '';
    while (said === '') said = (await run(['--', 'true'])).stderr;
    expect(said).toMatch(
      /^set-up: cleaned up after a run that was killed: stopped 2 processes, removed .*\n$/,
    );
    expect(await isAlive(pid)).toBe(false);
    expect(await readdir(temporary)).toEqual([]);
  });

  onLinux('ends when npm is killed, which started it all', async () => {
    const script = `"${process.execPath}" "${main}" -- sh -c 'sleep 60 & echo $!; wait'; true`;
    const npm = spawn('sh', ['-c', 'sh -c "$SCRIPT"; true'], {
      env: { ...process.env, TMPDIR: temporary, npm_lifecycle_event: 'test', SCRIPT: script },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const pid = await nextLine(npm);
    npm.kill('SIGKILL');
    while (await isAlive(pid)) await wait(50);
    while ((await readdir(temporary)).length > 0) await wait(50);
  });

  onLinux('by a set-up that is still there, is left alone', async () => {
    const other = start(['--', 'sh', '-c', 'sleep 60 & echo $!; wait']);
    const pid = await nextLine(other);
    const { stderr } = await run(['--', 'true']);
    expect(stderr).toBe('');
    expect(await isAlive(pid)).toBe(true);
    other.kill('SIGTERM');
    await once(other, 'exit');
    expect(await isAlive(pid)).toBe(false);
  });

  withOwnEngine('by a build whose engine was killed, is ended by the next run with an engine', async () => {
    const own = { BUILDX_BUILDER: undefined, BUILDX_CONFIG: undefined, DOCKER_CONFIG: undefined };
    const base = process.env.TOWPATH_BASE_IMAGES ?? '';
    // A different build each time, because BuildKit would reuse the last result.
    await writeFile(join(temporary, 'Dockerfile'), `FROM base\nRUN echo ${temporary}; exec sleep 6543\n`);
    const build = ['buildx', 'build', '--build-context', `base=oci-layout://${base}:busybox`, temporary];
    const killed = start(['--engine', '--', ...build], own);
    const container = await sleeping(6543);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await isAlive(container)).toBe(true);

    const { status } = await run(['--engine', '--', 'true'], own);
    expect(status).toBe(0);
    expect(await isAlive(container)).toBe(false);
    expect(await readdir(temporary)).toEqual(['Dockerfile']);
  });
});

/** Returns the PID of the container that sleeps for the given seconds, once it runs. */
async function sleeping(seconds: number): Promise<string> {
  for (;;) {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (command === `sleep\0${seconds}\0`) return pid;
    }
    await wait(50);
  }
}
