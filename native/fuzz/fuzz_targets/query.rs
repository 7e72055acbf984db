//! Arbitrary text as a ranked query: refused, or taken apart within its limits and turned into a query.

#![no_main]

use std::sync::OnceLock;

use almagest_native::index::query::ParsedQuery;
use almagest_native::index::schema::Fields;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    static FIELDS: OnceLock<Fields> = OnceLock::new();
    let Ok(parsed) = ParsedQuery::parse(text) else { return };
    let clauses = parsed.groups.iter().map(Vec::len).sum::<usize>() + parsed.excluded.len();
    assert!((1..=64).contains(&clauses));
    assert!(parsed.groups.iter().all(|group| !group.is_empty()));
    let every = parsed.groups.iter().flatten().chain(&parsed.excluded);
    for clause in every {
        assert!(text.contains(&clause.text));
    }
    parsed.to_query(FIELDS.get_or_init(Fields::default));
});
