use std::fs;

use super::*;
use crate::error::Code;

fn options(pattern: &str) -> GrepOptions {
    GrepOptions {
        root: "/".into(),
        pattern: pattern.into(),
        regex: true,
        case_sensitive: true,
        whole_word: false,
        multiline: false,
        limit: 100,
        per_file: 100,
        threads: 2,
        max_file_bytes: 1e6,
        context_lines: 0,
    }
}

fn show(hit: &GrepHit) -> String {
    let ranges: Vec<_> = hit
        .ranges
        .chunks(2)
        .map(|range| format!("{}-{}", range[0], range[1]))
        .collect();
    format!("{}:{} {:?} {}", hit.path, hit.line, hit.text, ranges.join(","))
}

/// Matching lines of one text, as `line "text" ranges`.
#[track_caller]
fn check(options: &GrepOptions, text: &str, expected: &[&str]) {
    let found = Pattern::new(options)
        .unwrap()
        .scan("f", text, 100, &CancelFlag::new())
        .unwrap();
    let shown: Vec<_> = found.hits.iter().map(|hit| show(hit)[2..].to_owned()).collect();
    assert_eq!(shown, expected);
    assert_eq!(found.total as usize, expected.len());
}

#[test]
fn columns_are_utf16_and_line_ends_are_not_text() {
    check(
        &options("b"),
        "aéb\r\n😀b b\nnone",
        &["0 \"aéb\" 2-3", "1 \"😀b b\" 2-3,4-5"],
    );
    check(
        &options("end$"),
        "an end\r\nend.\nthe end",
        &["0 \"an end\" 3-6", "2 \"the end\" 4-7"],
    );
    check(&options("^$"), "a\n\nb\n", &["1 \"\" "]);
    check(&options("x*"), "ax", &["0 \"ax\" 1-2"]);
}

#[test]
fn words_case_and_text() {
    let word = GrepOptions {
        whole_word: true,
        regex: false,
        ..options("a.b")
    };
    check(&word, "a.b xa.b a.bc (a.b)", &["0 \"a.b xa.b a.bc (a.b)\" 0-3,15-18"]);
    let any_case = GrepOptions {
        case_sensitive: false,
        ..options("straße|ΣΑΣ")
    };
    check(&any_case, "STRAßE\nσας", &["0 \"STRAßE\" 0-6", "1 \"σας\" 0-3"]);
    check(&options(r"\s+x"), "a\n x\n", &["1 \" x\" 0-2"]);
}

#[test]
fn a_match_over_lines_marks_each_of_them() {
    let over_lines = GrepOptions {
        multiline: true,
        ..options(r"b\nc+")
    };
    check(
        &over_lines,
        "ab\nccd\nb\nc\n",
        &["0 \"ab\" 1-2", "1 \"ccd\" 0-2", "2 \"b\" 0-1", "3 \"c\" 0-1"],
    );
}

#[test]
fn context_and_long_lines() {
    let with_context = GrepOptions {
        context_lines: 2,
        ..options("m")
    };
    let pattern = Pattern::new(&with_context).unwrap();
    let hits = pattern
        .scan("f", "1\r\n2\n3\nm\n4", 100, &CancelFlag::new())
        .unwrap()
        .hits;
    assert_eq!(
        (hits[0].before.join("|"), hits[0].after.join("|")),
        ("2|3".into(), "4".into())
    );
    let long = format!("{}m", "é".repeat(5_000));
    let hits = pattern.scan("f", &long, 100, &CancelFlag::new()).unwrap().hits;
    assert_eq!(
        (hits[0].text.chars().count(), hits[0].ranges.clone()),
        (1_000, vec![5_000, 5_001])
    );
}

#[test]
fn patterns_that_cannot_be_searched() {
    let code = |options: &GrepOptions| Pattern::new(options).map(|_| ()).unwrap_err().code;
    let cases = [
        "",
        "(",
        "a\nb",
        "[z-a]",
        &"(".repeat(100_000),
        r"\p{L}{1000}{1000}",
        &"x".repeat(70_000),
    ];
    for pattern in cases {
        assert_eq!(code(&options(pattern)), Code::Query, "{:.20}", pattern);
    }
    // What makes other engines run for ever ends here at once.
    check(&options("(a+)+$"), &format!("{}!", "a".repeat(20_000)), &[]);
}

#[test]
fn files_in_order_with_limits_that_do_not_depend_on_threads() {
    let temp = tempfile::tempdir().unwrap();
    for number in 0..40 {
        fs::write(temp.path().join(format!("f{number:02}")), "hit\nhit\nmiss\n").unwrap();
    }
    fs::write(temp.path().join("utf16"), b"\xFF\xFEh\0i\0t\0 \0\xE9\0\n\0").unwrap();
    fs::write(temp.path().join("binary"), b"hit\0hit").unwrap();
    fs::write(temp.path().join("large"), "hit ".repeat(100)).unwrap();
    let mut paths: Vec<String> = (0..40).rev().map(|number| format!("f{number:02}")).collect();
    paths.extend(["utf16", "binary", "large", "gone", "f00"].map(str::to_owned));
    let grep = |limit, per_file, threads| {
        let options = GrepOptions {
            root: temp.path().to_str().unwrap().to_owned(),
            limit,
            per_file,
            threads,
            max_file_bytes: 100.0,
            ..options("hit")
        };
        files::grep_files(&options, paths.clone(), &CancelFlag::new()).unwrap()
    };
    let all = grep(1000, 1000, 2);
    assert_eq!((all.hits.len(), all.total, all.files, all.cut), (81, 81, 41, false));
    assert_eq!(all.unreadable, ["large"]);
    assert_eq!(
        (show(&all.hits[1]), show(&all.hits[80])),
        ("f00:1 \"hit\" 0-3".into(), "utf16:0 \"hit é\" 0-3".into())
    );
    for threads in [1, 2, 8] {
        let some = grep(5, 1000, threads);
        let shown: Vec<_> = some
            .hits
            .iter()
            .map(|hit| format!("{}:{}", hit.path, hit.line))
            .collect();
        assert_eq!(shown, ["f00:0", "f00:1", "f01:0", "f01:1", "f02:0"]);
        assert_eq!((some.total, some.files, some.cut), (6, 3, true));
        let first = grep(1000, 1, threads);
        assert_eq!((first.hits.len(), first.total, first.cut), (41, 81, true));
    }
    let cancel = CancelFlag::new();
    cancel.cancel();
    let options = GrepOptions {
        root: temp.path().to_str().unwrap().to_owned(),
        ..options("hit")
    };
    assert_eq!(
        files::grep_files(&options, paths, &cancel)
            .map(|_| ())
            .unwrap_err()
            .code,
        Code::Cancelled
    );
}

#[test]
fn the_line_with_most_words_is_shown() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a.rs"), "\n// files\nfn parseFile(file) {}\nparse\n").unwrap();
    let range = |path: &str, start_line, end_line| LineRange {
        path: path.into(),
        start_line,
        end_line,
    };
    let root = Root::open(temp.path().to_str().unwrap()).unwrap();
    let best = |ranges: &[LineRange], words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let hits = best_lines::best_lines(&root, ranges, &words).unwrap();
        hits.iter().map(show).collect::<Vec<_>>().join("; ")
    };
    let all = || [range("a.rs", 0, 9)];
    assert_eq!(best(&all(), &["parse_file"]), "a.rs:2 \"fn parseFile(file) {}\" 3-12");
    assert_eq!(
        best(&all(), &["parse", "FILE"]),
        "a.rs:2 \"fn parseFile(file) {}\" 3-8,8-12,13-17"
    );
    assert_eq!(best(&all(), &["absent"]), "a.rs:1 \"// files\" ");
    assert_eq!(
        best(
            &[range("gone", 0, 1), range("a.rs", 3, 3), range("a.rs", 50, 60)],
            &["parse"]
        ),
        "a.rs:3 \"parse\" 0-5"
    );
}
