//! Methods that GoogleMock makes: `MOCK_METHOD(int, name, (char), (override));` is `int name(char);`. And the words of
//! libstdc++ for exceptions that may be switched off: `__try { } __catch(...) { }`.

use memchr::memmem;

use super::{arguments_of, is_word, spaces, Edit, Plain};

const MOCK: &[u8] = b"MOCK_METHOD(";

pub fn find(text: &str, edits: &mut Vec<Edit>) {
    let bytes = text.as_bytes();
    for at in memmem::find_iter(bytes, MOCK) {
        edits.extend(mocked(bytes, at).into_iter().flatten());
    }
    // Microsoft's `__try` goes with `__except` and `__finally`, which the grammar knows.
    if memmem::find(bytes, b"__catch(").is_some() {
        for (word, plain) in [("__try", "try"), ("__catch", "catch")] {
            let found = memmem::find_iter(bytes, word).map(|at| at..at + word.len());
            let whole = found.filter(|range| !is_word(bytes[range.start - 1]) && !is_word(bytes[range.end]));
            edits.extend(whole.map(|range| Edit {
                range,
                to: Plain::Word(plain),
            }));
        }
    }
}

/// Removes what is not of the method's head.
fn mocked(text: &[u8], at: usize) -> Option<Vec<Edit>> {
    let open = at + MOCK.len() - 1;
    let arguments = arguments_of(&text[open..])?;
    let [first, second, rest @ ..] = arguments.commas.as_slice() else {
        return None;
    };
    let close = open + arguments.end - 1;
    let mut edits = vec![
        spaces(at..open + 1),
        spaces(open + first..open + first + 1),
        spaces(open + second..open + second + 1),
        spaces(rest.first().map_or(close, |third| open + third)..close + 1),
    ];
    // A type with commas stands in parentheses.
    let result = text[open + 1..open + first].trim_ascii();
    if result.starts_with(b"(") && result.ends_with(b")") {
        let start = open + 1 + memchr::memchr(b'(', &text[open + 1..])?;
        edits.push(spaces(start..start + 1));
        edits.push(spaces(start + result.len() - 1..start + result.len()));
    }
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_cpp};

    #[test]
    fn mocked_methods_are_methods() {
        let cases = [
            (
                "MOCK_METHOD(int, f, (char a), (const, override));",
                "            int  f  (char a)                    ;",
            ),
            ("MOCK_METHOD((map<a, b>), f, ());", "             map<a, b>   f  () ;"),
        ];
        assert_plain(plain_cpp, &cases);
        for text in ["MOCK_METHOD(int)", "MOCK_METHOD(int, f", "MOCK_METHOD0(f, int());"] {
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }

    #[test]
    fn exceptions_that_may_be_switched_off_are_exceptions() {
        let cases = [(" __try { f(); } __catch(...) { }", " try   { f(); } catch  (...) { }")];
        assert_plain(plain_cpp, &cases);
        for text in [" __try { } __except(1) { }", " a__try(__catch) "] {
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }
}
