import { DefaultArtifactClient } from '@actions/artifact';
import { getInput } from '@actions/core';

const client = new DefaultArtifactClient();
const id = Number(getInput('artifact-ids'));
const { artifacts } = await client.listArtifacts({ latest: true });
const artifact = artifacts.find((one) => one.id === id);
if (artifact === undefined)
  throw new Error(
    `There is no artifact ${getInput('artifact-ids')} among ${artifacts.map((one) => one.id).join(', ')}`,
  );
const { digestMismatch = false } = await client.downloadArtifact(id, {
  path: getInput('path'),
  expectedHash: artifact.digest,
});
if (digestMismatch) throw new Error('The digest of the artifact does not match the expected value');
