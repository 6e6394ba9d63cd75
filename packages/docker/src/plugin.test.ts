import { expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pluginProgram } from './plugin.ts';

/** A plugin that no machine has, so that the folders of the system do not matter. */
const name = 'towpath-test';

function folderWith(files: readonly string[], mode = 0o755): string {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(files.map((file) => [file, '#!/bin/sh\n'])));
  for (const file of files) chmodSync(join(folder, file), mode);
  return folder;
}

function configure(folder: string, content: unknown): void {
  writeFiles(folder, { 'config.json': typeof content === 'string' ? content : JSON.stringify(content) });
}

const ofUser = `cli-plugins/docker-${name}`;

test('finds a plugin of the user', async () => {
  const folder = folderWith([ofUser]);
  expect(await pluginProgram(name, { DOCKER_CONFIG: folder })).toBe(join(folder, ofUser));
});

test('prefers a plugin in a folder of the configuration', async () => {
  const [folder, extra] = [folderWith([ofUser]), folderWith([`docker-${name}`])];
  configure(folder, { cliPluginsExtraDirs: ['/missing', extra] });
  expect(await pluginProgram(name, { DOCKER_CONFIG: folder })).toBe(join(extra, `docker-${name}`));
});

test('finds a plugin through a symbolic link, as Docker Desktop installs it', async () => {
  const [folder, target] = [temporaryFolder(), folderWith(['buildx'])];
  mkdirSync(join(folder, 'cli-plugins'));
  symlinkSync(join(target, 'buildx'), join(folder, ofUser));
  expect(await pluginProgram(name, { DOCKER_CONFIG: folder })).toBe(join(folder, ofUser));
});

test.each(['{', { cliPluginsExtraDirs: 'no list' }, { cliPluginsExtraDirs: [1, '.', 'cli-plugins'] }])(
  'finds a plugin of the user although the configuration is %j',
  async (content) => {
    const home = temporaryFolder();
    const folder = join(home, '.docker');
    writeFiles(home, { [`.docker/${ofUser}`]: '' });
    chmodSync(join(folder, ofUser), 0o755);
    configure(folder, content);
    expect(await pluginProgram(name, { HOME: home })).toBe(join(folder, ofUser));
  },
);

test.each([
  ['is a folder', () => folderWith([`${ofUser}/docker-${name}`])],
  ['cannot be executed', () => folderWith([ofUser], 0o644)],
  ['is missing', () => '/missing'],
])('finds no plugin that %s', async (_, folder) => {
  expect(await pluginProgram(name, { DOCKER_CONFIG: folder() })).toBeUndefined();
});
