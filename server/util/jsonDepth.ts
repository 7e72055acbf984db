// How deep JSON is nested, told without parsing it.

const quote = 34;
const backslash = 92;

/**
 * Whether objects and lists of a JSON text are nested more than `most` deep. One pass, which leaps over strings. Text that
 * is no JSON may pass for flatter than it is: a parser refuses it where it begins to be none.
 */
export function isDeeper(json: string, most: number): boolean {
  if (json.length <= 2 * most) return false; // each of them takes two characters
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === quote) {
      at = endOfString(json, at);
    } else if ((unit | 0x20) === 0x7b) {
      if (++depth > most) return true;
    } else if ((unit | 0x20) === 0x7d) {
      depth--;
    }
  }
  return false;
}

/** Where the string that begins at `start` has its last quote; the end of the text when it has none. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return json.length;
}
