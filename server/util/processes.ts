// Whether a process runs. Tells nothing of whose it is: numbers are used again.

/** Whether there is a process of that number on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is running, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
