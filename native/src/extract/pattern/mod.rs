//! Patterns over syntax trees: the part of tree-sitter's query language that our query files use, compiled into a table by
//! node kind, so that a node whose kind begins no pattern costs one look-up. `parse` reads a file, `matcher` runs it.
//! What a capture means is not known here.

mod matcher;
mod parse;
mod predicates;
mod reader;

pub use matcher::for_each_match;
pub use parse::parse;

use regex::bytes::Regex;

/// A compiled query file. `C` is what a capture stands for.
pub struct Patterns<C> {
    /// What begins a pattern: those of one kind beside each other, in the order of the file.
    roots: Vec<Root<C>>,
    kinds: Vec<Kind>,
    /// By pattern: its `(#set! key value)`, in order.
    pub settings: Vec<Vec<(String, String)>>,
}

struct Root<C> {
    pattern: u32,
    node: NodePattern<C>,
}

/// What is known of a node by its kind. The last one stands for ERROR.
#[derive(Clone, Copy, Default)]
struct Kind {
    named: bool,
    /// Whether a pattern names fields of its children.
    has_fields: bool,
    /// Where its roots are.
    first_root: u16,
    end_root: u16,
}

/// What a node must be, and its children.
#[derive(Clone)]
struct NodePattern<C> {
    kind: KindTest,
    /// Fields that it must not have.
    without: Vec<u16>,
    captures: Vec<Binding<C>>,
    steps: Vec<Step<C>>,
    /// Nothing named comes after the last step: `(a (b) .)`.
    closed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KindTest {
    Is(u16),
    Named,
    Any,
}

/// One child of a node pattern.
#[derive(Clone)]
struct Step<C> {
    field: Option<u16>,
    /// Nothing named is between it and the step before: `. (b)`.
    adjacent: bool,
    optional: bool,
    /// Any of them.
    choices: Vec<NodePattern<C>>,
    /// Which of several children it is makes no difference: no capture is in it, and nothing has to be adjacent to it.
    any_will_do: bool,
}

#[derive(Clone)]
struct Binding<C> {
    name: String,
    /// `None` for `@_name`, which is for predicates only.
    capture: Option<C>,
    checks: Vec<Check>,
}

/// What a predicate says of a capture's text.
#[derive(Clone)]
struct Check {
    test: TextTest,
    expected: bool,
}

#[derive(Clone)]
enum TextTest {
    OneOf(Vec<String>),
    Matches(Regex),
}

impl Check {
    fn passes(&self, text: &[u8]) -> bool {
        let found = match &self.test {
            TextTest::OneOf(words) => words.iter().any(|word| word.as_bytes() == text),
            TextTest::Matches(regex) => regex.is_match(text),
        };
        found == self.expected
    }
}

impl<C> Patterns<C> {
    fn kind(&self, id: u16) -> &Kind {
        &self.kinds[usize::from(id).min(self.kinds.len() - 1)]
    }
}

impl<C> NodePattern<C> {
    fn holds_capture(&self) -> bool {
        let in_step = |step: &Step<C>| step.choices.iter().any(Self::holds_capture);
        self.captures.iter().any(|binding| binding.capture.is_some()) || self.steps.iter().any(in_step)
    }
}
