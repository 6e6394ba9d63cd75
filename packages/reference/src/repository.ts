const maxLength = 256;
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';

/** The OCI grammar of a repository name (OCI distribution 1.1, "Pulling manifests"). */
export const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);

/** Whether the text is the full name of an ECR repository: 2 to 256 characters of the grammar (ECR API, CreateRepository). */
export function isRepositoryName(text: string): boolean {
  return text.length >= 2 && text.length <= maxLength && repositoryPattern.test(text);
}
