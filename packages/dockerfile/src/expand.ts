/**
 * Replaces `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` (Dockerfile reference, "Environment replacement").
 * Words may hold variables themselves. An unknown variable is empty, as BuildKit has it.
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  const pattern =
    /\\\$|\$(?<plain>\w+)|\$\{(?<name>\w+)(?:(?<operator>:?[-+])(?<word>(?:[^{}]|\$\{[^{}]*\})*))?\}/g;
  return text.replace(pattern, (whole: string, ...rest) => {
    if (whole === '\\$') return '$';
    const { plain, name, operator, word } = rest.at(-1) as Readonly<Record<string, string | undefined>>;
    const value = lookUp(plain ?? name ?? '');
    const isSet = value !== undefined && (operator?.startsWith(':') !== true || value !== '');
    const alternative = () => expand(word ?? '', lookUp);
    if (operator?.endsWith('-') === true) return isSet ? value : alternative();
    if (operator?.endsWith('+') === true) return isSet ? alternative() : '';
    return value ?? '';
  });
}
