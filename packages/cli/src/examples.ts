/** A command line, and what it is for. */
export interface Example {
  /** A sentence without a full stop. */
  readonly purpose: string;
  /** Without the program, as in a POSIX shell. Only single quotes. */
  readonly line: string;
}

/** Examples of each command, the most common one first. */
export const examples: Readonly<Record<string, readonly Example[]>> = {
  lint: [
    { purpose: 'Check the Dockerfiles of all images', line: 'lint' },
    {
      purpose: 'Check every Dockerfile, and fix what is mechanical',
      line: "lint --files '**/Dockerfile' --fix",
    },
  ],
  matrix: [{ purpose: 'Plan the builds of what changed since main', line: 'matrix --base origin/main' }],
  build: [
    { purpose: 'Build all images', line: 'build' },
    {
      purpose: 'Build one image for two platforms',
      line: 'build --only web --platforms linux/amd64,linux/arm64',
    },
    { purpose: 'Reuse images of the same inputs that are at most a week old', line: 'build --reuse 7d' },
  ],
  publish: [
    { purpose: 'Show what would be published', line: 'publish --version 1.4.0 --dry-run' },
    { purpose: 'Publish the image set', line: 'publish --version 1.4.0' },
  ],
  'scan-gate': [
    { purpose: 'Judge a published version', line: 'scan-gate --version 1.4.0' },
    { purpose: 'Judge what production runs now', line: 'scan-gate --environment prod --report-only' },
    {
      purpose: 'Judge the image set by a report of Trivy, without AWS',
      line: 'scan-gate --reports trivy.json',
    },
  ],
  promote: [
    { purpose: 'Promote a version', line: 'promote --version 1.4.0 --target-environment test' },
    {
      purpose: 'Promote what the source environment runs now',
      line: 'promote --version current --target-environment prod',
    },
    {
      purpose: 'Write a plan',
      line: 'promote --version 1.4.0 --target-environment prod --dry-run --plan-out plan.json',
    },
    { purpose: 'Apply a plan', line: 'promote --target-environment prod --plan plan.json' },
  ],
  provision: [
    { purpose: 'Show the changes', line: 'provision' },
    { purpose: 'Make the changes', line: 'provision --mode apply' },
    { purpose: 'Write the repositories for Terraform', line: 'provision --export terraform' },
  ],
  board: [
    {
      purpose: 'Write the board of one registry prefix',
      line: 'board --registries 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll',
    },
  ],
  init: [
    { purpose: 'Show the files', line: 'init' },
    {
      purpose: 'Write the files',
      line: 'init --registry 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll --yes',
    },
  ],
  rollback: [
    { purpose: 'Return to the previous images', line: "rollback prod --reason 'errors since 1.5.0'" },
    { purpose: 'Return to a version', line: 'rollback prod --version 1.3.0' },
  ],
  'release show': [{ purpose: 'Show the images of a version', line: 'release show 1.4.0' }],
  diff: [{ purpose: 'Compare two environments', line: 'diff test prod' }],
  scanreport: [
    { purpose: 'Show the findings of an image', line: 'scanreport payroll/web:prod-1.4.0' },
    {
      purpose: 'Write a web page, and fail for critical findings',
      line: 'scanreport payroll/web:prod-1.4.0 --format html --output report.html --fail-on critical',
    },
  ],
  'config show': [
    { purpose: 'Show the inputs of a command', line: 'config show promote --target-environment prod' },
  ],
};

/** Returns the arguments of an example, as a shell would pass them. */
export function argumentsOf({ line }: Example): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** Returns the examples of a command as lines, each with its purpose as a comment above. */
export function exampleLines(command: string): readonly string[] {
  return (examples[command] ?? []).flatMap(({ purpose, line }) => [`# ${purpose}`, `towpath ${line}`]);
}
