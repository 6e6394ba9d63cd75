/** The facts that match expressions of GitHub Actions (GitHub Docs, "Contexts reference"). */
const contexts: Readonly<Record<string, string>> = {
  'github.sha': '{sha}',
  'github.ref_name': '{branch}',
  'github.head_ref': '{branch}',
  'github.event.number': '{pr}',
  'github.event.pull_request.number': '{pr}',
  'github.run_id': '{run-id}',
  'github.run_attempt': '{run-attempt}',
};

/** The facts that match variables of shells and CI systems. */
const variables: Readonly<Record<string, string>> = {
  ...{ GITHUB_SHA: '{sha}', GIT_COMMIT: '{sha}', CODEBUILD_RESOLVED_SOURCE_VERSION: '{sha}' },
  ...{ GITHUB_REF_NAME: '{branch}', GITHUB_RUN_ID: '{run-id}', BUILD_ID: '{build-id}' },
};

const maxLength = 300;

/**
 * Returns the template with facts instead of expressions of workflows and shells, such as `${{ github.sha }}`
 * and `$VERSION`, which a configuration does not evaluate. Returns undefined if there are none.
 */
export function fromExpression(text: string): string | undefined {
  if (text.length > maxLength || !text.includes('$')) return undefined;
  const replaced = text
    .replace(/\$\{\{\s*(?<name>[^{}\s]*)[^{}]*\}\}/g, (_, name: string) => known(contexts, name))
    .replace(/\$(?:\{(?<braced>\w+)[^{}]*\}|(?<plain>\w+))/g, (_, braced?: string, plain?: string) =>
      known(variables, braced ?? plain ?? ''),
    );
  return replaced === text ? undefined : replaced;
}

function known(names: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(names, name) ? (names[name] ?? '') : '{version}';
}
