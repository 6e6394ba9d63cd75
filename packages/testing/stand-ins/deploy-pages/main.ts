import { DefaultArtifactClient } from '@actions/artifact';
import { setOutput } from '@actions/core';

const { artifacts } = await new DefaultArtifactClient().listArtifacts({ latest: true });
if (!artifacts.some(({ name }) => name === 'github-pages'))
  throw new Error('No artifacts named "github-pages" were found for this workflow run');
setOutput('page_url', 'https://acme.github.io/payroll/');
