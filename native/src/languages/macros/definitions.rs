//! Definitions that macros make: `SYSCALL_DEFINE2(name, int, a, int, b) {` is a function, `static DEFINE_MUTEX(name);` a
//! variable. The parser gets them as such: `int             name( int  a, int  b) {`, `static int          name ;`.

use std::ops::Range;

use super::{arguments_of, is_word, lines, Arguments, Edits, Source};

/// The shortest of such names of macros have room for the type that takes their place.
const TYPE: &str = "int";

pub fn find(source: &Source, edits: &mut Edits) {
    let text = source.text;
    for line in lines(source.bytes()) {
        if let Some(call) = Call::of_line(text, line.start, &text[line.clone()]) {
            call.define(text, edits);
        } else if text[line.clone()].starts_with("STATIC ") {
            edits.word(line.start..line.start + "STATIC".len(), "static");
        }
    }
}

/// What looks like the call of a macro at the beginning of a line: `static const NAME(first, second)`.
struct Call<'a> {
    name: &'a str,
    /// Where the name begins.
    at: usize,
    arguments: Arguments,
    is_static: bool,
    is_indented: bool,
}

impl<'a> Call<'a> {
    fn of_line(text: &'a str, start: usize, line: &'a str) -> Option<Self> {
        let unindented = line.trim_start_matches([' ', '\t']);
        let without_static = word_off(unindented, "static");
        let is_static = without_static.is_some();
        let rest = without_static.unwrap_or(unindented);
        let rest = word_off(rest, "const").unwrap_or(rest);
        let length = rest.bytes().take_while(|&byte| is_word(byte)).count();
        let name = &rest[..length];
        let is_macro = length >= TYPE.len()
            && name.bytes().all(|byte| !byte.is_ascii_lowercase())
            && name.as_bytes()[0].is_ascii_uppercase();
        if !is_macro || rest.as_bytes().get(length) != Some(&b'(') {
            return None;
        }
        let at = start + line.len() - rest.len();
        Some(Self {
            name,
            at,
            arguments: arguments_of(&text.as_bytes()[at + length..])?,
            is_static,
            is_indented: unindented.len() < line.len(),
        })
    }

    fn define(&self, text: &str, edits: &mut Edits) {
        let open = self.at + self.name.len();
        let rest = text[open + self.arguments.end..].trim_ascii_start();
        match rest.bytes().next() {
            Some(b'{') if self.is_function() => self.define_function(text, open, edits),
            Some(b';' | b'=') if self.has_type_first() => self.define_typed(open, edits),
            Some(b';' | b'=') if self.is_variable() => self.define_variable(text, open, edits),
            _ => {}
        }
    }

    /// Tests have their own names; loops and other statements are indented.
    fn is_function(&self) -> bool {
        !self.is_indented && !self.name.starts_with("TEST")
    }

    /// What is indented is a member of a struct, or local. Attributes and events have names that are put together.
    fn is_variable(&self) -> bool {
        let is_definition = ["DEFINE_", "DECLARE_"].iter().any(|word| self.name.starts_with(word));
        let is_head = (self.is_static && !self.is_indented) || self.name.ends_with("_HEAD");
        (is_definition || is_head) && !["ATTR", "EVENT"].iter().any(|word| self.name.contains(word))
    }

    fn has_type_first(&self) -> bool {
        (self.name.contains("_PER_CPU") || self.name == "DECLARE_FLEX_ARRAY") && self.arguments.commas.len() == 1
    }

    /// Some macros take the types and the names of parameters in turn, which one sees by the number at their ends.
    fn define_function(&self, text: &str, open: usize, edits: &mut Edits) {
        let [first, others @ ..] = self.arguments.commas.as_slice() else {
            return;
        };
        if !is_name(text[open + 1..open + first].trim_ascii()) {
            return;
        }
        edits.word(self.range(), TYPE);
        edits.blank(open..open + 1);
        edits.word(open + first..open + first + 1, "(");
        if self.name.ends_with(|last: char| last.is_ascii_digit()) && others.len() % 2 == 1 {
            for comma in others.iter().step_by(2) {
                edits.blank(open + comma..open + comma + 1);
            }
        }
    }

    fn define_variable(&self, text: &str, open: usize, edits: &mut Edits) {
        let close = self.arguments.end - 1;
        let behind = self.arguments.commas.first().copied().unwrap_or(close);
        if is_name(text[open + 1..open + behind].trim_ascii()) {
            edits.word(self.range(), TYPE);
            edits.blank(open..open + 1);
            edits.blank(open + behind..open + close + 1);
        }
    }

    /// `DEFINE_PER_CPU(type, name)`.
    fn define_typed(&self, open: usize, edits: &mut Edits) {
        let is_declaration = self.name.starts_with("DECLARE_PER_CPU");
        edits.word(self.range(), if is_declaration { "extern" } else { "" });
        for mark in [0, self.arguments.commas[0], self.arguments.end - 1] {
            edits.blank(open + mark..open + mark + 1);
        }
    }

    /// The macro's name.
    fn range(&self) -> Range<usize> {
        self.at..self.at + self.name.len()
    }
}

/// What follows a word and blanks.
fn word_off<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    rest.starts_with([' ', '\t'])
        .then(|| rest.trim_start_matches([' ', '\t']))
}

fn is_name(text: &str) -> bool {
    text.bytes().all(is_word) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::{assert_plain, plain_c};

    #[test]
    fn functions() {
        let cases = [
            (
                "SYSCALL_DEFINE2(dup, int, a,\n  char *, b)\n{",
                "int             dup( int  a,\n  char *  b)\n{",
            ),
            ("static BPF_CALL_1(f, u32, a) {", "static int        f( u32  a) {"),
            ("DEFINE_GETTER(f, int a) {", "int           f( int a) {"),
            ("STATIC int\nf(void)", "static int\nf(void)"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "SYSCALL_DEFINE0(f)\n{",
            "TEST_F(a, b) {",
            "  FOR_ALL(a, b) {",
            "MAX(1, b) {",
            "Define(a, b) {",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }

    #[test]
    fn variables() {
        let cases = [
            ("static DEFINE_MUTEX(m);", "static int          m ;"),
            ("DECLARE_WORK(w, f) ;", "int          w     ;"),
            (
                "static const PM_OPS(ops, a(1), b) = x;",
                "static const int    ops           = x;",
            ),
            ("static LIST_HEAD(l);", "static int       l ;"),
            ("\tDECLARE_BITMAP(map, 8);", "\tint            map    ;"),
            ("DEFINE_PER_CPU(struct rq, queue);", "                      rq  queue ;"),
            ("DECLARE_PER_CPU(int, n);", "extern          int  n ;"),
        ];
        assert_plain(plain_c, &cases);
        for text in [
            "EXPORT_SYMBOL(f);",
            "static DEVICE_ATTR(name, 1);",
            "DEFINE_EVENT(class, name);",
            "  static ONCE(a);",
            "DEFINE_X(1);",
            "DEFINE_X(a",
            "DEFINE_X",
            "static",
            "",
        ] {
            assert_eq!(plain_c(text), None, "{text}");
        }
    }
}
