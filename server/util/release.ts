// Memory that is known to be done with.

/**
 * Gives the memory of arrays back at once, and not when garbage is next collected, which a process with little else to do
 * may put off for minutes. They must not share their buffers with others, and are empty from here on.
 */
export function release(arrays: readonly ArrayBufferView[]): void {
  const { port1, port2 } = new MessageChannel();
  // A message takes its buffers along, and is dropped with them where nobody can receive it.
  port1.postMessage(undefined, [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))]);
  port2.close();
}
