// Numbers of settings: the editor underlines one that its schema refuses, but hands it over all the same.

/** The number where it is a whole one within its bounds, else the one that it is when nobody sets it. */
export function wholeWithin(
  bounds: { readonly default: number; readonly minimum: number; readonly maximum: number },
  value: unknown,
): number {
  const isGood = typeof value === 'number' && Number.isInteger(value);
  return isGood && value >= bounds.minimum && value <= bounds.maximum ? value : bounds.default;
}
