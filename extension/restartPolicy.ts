// When a server that ended unexpectedly is started again. A pure function, so that the rule can be tested.

/** A server that ran for this long was healthy: an end after it is the first of a new row. */
const healthyMs = 60_000;
/** Waiting time before the second and the third start; there is no fourth. */
const delaysMs = [1_000, 5_000] as const;

export type RestartDecision =
  | { readonly kind: 'retry'; readonly crashes: number; readonly delayMs: number }
  | { readonly kind: 'giveUp'; readonly crashes: number };

/** Decides after an unexpected end; `crashes` counts those before it in a row, `uptimeMs` is how long the server ran. */
export function afterCrash(crashes: number, uptimeMs: number): RestartDecision {
  const inARow = uptimeMs >= healthyMs ? 1 : crashes + 1;
  const delayMs = delaysMs[inARow - 1];
  return delayMs === undefined ? { kind: 'giveUp', crashes: inARow } : { kind: 'retry', crashes: inARow, delayMs };
}
