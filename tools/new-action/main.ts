import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { actionFiles } from './files.ts';

const usage = 'npm run new-action -- NAME "Does something with images."';

const [name = '', description = ''] = process.argv.slice(2);
const problems = [
  ...(/^[a-z]+(?:-[a-z]+)*$/.test(name) ? [] : [`The name ${JSON.stringify(name)} is not like scan-gate.`]),
  ...(existsSync(`actions/${name}/package.json`) ? [`actions/${name} exists.`] : []),
  ...(/^[A-Z][^\n"]*\.$/.test(description)
    ? []
    : ['The description is not one sentence that ends with a period.']),
];
if (problems.length > 0) {
  process.stderr.write(`${[...problems, `Usage: ${usage}`].join('\n')}\n`);
  process.exitCode = 1;
} else {
  for (const [path, text] of actionFiles({ name, description, order: lastOrder() + 1 })) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
  }
  process.stdout.write(`Wrote actions/${name}, an action that lists the images of the configuration. Next:

  npm install                        # links the new package
  npm test -- actions/${name}
  npm run docs                       # writes the tables of the README

Add a line for the command line to packages/cli/src/action-commands.ts, the name to .github/ISSUE_TEMPLATE/bug.yml, and a
file to .changeset.
`);
}

/** Returns the highest `towpath.order` of an action. */
function lastOrder(): number {
  const orders = globSync('actions/*/package.json').map((file) => {
    const { towpath } = JSON.parse(readFileSync(file, 'utf8')) as { towpath?: { order?: number } };
    return towpath?.order ?? 0;
  });
  return Math.max(0, ...orders);
}
