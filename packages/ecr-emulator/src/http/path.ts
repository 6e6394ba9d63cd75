/** Returns the decoded path of an address, or the path unchanged if it cannot be decoded. */
export function pathOf({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return pathname;
    throw error;
  }
}
