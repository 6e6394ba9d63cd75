import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowRun } from './act.ts';
import type { Scene } from './scene.ts';

export interface Image {
  readonly name: string;
  readonly digest: string;
}

/** Runs main.yml for a push of the current checkout. */
export async function push(scene: Scene, attempt = 1): Promise<WorkflowRun> {
  const after = await scene.checkout.revision();
  return scene.run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after }, attempt });
}

/**
 * Returns the output `images` of the exemplar's build job, which has a role because its base images are private.
 */
export function builtBy({ outputs }: WorkflowRun): readonly Image[] {
  return JSON.parse(outputs.get('build-with-role/build/images') ?? '[]') as readonly Image[];
}

/** A configuration whose images are each built in a job without a role. */
export const simple = `registry: ssm:/account/ecr/main/registry
images: { reconcile: { context: plain }, web: { context: plain, args: { NAME: web } } }
environments: { staging: { from: build }, prod: { from: staging } }
gate: { fail-on: critical }
`;

/** Replaces the exemplar's images by images without a private base, and changes the call of the pipeline. */
export async function simplify(
  { checkout }: Scene,
  call: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { folder } = checkout;
  await mkdir(join(folder, 'plain'), { recursive: true });
  await writeFile(
    join(folder, 'plain/Dockerfile'),
    'FROM scratch\nARG NAME\nLABEL name=$NAME\nCOPY Dockerfile /\n',
  );
  await writeFile(join(folder, 'towpath.yaml'), simple);
  const main = join(folder, '.github/workflows/main.yml');
  const inputs = Object.entries(call).map(([name, value]) => `\n      ${name}: ${value}`);
  const text = await readFile(main, 'utf8');
  await writeFile(main, text.replace(/\n +build-role: .*/, inputs.join('')));
  await checkout.commit('Build without a role');
}

/** The input of the pipeline for the files of the job that `generateBefore` adds. */
export const generatedFiles = { 'generated-files': '${{ needs.generate.outputs.artifact }}' };

/** Adds a job before the pipeline that generates a file of a build context, which no commit contains. */
export async function generateBefore({ checkout }: Scene, context: string): Promise<void> {
  const { folder } = checkout;
  const edit = async (path: string, change: (text: string) => string) => {
    await writeFile(join(folder, path), change(await readFile(join(folder, path), 'utf8')));
  };
  await edit(`${context}/Dockerfile`, (text) => `${text}COPY generated.txt /\n`);
  await edit('.github/workflows/main.yml', (text) =>
    text.replace(
      'jobs:\n  deliver:\n',
      `jobs:
  generate:
    runs-on: ubuntu-latest
    outputs:
      artifact: \${{ steps.upload.outputs.artifact-id }}
    steps:
      - run: mkdir -p out/${context} && echo generated > out/${context}/generated.txt
      - id: upload
        uses: actions/upload-artifact@v7
        with:
          name: generated-\${{ github.sha }}
          path: out
  deliver:
    needs: generate
`,
    ),
  );
  await checkout.commit('Generate a file');
}
