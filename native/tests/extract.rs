//! Extraction of whole files from disk: encodings, hostile and damaged content, limits, and that threads change nothing.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use almagest_native::decode::Encoding;
use almagest_native::error::NativeError;
use almagest_native::extract::batch::{self, in_flight, Outcome, Start, Threads};
use almagest_native::extract::facts::Limit;
use almagest_native::extract::Limits;
use almagest_native::languages::ALL;
use almagest_native::read::Root;
use almagest_native::skip_reason::SkipReason;

const LIMITS: Limits = Limits {
    deadline: Duration::from_secs(2),
    max_parse_bytes: 1 << 20,
    max_line_bytes: 10_000,
    max_rows: 50_000,
};

fn extract(files: &[(&str, Vec<u8>)], threads: usize, limits: &Limits) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        fs::write(folder.path().join(path), bytes).unwrap();
    }
    let root = Root::open(folder.path().to_str().unwrap()).unwrap();
    let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    extract_files(&root, &paths, limits, threads, || false).unwrap()
}

fn extract_files(
    root: &Root,
    paths: &[String],
    limits: &Limits,
    count: usize,
    is_cancelled: impl Fn() -> bool + Sync,
) -> Result<Vec<Outcome>, NativeError> {
    let start = Start::InTurn;
    let threads = Threads { count, start };
    batch::extract_files(root, paths, 64 << 20, limits, threads, is_cancelled, |outcome| outcome)
}

fn one(path: &str, bytes: impl Into<Vec<u8>>, limits: &Limits) -> Outcome {
    extract(&[(path, bytes.into())], 1, limits).remove(0)
}

fn symbols(outcome: &Outcome) -> Vec<(String, u32, u32)> {
    let facts = &outcome.facts;
    let text = |id: u32| String::from_utf8(facts.names.get(id as usize).to_vec()).unwrap();
    facts
        .symbols
        .iter()
        .map(|row| (text(row[0]), row[9], row[10]))
        .collect()
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    "\u{FEFF}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(bytes)
        .collect()
}

#[test]
fn encodings_give_the_same_symbols() {
    let text = "x = '😀é'; größe = 1\ndef nächste(): pass\n";
    let expected = vec![("x".into(), 0, 0), ("größe".into(), 0, 11), ("nächste".into(), 1, 4)];
    let bom = [b"\xEF\xBB\xBF".to_vec(), text.into()].concat();
    let crlf = text.replace('\n', "\r\n");
    for (bytes, encoding) in [
        (text.into(), Encoding::Utf8),
        (bom, Encoding::Utf8Bom),
        (utf16(text, false), Encoding::Utf16Le),
        (utf16(text, true), Encoding::Utf16Be),
        (crlf.into(), Encoding::Utf8),
    ] {
        let outcome = one("a.py", bytes, &LIMITS);
        assert_eq!((outcome.encoding, symbols(&outcome)), (encoding, expected.clone()));
        assert_eq!((outcome.facts.limit, outcome.facts.lines), (Limit::None, 3));
    }
    let latin1 = one("a.py", b"gr\xF6\xDFe = 1\n".to_vec(), &LIMITS);
    assert_eq!(
        (latin1.encoding, symbols(&latin1)),
        (Encoding::Latin1, vec![("größe".into(), 0, 0)])
    );
}

#[test]
fn files_that_are_no_text_or_not_there_are_skipped_with_a_reason() {
    let outcomes = extract(&[("a.ts", b"ELF\0\x01".to_vec()), ("b.ts", Vec::new())], 1, &LIMITS);
    assert_eq!(
        outcomes[0].skip.as_ref().map(|skip| skip.reason),
        Some(SkipReason::Binary)
    );
    assert!(outcomes[1].skip.is_none() && outcomes[1].facts.chunks.is_empty() && outcomes[1].facts.lines == 1);
    let folder = tempfile::tempdir().unwrap();
    let root = Root::open(folder.path().to_str().unwrap()).unwrap();
    let gone = extract_files(&root, &["gone.ts".to_owned()], &LIMITS, 2, || false).unwrap();
    assert_eq!(
        gone[0].skip.as_ref().map(|skip| skip.reason),
        Some(SkipReason::Vanished)
    );
    assert!(in_flight().iter().all(|(path, _)| path != "gone.ts"));
}

#[test]
fn limits_leave_text_that_is_fully_chunked() {
    let line = one("a.js", "a;".repeat(10 << 20), &LIMITS);
    assert_eq!(line.facts.limit, Limit::ParseLimit);
    assert!(line.facts.chunks.len() > 100, "one line is split");
    let long = one("a.js", "a;".repeat(6_000), &LIMITS);
    assert_eq!(
        (long.facts.limit, long.facts.symbols.len(), long.facts.chunks.len()),
        (Limit::LongLines, 0, 1)
    );
    let plain = one("notes", "one\ntwo\n", &LIMITS);
    assert_eq!((plain.facts.limit, plain.facts.chunks.len()), (Limit::NoGrammar, 1));
    let rows = one(
        "a.js",
        "function f() { g(); }\n".repeat(30),
        &Limits { max_rows: 10, ..LIMITS },
    );
    assert_eq!((rows.facts.limit, rows.facts.symbols.len()), (Limit::RowLimit, 10));
    assert!(rows.facts.calls.iter().all(|call| call[5] <= 10));
    for outcome in [line, long, plain] {
        let mut end = 0;
        for chunk in &outcome.facts.chunks {
            assert_eq!(chunk[1], end);
            end = chunk[2];
        }
        assert_eq!(u64::from(end), outcome.stat.size);
    }
}

#[test]
fn hostile_content_ends_at_the_deadline() {
    let limits = Limits {
        deadline: Duration::from_millis(500),
        max_line_bytes: 1 << 20,
        ..LIMITS
    };
    let nested = ["(", "[", "{"].map(|open| open.repeat(60_000));
    for (path, text) in [
        ("quotes.go", "\"".repeat(100_001)),
        ("quotes.ts", "\"".repeat(100_001)),
        ("templates.cpp", "a<".repeat(100_000)),
        ("templates.js", "`${".repeat(50_000)),
        ("heredocs.sh", "<<E\n".repeat(30_000)),
        ("comment.c", format!("/*{}", "*".repeat(100_000))),
        ("round.js", nested[0].clone()),
        ("square.py", nested[1].clone()),
        ("curly.go", nested[2].clone()),
        ("deep.rs", format!("fn f() {{{}", "if x {".repeat(30_000))),
        ("spaces.ts", " ".repeat(900_000)),
        ("names.ts", format!("const {} = 1;", "a".repeat(900_000))),
    ] {
        // How long its thread really ran: a busy machine lets it wait, too.
        let is_over = AtomicBool::new(false);
        let (outcome, ran) = std::thread::scope(|scope| {
            let longest = scope.spawn(|| {
                let mut longest = Duration::ZERO;
                while !is_over.load(Ordering::Relaxed) {
                    let mine = in_flight().into_iter().filter(|(name, _)| name == path);
                    longest = mine.map(|(_, ran)| ran).max().unwrap_or_default().max(longest);
                    std::thread::sleep(Duration::from_millis(5));
                }
                longest
            });
            let outcome = one(path, text, &limits);
            is_over.store(true, Ordering::Relaxed);
            (outcome, longest.join().unwrap())
        });
        assert!(ran < Duration::from_secs(2), "{path} took {ran:?}");
        assert!(
            outcome.skip.is_none() && !outcome.facts.chunks.is_empty(),
            "{path}: {:?}",
            outcome.facts.limit
        );
    }
}

#[test]
fn a_file_after_one_that_ran_out_of_time_is_whole() {
    let hostile = "\"".repeat(100_001);
    let limits = Limits {
        deadline: Duration::from_millis(200),
        max_line_bytes: 1 << 20,
        ..LIMITS
    };
    let outcomes = extract(
        &[("a.go", hostile.into()), ("b.go", b"package b\nfunc F() {}\n".to_vec())],
        1,
        &limits,
    );
    assert_eq!(outcomes[0].facts.limit, Limit::Deadline);
    assert_eq!(
        (outcomes[1].facts.limit, outcomes[1].facts.symbols.len()),
        (Limit::None, 2)
    );
}

#[test]
fn threads_change_nothing() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths: Vec<String> = ["extract", "languages", "index"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).into_iter().flatten())
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    paths.sort();
    assert!(paths.len() > 40);
    let root = Root::open(root.to_str().unwrap()).unwrap();
    let alone = extract_files(&root, &paths, &LIMITS, 1, || false).unwrap();
    let together = extract_files(&root, &paths, &LIMITS, 4, || false).unwrap();
    for ((path, a), b) in paths.iter().zip(&alone).zip(&together) {
        assert!(a.facts == b.facts && a.hash == b.hash, "{path}");
    }
}

#[test]
fn cancelling_ends_a_batch_with_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::open(folder.path().to_str().unwrap()).unwrap();
    let error = extract_files(&root, &["a".to_owned()], &LIMITS, 1, || true)
        .err()
        .map(|error| error.code);
    assert_eq!(error, Some(almagest_native::error::Code::Cancelled));
}

#[test]
fn any_bytes_in_any_language_are_survived() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words = [
        " ",
        "\n",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "\"",
        "'",
        "`",
        "::",
        ".",
        ",",
        ";",
        "=",
        "=>",
        "é",
        "😀",
        "x",
        "class ",
        "function ",
        "def ",
        "fn ",
        "impl ",
        "import ",
        "export ",
        "from ",
        "struct ",
        "/*",
        "*/",
        "//",
        "#",
        "\r",
        "@",
        "1",
    ];
    for language in ALL.iter().filter(|language| !language.extensions.is_empty()) {
        for _ in 0..8 {
            let text: String = (0..400).map(|_| words[random() as usize % words.len()]).collect();
            let outcome = one(&format!("a.{}", language.extensions[0]), text, &LIMITS);
            assert!(outcome.skip.is_none(), "{}: {:?}", language.name, outcome.skip);
            let mut end = 0;
            for chunk in outcome.facts.chunks.iter().filter(|chunk| chunk[0] != 3) {
                assert_eq!(chunk[1], end, "{}", language.name);
                end = chunk[2];
            }
            assert_eq!(u64::from(end), outcome.stat.size, "{}", language.name);
        }
    }
}
