// Binary search in what is in order.

/** The first index in `[from, to)` that is not before what is looked for, else `to`. */
export function partition(from: number, to: number, isBefore: (index: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
