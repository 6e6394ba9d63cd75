import { DefaultArtifactClient } from '@actions/artifact';
import { getInput, getMultilineInput, setOutput } from '@actions/core';
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';

const paths = getMultilineInput('path');
const [first = ''] = paths;
// The real action uploads a single file from its folder, and several ones from their closest common folder. Here all
// files are in one folder.
const isFolder = paths.length === 1 && statSync(first).isDirectory();
const root = isFolder ? first : dirname(first);
const entries = await readdir(root, { recursive: true, withFileTypes: true });
const found = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
const files = isFolder ? found : paths.filter((file) => existsSync(file));
// The real action skips hidden files and all files in hidden folders, even if the root folder is hidden.
const isHidden = (file: string) =>
  [basename(resolve(root)), ...relative(root, file).split(sep)].some((part) => part.startsWith('.'));
const visible = files.filter((file) => !isHidden(file));
if (visible.length === 0) throw new Error(`No files were found with the provided path: ${root}`);
const client = new DefaultArtifactClient();
if (getInput('overwrite') === 'true') {
  const { artifacts } = await client.listArtifacts({ latest: true });
  if (artifacts.some((one) => one.name === getInput('name'))) await client.deleteArtifact(getInput('name'));
}
const { id, digest } = await client.uploadArtifact(getInput('name'), visible, root, {
  compressionLevel: Number(getInput('compression-level')),
  retentionDays: Number(getInput('retention-days')),
});
setOutput('artifact-id', id);
setOutput('artifact-digest', digest);
