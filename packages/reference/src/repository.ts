/** The grammar of repository names in OCI registries such as Docker Hub (OCI distribution 1.1, "Pulling manifests"). */
export const repositoryPattern = grammar('(?:[._]|__|-+)');

/** The stricter grammar of Amazon ECR: no two separators in a row (ECR API, CreateRepository). */
const ecrPattern = grammar('[._-]');

const maxLength = 256;

/** Whether the text is a valid full name of an ECR repository, of 2 to 256 characters. */
export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= maxLength && ecrPattern.test(text);
}

/** Components of lower-case letters and digits, joined by slashes. A separator joins the words of a component. */
function grammar(separator: string): RegExp {
  const component = `[a-z0-9]+(?:${separator}[a-z0-9]+)*`;
  return new RegExp(`^${component}(?:/${component})*$`);
}
