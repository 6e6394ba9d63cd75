import type { Stage } from '@towpath/stage';
import type { DemoReport } from './story.ts';

/** Returns commands to inspect the registries while the emulator runs. */
export async function describeTour({ prod, emulator }: Stage, { images }: DemoReport): Promise<string> {
  const [image] = images;
  const url = emulator.registries.find(({ account }) => account === prod.id)?.url ?? '';
  const host = new URL(url).host;
  const [user = '', password = ''] = (await prod.login()).split(':');
  const reference = `${host}/${image?.repository ?? ''}:prod-1.0.0`;
  // Version 1 of the AWS CLI reads the region from AWS_DEFAULT_REGION alone, and version 2 no address before 2.13.
  const variables = { ...prod.credentials, AWS_DEFAULT_REGION: prod.credentials.AWS_REGION ?? '' };
  const credentials = Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  return `The emulator runs until you press Ctrl-C. In another terminal, use the account of production:

  export ${credentials}
  export PASSWORD=${password}

  aws --endpoint-url ${emulator.api} ecr describe-images --repository-name ${image?.repository ?? ''}
  skopeo inspect --tls-verify=false --creds "${user}:$PASSWORD" docker://${reference}
  echo "$PASSWORD" | docker login --username ${user} --password-stdin ${host}
  docker pull ${reference}
`;
}
