//! Facts in the words of assertions.

use almagest_native::extract::facts::FileFacts;

/// LSP's numbers in the words of `@definition.<kind>`; where two words share a number, both are listed.
pub const KINDS: &[(&str, u32)] = &[
    ("module", 2),
    ("namespace", 3),
    ("package", 4),
    ("class", 5),
    ("type", 5),
    ("method", 6),
    ("property", 7),
    ("field", 8),
    ("constructor", 9),
    ("enum", 10),
    ("interface", 11),
    ("function", 12),
    ("macro", 12),
    ("variable", 13),
    ("constant", 14),
    ("section", 15),
    ("object", 19),
    ("key", 20),
    ("enumMember", 22),
    ("struct", 23),
    ("union", 23),
    ("event", 24),
    ("operator", 25),
];
pub const FLAGS: &[(&str, u32)] = &[
    ("exported", 1),
    ("deprecated", 2),
    ("test", 4),
    ("static", 8),
    ("abstract", 16),
    ("declaration", 32),
    ("reexport", 64),
];
pub const VISIBILITIES: &[&str] = &["default", "public", "protected", "private", "internal"];
pub fn describe(facts: &FileFacts, row: usize) -> String {
    let symbol = &facts.symbols[row];
    let flags = FLAGS
        .iter()
        .filter(|(_, bit)| symbol[2] & bit != 0)
        .map(|(flag, _)| *flag);
    let visibility = VISIBILITIES[(symbol[2] >> 8 & 7) as usize];
    let words: Vec<&str> = flags.chain([visibility]).collect();
    let (parent, container) = (owner(facts, symbol[3]), optional(facts, symbol[4]));
    format!(
        "{} parent={parent} container={container} complexity={}",
        words.join(" "),
        symbol[16]
    )
}

pub fn name(facts: &FileFacts, id: u32) -> String {
    String::from_utf8(facts.names.get(id as usize).to_vec()).unwrap()
}

pub fn optional(facts: &FileFacts, id: u32) -> String {
    id.checked_sub(1).map_or(String::new(), |id| name(facts, id))
}

pub fn owner(facts: &FileFacts, row: u32) -> String {
    row.checked_sub(1)
        .map_or(String::new(), |row| name(facts, facts.symbols[row as usize][0]))
}

pub fn text(facts: &FileFacts, start: u32, length: u32) -> String {
    String::from_utf8(facts.text[start as usize..(start + length) as usize].to_vec()).unwrap()
}
