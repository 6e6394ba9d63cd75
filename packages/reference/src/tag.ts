/** The maximum length in the OCI grammar. ECR's API accepts 300 characters, but clients of the registry API do not. */
export const maxTagLength = 128;

const tagPattern = /^\w[\w.-]{0,127}$/;

/** Whether the text is a valid tag (OCI distribution 1.1, "Pulling manifests"). */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}
