// Random numbers that a seed repeats, for tests that print it.

export interface Random {
  /** Below 1. */
  (): number;
}

/** Mulberry32: 32 bits of state are enough to choose test cases. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to, and without, `count`. */
export function pick(random: Random, count: number): number {
  return Math.floor(random() * count);
}
