import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Things other than a regular file at the path of a file that a step reads. Reading them would never end, or need too much memory. */
export interface OddFile {
  readonly kind: string;
  readonly make: (path: string) => void;
}

function makePipe(path: string): void {
  execFileSync('mkfifo', [path]);
}

function makeFolder(path: string): void {
  mkdirSync(path);
}

function makeHuge(path: string): void {
  writeFileSync(path, '');
  truncateSync(path, 2 ** 30);
}

function makeDeviceLink(path: string): void {
  symlinkSync('/dev/zero', path);
}

/** One of each kind that a repository may contain. */
export const oddFiles: readonly OddFile[] = [
  { kind: 'a pipe', make: makePipe },
  { kind: 'a folder', make: makeFolder },
  { kind: 'a file of 1 GiB', make: makeHuge },
];

/** A device, by a link that leads out of the repository. */
export const linkToDevice: OddFile = { kind: 'a link to a device', make: makeDeviceLink };

/** Makes an odd file, and the folders that it is in. */
export function makeOdd({ make }: OddFile, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  make(path);
}
