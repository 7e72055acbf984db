//! Excludes as a user or a workspace may write them (one a line), and a path (the first line) that they decide about.

#![no_main]

use almagest_native::walk::rules::{CommonRules, FolderRules};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines().map(str::to_owned);
    let path = lines.next().unwrap_or_default();
    let excludes: Vec<String> = lines.collect();
    let Ok(common) = CommonRules::new(&excludes) else {
        return;
    };
    let rules = FolderRules::default();
    for is_folder in [false, true] {
        let decision = rules.decide(&common, &path, is_folder);
        let is_ignored = decision.as_ref().is_some_and(|decision| decision.ignored);
        assert_eq!(rules.ignores(&common, &path, is_folder), is_ignored);
    }
});
