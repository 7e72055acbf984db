// Names and contents of files as views show them: a character that hides, or turns the direction of writing around, is
// shown as its code, so that a name cannot pass for another one. Ends of lines and tabs stay.

const misleading = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** `a\u202ets.b` instead of what would look like `ab.st`. */
export function visible(text: string): string {
  return text.replace(misleading, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
