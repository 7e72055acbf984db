//! Arbitrary bytes as a file: what is text is decoded whole, and its lines are all of it.

#![no_main]

use almagest_native::decode::{decode, Encoding};
use almagest_native::extract::lines::Lines;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((text, encoding)) = decode(bytes) else { return };
    assert!(
        text.len() <= bytes.len() * 3,
        "decoding grows by more than an encoding can"
    );
    if let (Encoding::Utf8, Ok(same)) = (encoding, std::str::from_utf8(bytes)) {
        assert_eq!(text, same);
    }
    let lines = Lines::new(&text);
    let together: String = (0..lines.count()).map(|line| lines.line(line)).collect();
    assert_eq!(together, text);
    for (offset, _) in text.char_indices() {
        let position = lines.position(offset);
        let line = lines.line(position.line as usize);
        assert!(position.column as usize <= line.encode_utf16().count());
    }
});
