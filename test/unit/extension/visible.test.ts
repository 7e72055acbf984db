import assert from 'node:assert/strict';
import { visible } from '../../../media/visible';

describe('texts of files in views', () => {
  it('show what would hide, or turn the direction of writing around, and keep all else', () => {
    assert.equal(visible('photo_\u202egpj.ts'), 'photo_\\u202egpj.ts');
    assert.equal(visible('\u2066a\u2069\u200f\u061c'), '\\u2066a\\u2069\\u200f\\u061c');
    assert.equal(visible('\u001b[31m\u009b\u0000\u007f\r'), '\\u001b[31m\\u009b\\u0000\\u007f\\u000d');
    const harmless = 'größe 漢字 👩‍💻 عربي עברית\tx\n';
    assert.equal(visible(harmless), harmless);
  });
});
