//! Lines of the preprocessor that the grammar loses its way in: a comment in the middle of a macro, after which it takes the
//! rest, and the macros that follow, for something else; and a named rest of parameters (`#define LOG(format...)`).

use std::ops::Range;

use memchr::memmem;

use super::{is_word, spaces, start_of_line, Edit};

pub fn find(text: &str, edits: &mut Vec<Edit>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let indent = bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let is_directive = bytes.get(start + indent) == Some(&b'#');
        let end = if is_directive {
            end_of_directive(bytes, start)
        } else {
            end_of_line(bytes, start)
        };
        if is_directive {
            edits.extend(inner_comments(bytes, start..end).map(spaces));
            edits.extend(named_rest(bytes, start..end).map(spaces));
        }
        start = end + 1;
    }
}

fn end_of_line(bytes: &[u8], start: usize) -> usize {
    memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length)
}

/// A directive goes on behind a backslash at the end of a line.
pub fn end_of_directive(bytes: &[u8], start: usize) -> usize {
    let mut line = start;
    loop {
        let end = end_of_line(bytes, line);
        if end == bytes.len() || !goes_on(&bytes[line..end]) {
            return end;
        }
        line = end + 1;
    }
}

/// Whether the line that starts there belongs to the one before: then nothing in it is a directive.
pub fn is_continued(bytes: &[u8], start: usize) -> bool {
    start > 0 && goes_on(&bytes[start_of_line(bytes, start - 1)..start - 1])
}

fn goes_on(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"\\")
}

/// The comments that something follows in the same directive.
fn inner_comments(bytes: &[u8], directive: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = directive.start;
    std::iter::from_fn(move || {
        let open = at + memmem::find(&bytes[at..directive.end], b"/*")?;
        let close = open + 2 + memmem::find(&bytes[open + 2..directive.end], b"*/")? + 2;
        at = close;
        let rest = bytes[close..directive.end].iter();
        let is_last = rest.copied().all(|byte| byte.is_ascii_whitespace() || byte == b'\\');
        (!is_last).then_some(open..close)
    })
}

fn named_rest(bytes: &[u8], directive: Range<usize>) -> Option<Range<usize>> {
    let dots = directive.start + memmem::find(&bytes[directive.clone()], b"...")?;
    let name = bytes[..dots].iter().rev().take_while(|byte| is_word(**byte)).count();
    (name > 0).then_some(dots - name..dots)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn comments_within_a_directive_go() {
        let cases = [
            (
                "#define A (1 /* é */ + \\\n 2 /* b */)\n#define B /* 1 */ 2 /* 3 */",
                "#define A (1          + \\\n 2        )\n#define B         2 /* 3 */",
            ),
            ("  # if A /* a\\\n */ + B\n", "  # if A     \\\n    + B\n"),
            ("#if A /* a\\\r\n */ + B\r\n", "#if A     \\\r\n    + B\r\n"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "#define A 1 /* a */ \\\n\n",
            "#define A 1 /* a\n b */ c",
            "f(/* a */ 1);",
            "#define A 1 // /* a",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn the_rest_of_parameters_has_no_name() {
        let cases = [(
            "#define LOG(a, rest...) f(a, ##rest)",
            "#define LOG(a,     ...) f(a, ##rest)",
        )];
        assert_plain(plain_c, &cases);
        assert_eq!(plain_c("#define F(...) f(a, ...)"), None);
    }
}
