//! What changes a text for its parser takes time in proportion to the text, whatever is in it: no deadline guards it.

use std::time::Duration;

use almagest_native::clock::ThreadClock;
use almagest_native::languages::ALL;

const BYTES: usize = 1 << 20;

/// As long as it may be in a file that is parsed.
const LINE: usize = 10_000;

/// It takes a tenth of this at most; looking at each line again for each word of it takes ten times as long.
const MAX: Duration = Duration::from_secs(2);

/// What is repeated in each line, and what ends it.
const LINES: [(&str, &str); 24] = [
    ("#", "\n"),
    (" #", "\n"),
    ("__init ", "\\\n"),
    ("for_each", "\n"),
    ("for_each(a) ", "\\\n"),
    ("LIB_API ", "\\\n"),
    ("A_API", "\n"),
    ("struct a, ", "\n"),
    ("MOCK_METHOD(a, b, (", "\n"),
    ("__try __catch(", "\n"),
    ("offsetof(a, ", "\n"),
    ("min_t(a, ", "\n"),
    ("#define A /* ", "\\\n"),
    ("class A B ", "\n"),
    ("class A((", "\n"),
    ("\"\\", "\n"),
    ("'/*", "\n"),
    ("<a b='", "\n"),
    ("<script", "\n"),
    ("<", "\n"),
    (">", "\n"),
    ("(in ", "\n"),
    ("url(.", "\n"),
    ("éé ", "\n"),
];

/// Short lines, repeated.
const BLOCKS: [&str; 12] = [
    "#if a\n",
    "#endif\n",
    "#if a\\\n#endif\\\n",
    "#if a\n\n\n\n#else\n#endif\n",
    "A_B\n\n",
    "A_B\\\n",
    "__init\\\n",
    "case 1 ...\n",
    "DEFINE_A(\n",
    "copy from stdin;\n",
    "\\\n",
    "/*\n",
];

fn assert_fast(name: &str, text: &str) {
    for language in ALL {
        let Some(plain) = language.plain else { continue };
        let clock = ThreadClock::start();
        let length = plain(text).map_or(text.len(), |plain| plain.len());
        let taken = clock.elapsed();
        assert_eq!(length, text.len(), "{}: {name:?}", language.name);
        assert!(taken < MAX, "{}: {name:?} took {taken:?}", language.name);
    }
}

#[test]
fn long_lines() {
    for (unit, end) in LINES {
        let line = unit.repeat((LINE - end.len()) / unit.len()) + end;
        assert_fast(unit, &line.repeat(BYTES / line.len()));
        let half = " ".repeat(LINE / 2) + &line[..line.floor_char_boundary(LINE / 2)] + end;
        assert_fast(&format!("blanks {unit}"), &half.repeat(BYTES / half.len()));
    }
}

#[test]
fn short_lines() {
    for block in BLOCKS {
        assert_fast(block, &block.repeat(BYTES / block.len()));
    }
}

#[test]
fn nested_conditions() {
    for depth in [10, 100, 500, 1000] {
        let nested = "#if a\n".repeat(depth) + &"#endif\n".repeat(depth);
        assert_fast(&format!("{depth} levels"), &nested.repeat(BYTES / nested.len()));
    }
}

#[test]
fn the_ends_of_a_text() {
    for (unit, _) in LINES {
        for text in [unit, unit.trim_end(), "__catch(__try", "__try __catch("] {
            assert_fast(text, text);
        }
    }
}
