import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { execute } from '../child.js';
import { writeLayout } from '../oci-layout.js';
import { SetupError } from '../say.js';

/** The OCI platforms with the architecture names of Debian and Node. */
const platforms = [
  { debian: 'amd64', node: 'x64', platform: { architecture: 'amd64', os: 'linux' } },
  { debian: 'arm64', node: 'arm64', platform: { architecture: 'arm64', os: 'linux', variant: 'v8' } },
];

/**
 * Creates busybox for both platforms from Debian's busybox-static. The same version of the package gives the
 * same bytes everywhere.
 *
 * @param {string} name
 * @param {string} layout the folder for it
 * @param {string} work a folder for intermediate files
 */
export async function debianBusybox(name, layout, work) {
  if (!existsSync('/usr/bin/apt-get'))
    throw new SetupError('apt-get is not installed.', 'Use Debian or Ubuntu.');
  const roots = await download(work);
  const native = platforms.findIndex(({ node }) => node === arch());
  const applets = await run([join(roots[native] ?? '', 'bin', 'busybox'), '--list']);
  const images = [];
  for (const [place, { platform }] of platforms.entries()) {
    const root = roots[place] ?? '';
    await furnish(root, applets.trim().split('\n'));
    images.push({ platform, ...(await pack(root)) });
  }
  const [file = ''] = (await readdir(work)).filter((entry) => entry.endsWith('.deb'));
  const version = (await run(['dpkg-deb', '--field', join(work, file), 'Version'])).trim();
  writeLayout(layout, { name, version, images });
}

/**
 * Downloads and verifies the packages with a separate apt state, so that the architectures and package lists
 * of the system do not change.
 *
 * @param {string} work
 * @returns {Promise<string[]>} the folders with the contents of the packages, one for each platform
 */
async function download(work) {
  const options = [
    ...['-o', `Dir::State=${work}`, '-o', 'Dir::State::status=/dev/null', '-o', `Dir::Cache=${work}`],
    ...['-o', `APT::Architectures=${platforms.map(({ debian }) => debian).join(',')}`],
    // apt downloads as the user _apt if root runs it, and that user may not write to the folder.
    ...['-o', 'Acquire::Languages=none', '-o', 'APT::Sandbox::User=root', '--quiet=2'],
  ];
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await run(['apt-get', ...options, 'update'], work);
  await run(
    ['apt-get', ...options, 'download', ...platforms.map(({ debian }) => `busybox-static:${debian}`)],
    work,
  );
  return Promise.all(platforms.map(({ debian }) => extract(work, debian)));
}

/**
 * @param {string} work
 * @param {string} debian
 */
async function extract(work, debian) {
  const file = (await readdir(work)).find((entry) => entry.endsWith(`_${debian}.deb`)) ?? '';
  const [content, root] = [join(work, `${debian}-package`), join(work, debian)];
  await run(['dpkg-deb', '--extract', join(work, file), content]);
  await mkdir(join(root, 'bin'), { recursive: true });
  // In Debian 13 it is in usr/bin.
  const binary = ['bin/busybox', 'usr/bin/busybox'].find((path) => existsSync(join(content, path)));
  await copyFile(join(content, binary ?? 'busybox'), join(root, 'bin', 'busybox'));
  return root;
}

/**
 * Creates the file system: the applets as links, users, and the folders that programs expect.
 *
 * @param {string} root
 * @param {string[]} applets
 */
async function furnish(root, applets) {
  for (const applet of applets.filter((one) => one !== 'busybox')) {
    await symlink('busybox', join(root, 'bin', applet));
  }
  for (const folder of ['etc', 'root', 'tmp', 'usr/bin', 'www'])
    await mkdir(join(root, folder), { recursive: true });
  await symlink('/bin/env', join(root, 'usr', 'bin', 'env'));
  await writeFile(
    join(root, 'etc', 'passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\nnobody:x:65534:\n');
  // The mode is part of the bytes and must not depend on the umask.
  await run(['chmod', '-R', 'u=rwX,go=rX', root]);
  await chmod(join(root, 'bin', 'busybox'), 0o755);
  await chmod(join(root, 'tmp'), 0o1777);
}

/** @param {string} root */
async function pack(root) {
  const tar = `${root}.tar`;
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  await run(['tar', '--format=ustar', '--sort=name', '--mtime=@0', ...owner, '-C', root, '-cf', tar, '.']);
  // Use gzip(1), because the output of Node's zlib differs between processors.
  await run(['gzip', '-9', '--no-name', '--keep', tar]);
  return { tar: await readFile(tar), gzip: await readFile(`${tar}.gz`) };
}

/**
 * @param {string[]} command
 * @param {string} [cwd]
 */
function run(command, cwd) {
  return execute(command, {
    ...(cwd ? { cwd } : {}),
    env: { LC_ALL: 'C' },
    hint: 'Add package sources with busybox-static for amd64 and arm64.',
  });
}
