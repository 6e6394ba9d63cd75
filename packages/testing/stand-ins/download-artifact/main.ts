import { DefaultArtifactClient } from '@actions/artifact';
import { getInput } from '@actions/core';

const client = new DefaultArtifactClient();
const { artifact } = await client.getArtifact(getInput('name'));
await client.downloadArtifact(artifact.id, { path: getInput('path'), expectedHash: artifact.digest });
