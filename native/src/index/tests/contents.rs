//! What an index holds and finds after changes, commits and merges.

use super::*;

#[test]
fn ranked_hits_know_identifiers_names_and_filters() {
    let fixture = sample();
    let all = |_: &mut SearchOptions| {};
    // The chunk that defines the symbol comes first, also in another spelling, and tests come last.
    assert_eq!(
        fixture.find("parse_file", all),
        "src/parser.rs:0-1 src/parser.rs:2-4 src/main.go:2-2 test/a.go:0-0"
    );
    assert_eq!(
        fixture.find("parseFile", all),
        "src/parser.rs:0-1 src/main.go:2-2 src/parser.rs:2-4 test/a.go:0-0"
    );
    assert_eq!(
        fixture.find("helper OR fails", all),
        "src/parser.rs:2-4 src/main.go:0-1"
    );
    assert_eq!(
        fixture.find("parse -call -testParse", all),
        "src/parser.rs:0-1 src/main.go:2-2"
    );
    assert_eq!(fixture.find("\"parser fails\"", all), "src/main.go:0-1");
    assert_eq!(fixture.find("\"fails parser\"", all), "");
    assert_eq!(fixture.find("\"parse file\"", all), "test/a.go:0-0");
    assert_eq!(fixture.find("nothing", all), "");
    assert_eq!(
        fixture.find("file", |options| options.languages = Some(vec!["go".into()])),
        "src/main.go:2-2 test/a.go:0-0"
    );
    assert_eq!(
        fixture.find("file", |options| options.path_prefixes = Some(vec!["src/m".into()])),
        "src/main.go:2-2"
    );
    assert_eq!(fixture.find("file", |options| options.modes = Some(vec![2, 4])), "");
    assert_eq!(
        fixture.find("parse_file", |options| (options.offset, options.limit) = (1, 1)),
        "src/parser.rs:2-4"
    );
}

#[test]
fn a_file_is_replaced_and_removed_as_a_whole() {
    let mut fixture = sample();
    assert_eq!(
        fixture.facts(),
        "empty.go@7=17 src/main.go@7=20 src/parser.rs@7=22 test/a.go@7=18"
    );
    let again = fixture.write("src/parser.rs", "fn other() {}\n", "other");
    fixture.apply(8, &[again], &["test/a.go", "never/there"]);
    assert_eq!(
        fixture.find("helper", |_| {}),
        "src/parser.rs:2-4",
        "visible only after a commit"
    );
    fixture.commit("two");
    assert_eq!(fixture.find("helper", |_| {}), "");
    assert_eq!(fixture.find("other", |_| {}), "src/parser.rs:0-0");
    assert_eq!(fixture.facts(), "empty.go@7=17 src/main.go@7=20 src/parser.rs@8=22");
    fixture.writer.as_mut().unwrap().merge(&fixture.readable, 1).unwrap();
    let stats = fixture.readable.stats().unwrap();
    assert_eq!((stats.segments, stats.documents, stats.deleted), (1, 6.0, 0.0));
    assert!(stats.bytes > 0.0);
    assert_eq!(fixture.readable.verify().unwrap(), [""; 0]);
    assert_eq!(fixture.readable.recount().unwrap(), None);
    assert_eq!(fixture.facts(), "empty.go@7=17 src/main.go@7=20 src/parser.rs@8=22");
}

#[test]
fn text_that_changed_since_is_not_indexed() {
    let mut fixture = Fixture::new();
    let files = [
        fixture.write("a.rs", "alpha\n", ""),
        fixture.write("b.rs", "beta\n", ""),
        fixture.write("c.rs", "gamma\n", ""),
    ];
    fs::write(fixture.sources().path().join("a.rs"), "altered\n").unwrap();
    fs::remove_file(fixture.sources().path().join("b.rs")).unwrap();
    assert_eq!(fixture.apply(1, &files, &[]), ["a.rs", "b.rs"]);
    fixture.commit("");
    assert_eq!(fixture.find("alpha OR beta OR altered OR gamma", |_| {}), "c.rs:0-0");
    assert_eq!(fixture.facts(), "a.rs@1=13 b.rs@1=13 c.rs@1=13");
}

#[test]
fn the_last_commit_is_what_a_reopened_index_shows() {
    let mut fixture = sample();
    let lost = fixture.write("lost.rs", "lost\n", "");
    fixture.apply(9, &[lost], &[]);
    fixture.writer = None;
    let (readable, writer) = Readable::open(&fixture.index(), &READ_ONLY).unwrap();
    assert!(writer.is_none());
    assert_eq!(readable.seal.as_ref().map(|seal| seal.payload.as_str()), Some("one"));
    assert_eq!(readable.recount().unwrap(), None);
    fixture.readable = readable;
    assert_eq!(fixture.find("lost", |_| {}), "");
    assert_eq!(
        fixture.facts(),
        "empty.go@7=17 src/main.go@7=20 src/parser.rs@7=22 test/a.go@7=18"
    );
}

#[test]
fn a_merge_waits_for_the_commit() {
    let mut fixture = sample();
    fixture.apply(8, &[], &["src/main.go"]);
    let error = fixture
        .writer
        .as_mut()
        .unwrap()
        .merge(&fixture.readable, 1)
        .unwrap_err();
    assert_eq!(error.code, Code::InvalidArgument);
}

#[test]
fn contents_are_those_of_the_files_after_changes_and_merges() {
    let mut fixture = sample();
    let again = fixture.write("src/main.go", "func other() {}\n", "other");
    fixture.apply(8, &[again], &["test/a.go"]);
    fixture.commit("two");
    let of = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..16].to_owned();
    let parser = fs::read_to_string(fixture.sources().path().join("src/parser.rs")).unwrap();
    let expected = [
        format!("empty.go={}", of("")),
        format!("src/main.go={}", of("func other() {}\n")),
        format!("src/parser.rs={}", of(&parser)),
    ];
    assert_eq!(contents(&fixture.readable), expected);
    fixture.writer.as_mut().unwrap().merge(&fixture.readable, 1).unwrap();
    assert_eq!(contents(&fixture.readable), expected);
}

/// Words, postings and different words of each mode, counted from the texts of chunks.
fn words_by_hand(chunks: &[(u32, &str)]) -> Vec<(u32, f64, f64, f64)> {
    let mut modes: Vec<u32> = chunks.iter().map(|(mode, _)| *mode).collect();
    modes.sort_unstable();
    modes.dedup();
    let of_mode = |mode: u32| {
        let texts = || {
            chunks
                .iter()
                .filter(move |chunk| chunk.0 == mode)
                .map(|chunk| words_of(chunk.1))
        };
        let distinct = |words: Vec<String>| words.into_iter().collect::<std::collections::HashSet<_>>().len();
        let tokens = texts().map(|words| words.len()).sum::<usize>() as f64;
        let postings = texts().map(distinct).sum::<usize>() as f64;
        (mode, tokens, postings, distinct(texts().flatten().collect()) as f64)
    };
    modes.into_iter().map(of_mode).collect()
}

#[test]
fn words_are_counted_by_mode_whatever_came_before() {
    let counted = |fixture: &Fixture| -> Vec<(u32, f64, f64, f64)> {
        let counts = vocabulary::count_words(&fixture.readable).unwrap();
        let numbers = |each: WordCounts| (each.mode, each.tokens, each.postings, each.vocabulary);
        counts.into_iter().map(numbers).collect()
    };
    let mut fixture = Fixture::new();
    fixture.commit("nothing");
    assert_eq!(counted(&fixture), []);
    // More chunks with the same word than one block of postings has, in several segments.
    let many: String = (0..300)
        .map(|number| format!("common word{number} word{number}\n\n"))
        .collect();
    let prose = |fixture: &Fixture, path: &str, text: &str| {
        let mut entry = fixture.write(path, text, "");
        entry.chunks = Uint32Array::new(vec![2, 0, text.len() as u32, 0, 0]);
        entry
    };
    let files = [
        fixture.write("many.rs", &many, "common"),
        prose(&fixture, "a.md", "common prose"),
    ];
    fixture.apply(1, &files, &[]);
    fixture.commit("one");
    let files = [
        fixture.write("b.rs", "openFile common\n", ""),
        fixture.write("gone.rs", "gone common\n", ""),
    ];
    fixture.apply(2, &files, &[]);
    fixture.commit("two");
    let chunks: Vec<(u32, &str)> = many.split_inclusive("\n\n").map(|chunk| (1, chunk)).collect();
    let also = [(1, "openFile common"), (1, "gone common"), (2, "common prose")];
    assert_eq!(counted(&fixture), words_by_hand(&[&chunks[..], &also].concat()));
    // What is replaced or removed does not count, before a merge and after it.
    let files = [fixture.write("b.rs", "closeFile\n", "")];
    fixture.apply(3, &files, &["gone.rs", "a.md"]);
    fixture.commit("three");
    let expected = words_by_hand(&[&chunks[..], &[(1, "closeFile")]].concat());
    assert_eq!(counted(&fixture), expected);
    fixture.writer.as_mut().unwrap().merge(&fixture.readable, 1).unwrap();
    assert_eq!(counted(&fixture), expected);
}
