import { DefaultArtifactClient } from '@actions/artifact';
import { getInput } from '@actions/core';
import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';

const root = getInput('path');
const entries = await readdir(root, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
// The real one leaves hidden files out, and what is in hidden folders, even when the root itself is one.
const isHidden = (file: string) =>
  [basename(root), ...relative(root, file).split(sep)].some((part) => part.startsWith('.'));
const visible = files.filter((file) => !isHidden(file));
if (visible.length === 0) throw new Error(`No files were found with the provided path: ${root}`);
await new DefaultArtifactClient().uploadArtifact(getInput('name'), visible, root, {
  compressionLevel: Number(getInput('compression-level')),
  retentionDays: Number(getInput('retention-days')),
});
