//! Checks the fixtures in test/fixtures/languages: source files whose comments assert what is extracted from them. The
//! form of an assertion is described in src/languages/README.md.

mod assertions;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use almagest_native::extract::facts::{FileFacts, Limit};
use almagest_native::extract::{Extractor, Limits};
use almagest_native::languages::ALL;

use assertions::{in_comments, in_sidecar, Assertion};
use words::{describe, name, optional, owner, text, FLAGS, KINDS, VISIBILITIES};

const LIMITS: Limits = Limits {
    deadline: Duration::from_secs(20),
    max_parse_bytes: 1 << 20,
    max_line_bytes: 10_000,
    max_rows: 50_000,
};

const ROLES: &[&str] = &[
    "none",
    "extends",
    "implements",
    "embeds",
    "traitImpl",
    "parameter",
    "return",
    "variable",
];
const IMPORTS: &[&str] = &["none", "import", "reexport", "include", "require", "export"];

#[test]
fn every_fixture_says_what_is_extracted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test/fixtures/languages");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    assert!(!files.is_empty(), "no fixtures below {}", folder.display());
    let problems: Vec<String> = files.iter().flat_map(|file| check(&folder, file)).collect();
    assert!(
        problems.is_empty(),
        "{} wrong:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

fn check(folder: &Path, file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let path = file.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
    let facts = Extractor::default().extract(&path, &text, &LIMITS);
    let sidecar = fs::read_to_string(format!("{}.expect", file.display()));
    let assertions = sidecar.map_or_else(|_| in_comments(&text), |expected| in_sidecar(&expected));
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    if facts.language == 0 {
        problems.push(format!("{path}: in no language"));
    }
    if facts.limit != Limit::None && !text.contains("fixture: syntax errors") {
        problems.push(format!("{path}: {:?} with {} errors", facts.limit, facts.errors));
    }
    for assertion in &assertions {
        let place = format!("{path}:{}:{}", assertion.line + 1, assertion.column + 1);
        if let Err(problem) = check_one(&facts, assertion, &mut seen) {
            problems.push(format!("{place}: {problem}"));
        }
    }
    let is_partial = text.contains("fixture: partial");
    for (row, symbol) in facts
        .symbols
        .iter()
        .enumerate()
        .filter(|(row, _)| !is_partial && !seen.contains(row))
    {
        let kind = KINDS
            .iter()
            .find(|(_, kind)| *kind == symbol[1])
            .map_or("?", |(word, _)| word);
        let place = format!("{path}:{}:{}", symbol[9] + 1, symbol[10] + 1);
        problems.push(format!(
            "{place}: not asserted: definition.{kind} {} ({})",
            name(&facts, symbol[0]),
            describe(&facts, row)
        ));
    }
    problems.extend(
        check_rows(&facts, &text)
            .into_iter()
            .map(|problem| format!("{path}: {problem}")),
    );
    problems
}

fn check_one(facts: &FileFacts, assertion: &Assertion, seen: &mut BTreeSet<usize>) -> Result<(), String> {
    let [what, wanted, rest @ ..] = assertion.words.as_slice() else {
        return Err("an assertion has at least two words".into());
    };
    let fits = |line: u32, column: u32, end: u32| {
        line == assertion.line && column == assertion.column && assertion.end.is_none_or(|wanted| wanted == end)
    };
    if let Some(kind) = what.strip_prefix("definition.") {
        let number = KINDS
            .iter()
            .find(|(word, _)| *word == kind)
            .ok_or(format!("no such kind: {kind}"))?
            .1;
        let row = facts
            .symbols
            .iter()
            .position(|row| fits(row[9], row[10], row[11]))
            .ok_or("no symbol here")?;
        seen.insert(row);
        let symbol = &facts.symbols[row];
        if name(facts, symbol[0]).replace(' ', "_") != *wanted || symbol[1] != number {
            return Err(format!("is {} of kind {}", name(facts, symbol[0]), symbol[1]));
        }
        return check_symbol(facts, row, rest);
    }
    let describe = |pairs: Vec<(&str, String)>| -> Result<(), String> {
        for word in rest {
            let (key, value) = word.split_once('=').ok_or(format!("not key=value: {word}"))?;
            let actual = pairs
                .iter()
                .find(|(name, _)| *name == key)
                .ok_or(format!("no such key: {key}"))?;
            if actual.1.replace(' ', "_") != value {
                return Err(format!("{key} is {}", actual.1));
            }
        }
        Ok(())
    };
    match what.as_str() {
        "call" => {
            let row = facts
                .calls
                .iter()
                .find(|row| fits(row[6], row[7], row[8]))
                .ok_or("no call here")?;
            same(name(facts, row[0]), wanted)?;
            describe(vec![
                ("receiver", text(facts, row[1], row[2])),
                ("arguments", row[3].to_string()),
                ("flags", row[4].to_string()),
                ("in", owner(facts, row[5])),
            ])
        }
        "import" => {
            let at = |row: &&[u32; 9]| row[5] == assertion.line && row[6] == assertion.column;
            let row = facts.imports.iter().find(at).ok_or("no import here")?;
            same(optional(facts, row[2]), wanted)?;
            describe(vec![
                ("kind", IMPORTS[row[0] as usize].to_owned()),
                ("module", optional(facts, row[1])),
                ("alias", optional(facts, row[3])),
                ("flags", row[4].to_string()),
            ])
        }
        "type" => {
            let row = facts
                .type_refs
                .iter()
                .find(|row| fits(row[4], row[5], row[6]))
                .ok_or("no type here")?;
            same(name(facts, row[0]), wanted)?;
            describe(vec![
                ("role", ROLES[row[1] as usize].to_owned()),
                ("in", owner(facts, row[2])),
                ("subject", optional(facts, row[3])),
            ])
        }
        _ => Err(format!("an assertion does not begin with {what}")),
    }
}

fn check_symbol(facts: &FileFacts, row: usize, words: &[String]) -> Result<(), String> {
    let symbol = &facts.symbols[row];
    let visibility = VISIBILITIES[(symbol[2] >> 8 & 7) as usize];
    let mut bare = 0;
    for word in words {
        if let Some((key, value)) = word.split_once('=') {
            let actual = match key {
                "container" => optional(facts, symbol[4]),
                "parent" => owner(facts, symbol[3]),
                "complexity" => symbol[16].to_string(),
                "signature" => text(facts, symbol[12], symbol[13]),
                "doc" => text(facts, symbol[14], symbol[15]),
                "end" => format!("{}:{}", symbol[7] + 1, symbol[8] + 1),
                _ => return Err(format!("no such key: {key}")),
            };
            if actual.replace(' ', "_") != value {
                return Err(format!("{key} is {actual}"));
            }
            continue;
        }
        bare += 1;
        let has = match FLAGS.iter().find(|(flag, _)| flag == word) {
            Some((_, bit)) => symbol[2] & bit != 0,
            None if VISIBILITIES.contains(&word.as_str()) => visibility == word,
            None => return Err(format!("no such flag: {word}")),
        };
        if !has {
            return Err(format!("not {word}: {}", describe(facts, row)));
        }
    }
    if bare > 0 && (symbol[2] & 1 != 0) != words.iter().any(|word| word == "exported") {
        return Err(format!("exported or not: {}", describe(facts, row)));
    }
    Ok(())
}

/// What holds for the rows of any file.
fn check_rows(facts: &FileFacts, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let starts: Vec<_> = facts
        .symbols
        .iter()
        .map(|row| (row[5], row[6], std::cmp::Reverse((row[7], row[8]))))
        .collect();
    if !starts.is_sorted() {
        problems.push("symbols are not in order".to_owned());
    }
    for (row, symbol) in facts.symbols.iter().enumerate() {
        if symbol[3] as usize > row {
            problems.push(format!("{} comes before its parent", name(facts, symbol[0])));
        }
    }
    let mut end = 0;
    for chunk in facts.chunks.iter().filter(|chunk| chunk[0] != 3) {
        if chunk[1] != end || chunk[2] <= chunk[1] {
            problems.push(format!(
                "a chunk begins at byte {} after one that ends at {end}",
                chunk[1]
            ));
        }
        end = chunk[2];
    }
    if end as usize != text.len() {
        problems.push(format!("chunks end at byte {end} of {}", text.len()));
    }
    problems
}

fn same(actual: String, wanted: &str) -> Result<(), String> {
    if actual == wanted {
        Ok(())
    } else {
        Err(format!("is {actual}"))
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_none_or(|extension| extension != "expect") {
            files.push(path);
        }
    }
    files.sort();
}

#[test]
fn every_language_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = ALL.iter().map(|language| language.name).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn nesting_of_any_depth_ends_well() {
    let extract = |path: &str, text: String| {
        let limits = Limits {
            max_line_bytes: 1 << 20,
            deadline: Duration::from_secs(5),
            ..LIMITS
        };
        let facts = Extractor::default().extract(path, &text, &limits);
        assert_eq!(
            facts.chunks.last().map(|chunk| chunk[2] as usize),
            Some(text.len()),
            "{path}"
        );
        (facts.limit, facts.symbols.len())
    };
    let depth = 100_000;
    let json = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    assert_eq!(extract("deep.json", json), (Limit::None, 3));
    let yaml = |depth: usize| (0..depth).map(|level| " ".repeat(level) + "a:\n").collect();
    assert_eq!(extract("deep.yaml", yaml(200)), (Limit::None, 3));
    assert_eq!(extract("deep.yaml", yaml(400)), (Limit::ParseLimit, 0));
    assert_eq!(extract("deep.yaml", "- ".repeat(400) + "a"), (Limit::ParseLimit, 0));
    assert_eq!(extract("deep.md", "> ".repeat(1000) + "# a"), (Limit::None, 0));
    assert_eq!(
        extract("deep.css", ".a {\n".repeat(10_000)),
        (Limit::SyntaxErrors, 10_000)
    );
}
