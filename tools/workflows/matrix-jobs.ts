/**
 * Rewrites `join(fromJSON(toJSON(needs.JOB.outputs)).*, '')`, because act does not know `.*` of an object (0.2.89, pkg/exprparser). GitHub
 * makes a list of the values of the object (GitHub docs, "Object filters").
 */
export function spellOutFilters(workflow: string): string {
  return workflow.replaceAll(
    /join\(fromJSON\(toJSON\(needs\.(?<job>[\w-]+)\.outputs\)\)\.\*, ''\)/g,
    (_, job: string) => {
      const outputs = outputsOf(jobOf(workflow, job)).map((output) => `needs.${job}.outputs.${output}`);
      return `format('${outputs.map((_output, index) => `{${index}}`).join('')}', ${outputs.join(', ')})`;
    },
  );
}

/**
 * Rewrites a job with a matrix into one job for each row, and a job of its name that joins their outputs.
 *
 * act evaluates `runs-on` and the outputs of a matrix only in its first job (0.2.89, pkg/runner). GitHub evaluates them
 * in each job, and the last non-empty value of an output wins (GitHub docs, "Reuse workflows").
 *
 * @param name the job, whose matrix is the output `matrix` of the job `plan`
 * @param rows the number of rows that the plan has
 */
export function spellOutMatrix(workflow: string, name: string, rows: number): string {
  const job = jobOf(workflow, name);
  const plain = job.replace(/^ {4}strategy:\n(?: {6}.*\n)+/m, '');
  if (plain === job) throw new Error(`the job ${name} has no matrix`);
  const names = Array.from({ length: rows }, (_, index) => `${name}-${index}`);
  const spelt = names.map((one, index) =>
    plain
      .replace(`  ${name}:`, `  ${one}:`)
      .replaceAll(/(?<![\w.])matrix\./g, `fromJSON(needs.plan.outputs.matrix).include[${index}].`),
  );
  const joined = outputsOf(job).map((output) => {
    const values = names.map((one) => `needs.${one}.outputs.${output}`);
    return `      ${output}: \${{ ${values.join(' || ')} }}`;
  });
  const collector = [
    `  ${name}:`,
    `    needs: [${names.join(', ')}]`,
    '    runs-on: ubuntu-latest',
    '    outputs:',
    ...joined,
    '    steps:',
    "      - run: 'true'\n\n",
  ].join('\n');
  return workflow.replace(job, () => `${spelt.join('')}${collector}`);
}

function jobOf(workflow: string, name: string): string {
  return new RegExp(`^ {2}${name}:\\n(?:(?: {4}.*)?\\n)+`, 'm').exec(workflow)?.[0] ?? '';
}

function outputsOf(job: string): readonly string[] {
  return [...job.matchAll(/^ {6}(?<output>row-\d+):/gm)].map(({ groups }) => groups?.output ?? '');
}
