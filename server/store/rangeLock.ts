// Locks on ranges of a file's bytes, as programs that share a SQLite database take them. They belong to the process and
// go with it, or when it closes any descriptor of the file.

export { lockRange, rangeIsLocked } from '../../native';
