//! Methods that GoogleMock makes: `MOCK_METHOD(int, name, (char), (override));` is `int name(char);`. And the words of
//! libstdc++ for exceptions that may be switched off: `__try { } __catch(...) { }`.

use memchr::memmem;

use super::{arguments_of, is_word, Edits, Source};

const MOCK: &[u8] = b"MOCK_METHOD(";

pub fn find(source: &Source, edits: &mut Edits) {
    let bytes = source.bytes();
    for at in memmem::find_iter(bytes, MOCK) {
        mocked(bytes, at, edits);
    }
    // Microsoft's `__try` goes with `__except` and `__finally`, which the grammar knows.
    if memmem::find(bytes, b"__catch(").is_some() {
        for (word, plain) in [("__try", "try"), ("__catch", "catch")] {
            for at in memmem::find_iter(bytes, word) {
                let end = at + word.len();
                let goes_on = bytes[..at].last().is_some_and(|byte| is_word(*byte))
                    || bytes.get(end).is_some_and(|byte| is_word(*byte));
                if !goes_on {
                    edits.word(at..end, plain);
                }
            }
        }
    }
}

/// Removes what is not of the method's head.
fn mocked(text: &[u8], at: usize, edits: &mut Edits) {
    let open = at + MOCK.len() - 1;
    let Some(arguments) = arguments_of(&text[open..]) else {
        return;
    };
    let [first, second, rest @ ..] = arguments.commas.as_slice() else {
        return;
    };
    let close = open + arguments.end - 1;
    edits.blank(at..open + 1);
    edits.blank(open + first..open + first + 1);
    edits.blank(open + second..open + second + 1);
    edits.blank(rest.first().map_or(close, |third| open + third)..close + 1);
    // A type with commas stands in parentheses.
    let before = &text[open + 1..open + first];
    let result = before.trim_ascii();
    if result.starts_with(b"(") && result.ends_with(b")") {
        let start = open + 1 + before.len() - before.trim_ascii_start().len();
        edits.blank(start..start + 1);
        edits.blank(start + result.len() - 1..start + result.len());
    }
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
        let cases = [
            ("__try { f(); } __catch(...) { }", "try   { f(); } catch  (...) { }"),
            ("__catch(__try", "catch  (try  "),
        ];
        assert_plain(plain_cpp, &cases);
        for text in [" __try { } __except(1) { }", " a__try(__catch) "] {
            assert_eq!(plain_cpp(text), None, "{text}");
        }
    }
}
