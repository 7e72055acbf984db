//! Loops of macros around one statement: `list_for_each_entry(item, list, member)` without a brace behind it. The
//! parser gets a call, and the statement after it.

use memchr::memmem;

use super::{arguments_of, is_word, Edits, Source};

pub fn find(source: &Source, edits: &mut Edits) {
    let bytes = source.bytes();
    let mut after = 0;
    for at in memmem::find_iter(bytes, "each") {
        let before = &bytes[..at];
        if at < after || !before.ends_with(b"for_") && !before.ends_with(b"for") {
            continue;
        }
        let open = at + bytes[at..].iter().take_while(|byte| is_word(**byte)).count();
        after = open;
        if bytes.get(open) != Some(&b'(') || source.in_directive(at) {
            continue;
        }
        let end = arguments_of(&bytes[open..]).map(|arguments| open + arguments.end);
        if let Some(blank) = end.and_then(|end| blank_before_statement(bytes, end)) {
            edits.word(blank..blank + 1, ";");
        }
    }
}

/// The first blank behind this place, if a statement begins behind it.
pub fn blank_before_statement(text: &[u8], at: usize) -> Option<usize> {
    let blank = at + text[at..].iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let next = *text[blank..].trim_ascii_start().first()?;
    (matches!(text[blank], b' ' | b'\t') && (is_word(next) || next == b'*')).then_some(blank)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn a_loop_around_one_statement_is_a_call() {
        let cases = [
            (
                "list_for_each_entry(a, &b, c)\n\t\tn++;",
                "list_for_each_entry(a, &b, c)\n;\tn++;",
            ),
            ("for_each_cpu(i) n += i;", "for_each_cpu(i);n += i;"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "foreach (a)\n",
            "for_each_cpu(i) {\n}",
            "for_each_cpu(i);\n n++;",
            "#define a() \\\n for_each(i) \\\n  n++;",
            "for_each(i)\nn++;",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }
}
