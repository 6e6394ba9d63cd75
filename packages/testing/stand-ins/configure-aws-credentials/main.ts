import { exportVariable, getIDToken, getInput, setSecret } from '@actions/core';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const region = getInput('aws-region');
// GitHub knows the job by the token of the request. All jobs of a local run have the same token.
const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', GITHUB_JOB: job = '' } = process.env;
process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `${url}&job=${job}`;
const { Credentials } = await new STSClient({ region }).send(
  new AssumeRoleWithWebIdentityCommand({
    RoleArn: getInput('role-to-assume'),
    RoleSessionName: 'GitHubActions',
    WebIdentityToken: await getIDToken('sts.amazonaws.com'),
  }),
);
const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
for (const secret of [AccessKeyId, SecretAccessKey, SessionToken]) setSecret(secret);
for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION']) exportVariable(name, region);
exportVariable('AWS_ACCESS_KEY_ID', AccessKeyId);
exportVariable('AWS_SECRET_ACCESS_KEY', SecretAccessKey);
exportVariable('AWS_SESSION_TOKEN', SessionToken);
