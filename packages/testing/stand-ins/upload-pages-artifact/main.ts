import { DefaultArtifactClient } from '@actions/artifact';
import { getInput } from '@actions/core';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const folder = getInput('path', { required: true });
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
// Pages rejects links, and serves index.html.
const odd = entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).map(({ name }) => name);
if (odd.length > 0) throw new Error(`The folder has links or devices: ${odd.join(', ')}`);
const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
if (!files.includes(join(folder, 'index.html'))) throw new Error(`${folder} has no index.html`);
await new DefaultArtifactClient().uploadArtifact('github-pages', files, folder);
