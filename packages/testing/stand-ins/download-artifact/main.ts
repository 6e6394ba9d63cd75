import { DefaultArtifactClient } from '@actions/artifact';
import { getInput } from '@actions/core';
import { join } from 'node:path';

const client = new DefaultArtifactClient();
const ids = getInput('artifact-ids')
  .split(',')
  .filter((id) => id.trim() !== '')
  .map(Number);
const path = getInput('path');
const { artifacts } = await client.listArtifacts({ latest: true });
// All runs of a test have the same store, so the input run-id has no effect.
const name = getInput('name');
if (name !== '') {
  const named = artifacts.find((one) => one.name === name);
  if (named === undefined) throw new Error(`There is no artifact ${name}`);
  ids.push(named.id);
}
for (const id of ids) {
  const artifact = artifacts.find((one) => one.id === id);
  if (artifact === undefined)
    throw new Error(`There is no artifact ${id} among ${artifacts.map((one) => one.id).join(', ')}`);
  const { digestMismatch = false } = await client.downloadArtifact(id, {
    path: ids.length === 1 ? path : join(path, artifact.name),
    expectedHash: artifact.digest,
  });
  if (digestMismatch) throw new Error('The digest of the artifact does not match the expected value');
}
