// CRC-32C over byte ranges, from native (hardware speed). For integrity against accidents, not against attackers.

import { crc32c as nativeCrc32c } from '../../native';

/** CRC-32C (Castagnoli, RFC 3720 §12.1) of `bytes`, continued from `seed`. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  return nativeCrc32c(bytes, seed);
}
