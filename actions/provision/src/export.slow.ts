import { expect, jest } from '@jest/globals';
import { output, testWith } from '@towpath/testing/clients';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { join } from 'node:path';
import { exportFiles } from './export.ts';
import { exportedRegistry, full, plain, settings } from './harness/states.ts';

jest.setTimeout(120_000);

const folder = process.env.TOWPATH_CFN_LINT ?? '';
const withLint = testWith('cfn-lint', ['test', '-d', join(folder, 'cfnlint')]);

/** Checks templates. @throws Error if cfn-lint has findings */
async function lint(...texts: string[]): Promise<void> {
  const workspace = temporaryFolder();
  const files = texts.map((text, index) => [`${index}.template.json`, text] as const);
  writeFiles(workspace, Object.fromEntries(files));
  const templates = files.map(([name]) => join(workspace, name));
  await output(['python3', join(folder, 'bin', 'cfn-lint'), ...templates], { env: { PYTHONPATH: folder } });
}

withLint(
  'cfn-lint accepts the exported template with all settings of repositories and of the registry',
  async () => {
    const empty = { replication: [], scanning: { type: 'BASIC' as const, onPush: [], continuous: [] } };
    const files = [settings, empty].flatMap((state) =>
      exportFiles('cloudformation', [full, plain], exportedRegistry(state)),
    );
    await lint(...files.map(({ text }) => text));
  },
);

withLint('cfn-lint rejects a template with a property that ECR does not have', async () => {
  const [file] = exportFiles('cloudformation', [plain]);
  const text = (file?.text ?? '').replace('"RepositoryName"', '"RepositoryNam"');
  await expect(lint(text)).rejects.toThrow(/Command failed/);
});
