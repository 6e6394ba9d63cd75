/** The path of an address, decoded; as it is where it cannot be. */
export function pathOf({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return pathname;
    throw error;
  }
}
