/** A copy of a record in which a key has a value, or, by `undefined`, is left out. */
export function withEntry<T>(
  record: Readonly<Record<string, T | undefined>>,
  key: string,
  value: T | undefined,
): Record<string, T> {
  const pairs = Object.entries(record).filter(([each]) => each !== key);
  const all = value === undefined ? pairs : [...pairs, [key, value] as const];
  return Object.fromEntries(all.flatMap(([each, kept]) => (kept === undefined ? [] : [[each, kept]])));
}
