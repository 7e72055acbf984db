// What feeds this machine, as Linux tells it by files. Elsewhere only a program could tell, and none is run.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a battery of the machine itself is being drained; false where that is not known. */
export async function isOnBattery(folder = '/sys/class/power_supply'): Promise<boolean> {
  const supplies = await readdir(folder).catch(() => []); // not Linux, or a container
  const drained = await Promise.all(
    supplies.map(async (name) => {
      const read = async (file: string): Promise<string> =>
        (await readFile(join(folder, name, file), 'utf8').catch(() => '')).trim(); // supplies differ in what they say
      // A mouse has a battery, too: its scope is `Device`.
      return (
        (await read('type')) === 'Battery' &&
        (await read('scope')) !== 'Device' &&
        (await read('status')) === 'Discharging'
      );
    }),
  );
  return drained.includes(true);
}
