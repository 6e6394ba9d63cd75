import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesOf } from './processes.js';

describe('processesOf', () => {
  let proc = '';
  beforeEach(async () => {
    proc = await mkdtemp(join(tmpdir(), 'proc-'));
  });
  afterEach(() => rm(proc, { recursive: true }));

  async function process(pid: number, environment: Record<string, string>): Promise<void> {
    await mkdir(join(proc, String(pid)));
    const entries = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
    await writeFile(join(proc, String(pid), 'environ'), entries.join(''));
  }

  test('identifies a process of the run by its environment', async () => {
    await process(100, { PATH: '/bin', TOWPATH_RUN: '/tmp/towpath-run-a' });
    await process(101, { PATH: '/bin' });
    expect(processesOf('/tmp/towpath-run-a', proc)).toEqual([100]);
  });

  test('ignores a PID that another process has reused', async () => {
    await process(100, { TOWPATH_RUN: '/tmp/towpath-run-a' });
    await rm(join(proc, '100'), { recursive: true });
    await process(100, { PATH: '/bin' });
    expect(processesOf('/tmp/towpath-run-a', proc)).toEqual([]);
  });

  test('distinguishes runs if one name is a prefix of another, or if a value mentions a run', async () => {
    await process(100, { TOWPATH_RUN: '/tmp/towpath-run-ab' });
    await process(101, { TOWPATH_RUN: '/tmp/towpath-run-a/tmp/towpath-run-c' });
    await process(102, { NOTE: 'TOWPATH_RUN=/tmp/towpath-run-a' });
    expect(processesOf('/tmp/towpath-run-a', proc)).toEqual([]);
  });

  test('includes the processes of a run inside the run', async () => {
    await process(100, { TOWPATH_RUN: '/tmp/towpath-run-a:/tmp/towpath-run-a/tmp/towpath-run-b' });
    expect(processesOf('/tmp/towpath-run-a', proc)).toEqual([100]);
    expect(processesOf('/tmp/towpath-run-a/tmp/towpath-run-b', proc)).toEqual([100]);
  });

  test('skips processes that have ended and entries that are not processes', async () => {
    await mkdir(join(proc, '100'));
    await mkdir(join(proc, 'sys'));
    expect(processesOf('/tmp/towpath-run-a', proc)).toEqual([]);
  });

  test('finds nothing without a proc file system', () => {
    expect(processesOf('/tmp/towpath-run-a', join(proc, 'absent'))).toEqual([]);
  });
});
