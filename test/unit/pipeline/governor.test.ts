// The governor told of typing, debugging, focus and power: what it says, when it says it, and whom it holds up.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { Governor } from '../../../server/pipeline/governor';
import { CancelSource } from '../../../server/util/cancelSource';
import { isOnBattery } from '../../../server/util/power';
import { withTemporaryFolder } from '../../support/temporaryFolder';

function newGovernor({ battery = false, typingMs = 1_000_000 } = {}) {
  const said: string[] = [];
  const power = { battery, looks: 0 };
  let onNext = (): void => undefined;
  const governor = new Governor({
    isOnBattery: () => {
      power.looks++;
      return Promise.resolve(power.battery);
    },
    onDidChange: (reason) => {
      said.push(reason ?? 'none');
      onNext();
    },
    typingMs,
  });
  const next = (): Promise<void> => new Promise((resolve) => (onNext = resolve));
  return { governor, said, power, next };
}

describe('governor', () => {
  it('is typed in until a pause, and says so once however many keys there are', async () => {
    const { governor, said, next } = newGovernor({ typingMs: 5 });
    governor.noteTyping();
    governor.noteTyping();
    governor.noteTyping();
    assert.deepEqual(said, ['typing']);
    assert.equal(governor.reason, 'typing');
    await next();
    assert.deepEqual(said, ['typing', 'none']);
    governor.dispose();
  });

  it('is not typed in without focus, but debugged', () => {
    const { governor, said } = newGovernor();
    governor.noteTyping();
    governor.noteActivity({ focused: false, debugging: true });
    governor.noteActivity({ focused: true, debugging: true });
    governor.noteTyping();
    governor.noteActivity({ focused: false, debugging: false });
    assert.deepEqual(said, ['typing', 'debugging', 'typing', 'none']);
  });

  it('is debugged for as long as it is in any window', () => {
    const { governor, said } = newGovernor();
    const other = {};
    governor.noteDebugging(other, true);
    governor.noteActivity({ focused: true, debugging: true });
    governor.noteDebugging(other, false);
    governor.noteDebugging(other, false);
    assert.deepEqual(said, ['debugging']);
    governor.noteActivity({ focused: true, debugging: false });
    assert.deepEqual(said, ['debugging', 'none']);
  });

  it('looks at the power supply when there is work or a change, not more often than needed', async () => {
    const { governor, said, power, next } = newGovernor({ battery: true });
    governor.noteWork();
    governor.noteWork();
    await next();
    assert.deepEqual([said, power.looks], [['battery'], 1]);
    power.battery = false;
    governor.noteActivity({ focused: true, debugging: false });
    await next();
    assert.deepEqual([said, power.looks], [['battery', 'none'], 2]);
  });

  it('holds up what nobody waits for while the user types or debugs, and on battery lets it go on', async () => {
    const { governor, power, next } = newGovernor();
    const events: string[] = [];
    governor.noteTyping();
    const held = governor.quiet(new CancelSource().token).then(() => events.push('goes on'));
    governor.noteActivity({ focused: true, debugging: true });
    await Promise.resolve();
    assert.deepEqual(events, []);
    power.battery = true;
    const changed = next();
    governor.noteActivity({ focused: false, debugging: false });
    await changed;
    await held;
    assert.deepEqual(events, ['goes on']);
    await governor.quiet(new CancelSource().token);
  });

  it('lets go of what is cancelled', async () => {
    const { governor } = newGovernor();
    governor.noteTyping();
    const cancel = new CancelSource();
    const held = governor.quiet(cancel.token);
    cancel.cancel();
    await held;
    assert.equal(governor.reason, 'typing');
    governor.dispose();
  });

  it('lets go of everybody when it is disposed of', async () => {
    const { governor } = newGovernor();
    governor.noteTyping();
    const held = governor.quiet(new CancelSource().token);
    governor.dispose();
    await held;
    assert.equal(governor.reason, undefined);
  });
});

describe('power supply', () => {
  it('is a battery when one of the machine itself discharges', async () => {
    await withTemporaryFolder(async (folder) => {
      const supply = async (name: string, files: Readonly<Record<string, string>>): Promise<void> => {
        await mkdir(join(folder, name), { recursive: true });
        for (const [file, text] of Object.entries(files)) await writeFile(join(folder, name, file), `${text}\n`);
      };
      assert.equal(await isOnBattery(join(folder, 'none')), false);
      await supply('AC', { type: 'Mains', online: '0' });
      await supply('mouse', { type: 'Battery', scope: 'Device', status: 'Discharging' });
      await supply('BAT0', { type: 'Battery', status: 'Charging' });
      assert.equal(await isOnBattery(folder), false);
      await supply('BAT0', { status: 'Discharging' });
      assert.equal(await isOnBattery(folder), true);
    });
  });
});
