/** The OCI grammar of a repository name (OCI distribution 1.1, "Pulling manifests"): what Docker Hub and others allow. */
export const repositoryPattern = grammar('(?:[._]|__|-+)');

/** Amazon ECR is stricter: one separator at a time (ECR API, CreateRepository). */
const ecrPattern = grammar('[._-]');

const maxLength = 256;

/** Whether the text is the full name of an ECR repository: 2 to 256 characters of its grammar. */
export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= maxLength && ecrPattern.test(text);
}

/** Components joined by slashes: lower-case letters and digits, with separators between them. */
function grammar(separator: string): RegExp {
  const component = `[a-z0-9]+(?:${separator}[a-z0-9]+)*`;
  return new RegExp(`^${component}(?:/${component})*$`);
}
