//! A search of a text: options (a byte), the pattern (a line), the text. Refused, or its hits lie in their lines.

#![no_main]

use almagest_native::grep::pattern::Pattern;
use almagest_native::grep::GrepOptions;
use almagest_native::task::CancelFlag;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (switches, rest) = input;
    let (pattern, text) = rest.split_once('\n').unwrap_or((rest, ""));
    let options = GrepOptions {
        root: String::new(),
        pattern: pattern.to_owned(),
        regex: switches & 1 != 0,
        case_sensitive: switches & 2 != 0,
        whole_word: switches & 4 != 0,
        multiline: switches & 8 != 0,
        limit: 100,
        per_file: 100,
        threads: 1,
        max_file_bytes: 0.0,
        context_lines: u32::from(switches >> 4),
    };
    let Ok(pattern) = Pattern::new(&options) else { return };
    let found = pattern
        .scan("file", text, 100, &CancelFlag::new())
        .expect("a text that can be searched");
    assert!(found.hits.len() <= 100 && found.hits.len() <= found.total as usize);
    for hit in &found.hits {
        let line = text.split('\n').nth(hit.line as usize).expect("a line of the text");
        assert!(
            line.starts_with(hit.text.as_str()),
            "{:?} is not the line {line:?}",
            hit.text
        );
        let length = line.encode_utf16().count() as u32;
        for range in hit.ranges.chunks(2) {
            assert!(
                range[0] <= range[1] && range[1] <= length,
                "{range:?} lies outside of {line:?}"
            );
        }
    }
});
