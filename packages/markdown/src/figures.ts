const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Formats bytes in binary units with three significant digits: `0 B`, `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : fractionDigits(value);
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** Returns the number of decimals for three significant digits after rounding: 9.996 is 10.0. */
function fractionDigits(value: number): number {
  if (value < 9.995) return 2;
  return value < 99.95 ? 1 : 0;
}

/** Formats milliseconds: `85 ms`, `4.2 s`, `3 min 7 s`, `1 h 5 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Formats a count with its noun: `1 image`, `2 images`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
