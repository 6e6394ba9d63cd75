import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Linux capabilities in the order of their numbers (capabilities(7), linux/capability.h). */
const names = [
  ...['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP'],
  ...[
    'LINUX_IMMUTABLE',
    'NET_BIND_SERVICE',
    'NET_BROADCAST',
    'NET_ADMIN',
    'NET_RAW',
    'IPC_LOCK',
    'IPC_OWNER',
  ],
  ...[
    'SYS_MODULE',
    'SYS_RAWIO',
    'SYS_CHROOT',
    'SYS_PTRACE',
    'SYS_PACCT',
    'SYS_ADMIN',
    'SYS_BOOT',
    'SYS_NICE',
  ],
  ...[
    'SYS_RESOURCE',
    'SYS_TIME',
    'SYS_TTY_CONFIG',
    'MKNOD',
    'LEASE',
    'AUDIT_WRITE',
    'AUDIT_CONTROL',
    'SETFCAP',
  ],
  ...['MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF'],
  'CHECKPOINT_RESTORE',
].map((name) => `CAP_${name}`);

/**
 * Returns the capabilities that root lacks here, for example in a sandbox.
 *
 * @param {string} status of a process (proc(5), /proc/[pid]/status)
 * @returns {string[]}
 */
export function withheldCapabilities(status) {
  const [, mask = ''] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  const held = BigInt(`0x${mask || '0'}`);
  return names.filter((_, number) => ((held >> BigInt(number)) & 1n) === 0n);
}

/**
 * Provides an OCI runtime that requests only the available capabilities. Dockerd 20.10 requests all
 * capabilities for a privileged container, such as a BuildKit, and runc fails if one is unavailable.
 *
 * @param {string} folder for it
 * @returns {Promise<object>} the part of dockerd's configuration for it
 */
export async function confinedRuntime(folder) {
  if (withheldCapabilities(readFileSync('/proc/self/status', 'utf8')).length === 0) return {};
  const path = join(folder, 'confined-runc');
  const self = fileURLToPath(import.meta.url);
  const lines = [
    '#!/bin/sh',
    `case " $* " in *" create "*|*" exec "*) "${process.execPath}" "${self}" "$@" || exit;; esac`,
    'exec runc "$@"',
  ];
  await writeFile(path, `${lines.join('\n')}\n`);
  await chmod(path, 0o755);
  return { runtimes: { confined: { path } }, 'default-runtime': 'confined' };
}

/**
 * Removes capabilities from the process configuration of a container (OCI runtime specification, config.json,
 * process).
 *
 * @param {{ capabilities?: Record<string, string[]> }} process
 * @param {string[]} withheld
 */
export function confine(process, withheld) {
  const sets = Object.entries(process.capabilities ?? {}).map(([set, members]) => [
    set,
    members.filter((name) => !withheld.includes(name)),
  ]);
  return { ...process, capabilities: Object.fromEntries(sets) };
}

/**
 * Changes the configuration in a request to runc. To create a container, it is in the bundle; to run a process
 * later, it is a separate file.
 *
 * @param {string[]} argv of runc
 */
function confineRequest(argv) {
  /** @param {string} name */
  const optionOf = (name) => argv[argv.indexOf(name) + 1] ?? '';
  const withheld = withheldCapabilities(readFileSync('/proc/self/status', 'utf8'));
  const isExec = argv.includes('--process');
  const file = isExec ? optionOf('--process') : join(optionOf('--bundle'), 'config.json');
  const content = JSON.parse(readFileSync(file, 'utf8'));
  const confined = isExec
    ? confine(content, withheld)
    : { ...content, process: confine(content.process, withheld) };
  writeFileSync(file, JSON.stringify(confined));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) confineRequest(process.argv.slice(2));
