import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  InvalidLayerPartException,
  UploadLayerPartCommand,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { digestOf } from '@towpath/reference';
import { beforeEach, expect, test } from '@jest/globals';
import type { Emulator } from '../emulator.ts';
import { ecrClient, start } from '../harness/emulator.ts';
import { refusalOf } from '../harness/refusal.ts';
import { imageOf, push, registryClient } from '../harness/registry.ts';

const repositoryName = 'app';
let emulator: Emulator;
let ecr: ECRClient;

beforeEach(async () => {
  emulator = await start();
  ecr = ecrClient(emulator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
});

async function begin(): Promise<string> {
  const { uploadId = '' } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  return uploadId;
}

function part(uploadId: string, first: number, bytes: Buffer): UploadLayerPartCommand {
  return new UploadLayerPartCommand({
    repositoryName,
    uploadId,
    partFirstByte: first,
    partLastByte: first + bytes.length - 1,
    layerPartBlob: bytes,
  });
}

test('uploads a layer in parts', async () => {
  const [one, two] = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.from('tail')];
  const digest = digestOf(Buffer.concat([one, two]));
  const uploadId = await begin();
  expect(await ecr.send(part(uploadId, 0, one))).toMatchObject({ lastByteReceived: one.length - 1 });
  await ecr.send(part(uploadId, one.length, two));
  const done = await ecr.send(
    new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }),
  );
  expect(done.layerDigest).toBe(digest);
  const missing = digestOf('missing');
  const { layers, failures } = await ecr.send(
    new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [digest, missing, 'no digest'] }),
  );
  expect(layers).toEqual([
    expect.objectContaining({
      layerDigest: digest,
      layerAvailability: 'AVAILABLE',
      layerSize: one.length + two.length,
    }),
    { layerDigest: missing, layerAvailability: 'UNAVAILABLE' },
  ]);
  expect(failures).toEqual([expect.objectContaining({ failureCode: 'InvalidLayerDigest' })]);
});

test('rejects a part that does not follow the last one, with the last valid byte', async () => {
  const uploadId = await begin();
  await ecr.send(part(uploadId, 0, Buffer.from('12345')));
  const error = await ecr.send(part(uploadId, 0, Buffer.from('12345'))).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidLayerPartException);
  expect(error).toMatchObject({ lastValidByteReceived: 4, uploadId, repositoryName });
});

test('rejects completing an upload without bytes or with another digest', async () => {
  const uploadId = await begin();
  const complete = (id: string, text: string): CompleteLayerUploadCommand =>
    new CompleteLayerUploadCommand({ repositoryName, uploadId: id, layerDigests: [digestOf(text)] });
  expect(await refusalOf(ecr.send(complete(uploadId, '')))).toMatchObject({ name: 'EmptyUploadException' });
  await ecr.send(part(uploadId, 0, Buffer.from('bytes')));
  expect(await refusalOf(ecr.send(complete(uploadId, 'other')))).toMatchObject({
    name: 'InvalidLayerException',
  });
  expect(await refusalOf(ecr.send(complete(uploadId, 'bytes')))).toMatchObject({
    name: 'UploadNotFoundException',
  });
});

test('rejects an upload of an existing layer', async () => {
  const upload = async (): Promise<string> => {
    const uploadId = await begin();
    await ecr.send(part(uploadId, 0, Buffer.from('bytes')));
    const layerDigests = [digestOf('bytes')];
    await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
    return uploadId;
  };
  await upload();
  expect(await refusalOf(upload())).toMatchObject({ name: 'LayerAlreadyExistsException' });
});

test('allows a download only for layers of an image', async () => {
  const image = imageOf('layer');
  const layerDigest = digestOf('layer');
  const download = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest });
  expect(await refusalOf(ecr.send(download))).toMatchObject({ name: 'LayersNotFoundException' });
  const uploadId = await begin();
  await ecr.send(part(uploadId, 0, Buffer.from('layer')));
  await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [layerDigest] }));
  expect(await refusalOf(ecr.send(download))).toMatchObject({ name: 'LayerInaccessibleException' });
  await push(await registryClient(emulator), repositoryName, 'v1', image);
  const { downloadUrl = '' } = await ecr.send(download);
  expect(await (await fetch(downloadUrl)).text()).toBe('layer');
});
