//! What is typed to find a symbol (the first line), and names that it is compared with (one a line).

#![no_main]

use almagest_native::name_pattern::{NamePattern, RequiredSets};
use libfuzzer_sys::fuzz_target;

const NO_SETS: RequiredSets = RequiredSets {
    letters: 0,
    repeats: 0,
    initials: 0,
};
const EXACT: u8 = 0;
const PREFIX: u8 = 2;
const SUBSEQUENCE: u8 = 5;

fuzz_target!(|bytes: &[u8]| {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let typed = lines.next().unwrap_or_default();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let letters: Vec<u8> = typed.to_ascii_lowercase().into_iter().filter(is_letter).collect();
    let Ok(pattern) = NamePattern::compile(typed, &letters, NO_SETS) else {
        assert!(letters.is_empty());
        return;
    };
    for name in lines {
        let tier = pattern.tier(name);
        assert!(tier <= SUBSEQUENCE);
        assert_eq!(tier == EXACT, name == typed);
        assert!(
            tier == SUBSEQUENCE || pattern.matches(name),
            "{name:?} has tier {tier} without the letters"
        );
        let begins = name.len() >= typed.len() && name[..typed.len()].eq_ignore_ascii_case(typed);
        assert_eq!(tier <= PREFIX, begins);
    }
});
