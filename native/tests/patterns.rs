//! Compares our matcher with tree-sitter's own on the fixtures of all languages, whole and damaged at random: both must
//! find the same matches. Also what a query file may not say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use almagest_native::clock::Deadline;
use almagest_native::extract::pattern::{for_each_match, parse, Patterns};
use almagest_native::languages::{detect, ALL};
use streaming_iterator::StreamingIterator;
use tree_sitter::{Language, Parser, Query, QueryCursor, Tree};

/// Damaged copies of each fixture.
const COPIES: u64 = 40;

/// One language, for both.
struct Pair {
    language: Language,
    theirs: Query,
    ours: Patterns<u32>,
}

/// A pattern, then number, start and end of each capture.
type Match = (usize, Vec<(u32, usize, usize)>);

#[test]
fn finds_what_tree_sitter_finds() {
    let pairs: Vec<Option<Pair>> = (0..ALL.len()).map(pair).collect();
    let mut texts = 0;
    for path in fixtures() {
        let text = fs::read_to_string(&path).expect("a fixture is text");
        let Some(pair) = &pairs[detect(&path.to_string_lossy(), &text).0] else {
            continue;
        };
        let seed = text
            .bytes()
            .fold(1, |seed: u64, byte| seed.rotate_left(5) ^ u64::from(byte));
        let damaged = (0..COPIES).map(|copy| damage(&text, seed.wrapping_add(copy)));
        for text in std::iter::once(text.clone()).chain(damaged) {
            let tree = parse_text(pair, &text);
            let (theirs, ours) = (their_matches(pair, &tree, &text), our_matches(pair, &tree, &text));
            let only_in = |found: &BTreeSet<Match>, other: &BTreeSet<Match>| -> Vec<String> {
                found
                    .difference(other)
                    .map(|found| describe(pair, &text, found))
                    .collect()
            };
            let (missing, extra) = (only_in(&theirs, &ours), only_in(&ours, &theirs));
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{}\nmissing: {missing:#?}\nextra: {extra:#?}\n{text}",
                path.display()
            );
            texts += 1;
        }
    }
    assert!(texts > 1000, "{texts} texts were compared");
}

#[test]
fn a_deep_tree_needs_no_deep_stack() {
    let javascript = ALL.iter().position(|language| language.name == "JavaScript");
    let pair = javascript.and_then(pair).expect("a language with a grammar");
    let text = format!("{}f(){}", "g(".repeat(100_000), ")".repeat(100_000));
    let tree = parse_text(&pair, &text);
    assert_eq!(our_matches(&pair, &tree, &text).len(), 100_001);
}

#[test]
fn ends_when_the_deadline_has_passed() {
    let go = ALL.iter().position(|language| language.name == "Go");
    let pair = go.and_then(pair).expect("a language with a grammar");
    let text = format!("package p\nfunc f() {{ {} }}\n", "a(b); ".repeat(10_000));
    let tree = parse_text(&pair, &text);
    assert!(for_each_match(&pair.ours, &tree, &text, Deadline::after(Duration::ZERO), |_, _| {}).is_err());
}

#[test]
fn says_what_is_wrong_with_a_query() {
    let c = Language::new(tree_sitter_c::LANGUAGE);
    let wrong = |query: &str| match parse(query, &c, |name| (name == "name").then_some(())) {
        Ok(_) => String::new(),
        Err(error) => error,
    };
    for (query, error) in [
        ("(comment) @name", ""),
        ("; only a comment", ""),
        ("(comment)\n(commentary)", "line 2: no such node: commentary"),
        ("(function_definition corpus: (_))", "line 1: no such field: corpus"),
        ("(function_definition !corpus)", "line 1: no such field: corpus"),
        ("(comment) @nome", "line 1: no such capture: @nome"),
        ("\"elsif\"", "line 1: no such node: elsif"),
        (
            "(_) @name",
            "line 1: a pattern with a wildcard at its root would be tried at every node",
        ),
        (
            "(parameter_list (_ (identifier)))",
            "line 1: a wildcard with children is not supported",
        ),
        (
            "(parameter_list (_)+)",
            "line 1: repetitions are not supported: write a pattern for one",
        ),
        (
            "((comment) (comment))",
            "line 1: siblings without their parent are not supported",
        ),
        (
            "(expression)",
            "line 1: supertypes are not supported: list the kinds of expression",
        ),
        ("(comment", "line 1: a node, a choice or a text is expected"),
        ("(comment))", "line 1: a node, a choice or a text is expected"),
        ("[(comment)", "line 1: a node, a choice or a text is expected"),
        ("\"if", "line 1: a text does not end"),
        (
            "(comment (#eq? @name \"a\"))",
            "line 1: #eq? speaks of @name, which is not in its pattern",
        ),
        (
            "((comment) @name (#eq? @name @name))",
            "line 1: @name cannot be compared with another capture",
        ),
        (
            "((comment) @name (#is? @name))",
            "line 1: no such predicate, or not with these arguments: #is?",
        ),
        (
            "((comment) @name (#eq @name \"a\"))",
            "line 1: the name of a predicate ends in ? or !",
        ),
        ("((comment) @name (#set! flag))", "line 1: flag has no single value"),
    ] {
        assert_eq!(wrong(query), error, "{query}");
    }
    assert!(wrong("((comment) @name (#match? @name \"(\"))").contains("unclosed group"));
}

fn pair(index: usize) -> Option<Pair> {
    let row = ALL[index];
    let language = Language::new(row.grammar?);
    // tree-sitter also refuses patterns that its grammar makes impossible.
    let theirs = Query::new(&language, row.query).unwrap_or_else(|error| panic!("{}: {error}", row.name));
    let ours = parse(row.query, &language, |name| {
        meaning(&theirs, theirs.capture_index_for_name(name)?)
    })
    .unwrap_or_else(|error| panic!("{}: {error}", row.name));
    Some(Pair { language, theirs, ours })
}

fn parse_text(pair: &Pair, text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&pair.language).expect("a grammar of this version");
    parser.parse(text, None).expect("no deadline was set")
}

/// Without what is captured for predicates only.
fn their_matches(pair: &Pair, tree: &Tree, text: &str) -> BTreeSet<Match> {
    let mut matches = BTreeSet::new();
    let mut cursor = QueryCursor::new();
    let mut found = cursor.matches(&pair.theirs, tree.root_node(), text.as_bytes());
    while let Some(found) = found.next() {
        let captures = found.captures().iter();
        let captures = captures.filter(|found| meaning(&pair.theirs, found.index).is_some());
        let captures = captures.map(|found| (found.index, found.node.start_byte(), found.node.end_byte()));
        matches.insert((found.pattern_index, captures.collect()));
    }
    matches
}

fn our_matches(pair: &Pair, tree: &Tree, text: &str) -> BTreeSet<Match> {
    let mut matches = BTreeSet::new();
    let deadline = Deadline::after(Duration::from_secs(60));
    for_each_match(&pair.ours, tree, text, deadline, |pattern, captures| {
        let captures = captures.iter();
        let captures = captures.map(|(index, node)| (*index, node.start_byte(), node.end_byte()));
        matches.insert((pattern as usize, captures.collect()));
    })
    .expect("a minute is enough");
    matches
}

fn meaning(query: &Query, capture: u32) -> Option<u32> {
    let name = query.capture_names()[capture as usize];
    (!name.starts_with('_')).then_some(capture)
}

fn describe(pair: &Pair, text: &str, (pattern, captures): &Match) -> String {
    let byte = pair.theirs.start_byte_for_pattern(*pattern);
    let captures = captures.iter().map(|(index, start, end)| {
        let name = pair.theirs.capture_names()[*index as usize];
        format!("@{name} {start}..{end} {:?}", text.get(*start..*end))
    });
    format!(
        "pattern {pattern} at byte {byte}: {}",
        captures.collect::<Vec<_>>().join(", ")
    )
}

/// A copy in which a few stretches are removed, doubled, moved or cut off.
fn damage(text: &str, seed: u64) -> String {
    let mut state = seed | 1;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize % limit.max(1)
    };
    let mut text = text.to_owned();
    for _ in 0..=below(4) {
        let ends = [below(text.len()), below(40)];
        let from = floor_boundary(&text, ends[0]);
        let to = floor_boundary(&text, ends[0] + ends[1]).max(from);
        let stretch = text[from..to].to_owned();
        match below(8) {
            0 => text.truncate(from),
            1 | 2 => text.insert_str(from, &stretch),
            3 => {
                let elsewhere = floor_boundary(&text, below(text.len()));
                text.insert_str(elsewhere, &stretch);
            }
            _ => text.replace_range(from..to, ""),
        }
    }
    text
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn fixtures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../test/fixtures");
    let mut folders = vec![all.join("languages"), all.join("graph"), all.join("workbench")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the fixtures are beside the crate") {
            let path = entry.expect("a folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
