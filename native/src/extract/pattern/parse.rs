//! Reads a query file. What is not in our subset, or not in the grammar, is an error with its line: it would never match.

use regex::bytes::Regex;
use tree_sitter::Language;

use super::{Binding, Check, Kind, KindTest, NodePattern, Patterns, Root, Step, TextTest};

/// tree-sitter's number of ERROR nodes, which no grammar lists.
const ERROR: u16 = u16::MAX;

/// Compiles a file for a grammar. `meaning` gives what a capture's name stands for, `None` if there is no such capture;
/// `@_name` needs no meaning.
pub fn parse<C: Copy>(
    text: &str,
    language: &Language,
    meaning: impl Fn(&str) -> Option<C>,
) -> Result<Patterns<C>, String> {
    let mut parser = Parser {
        text,
        at: 0,
        language,
        meaning,
        predicates: Vec::new(),
    };
    let mut patterns = Vec::new();
    parser
        .file(&mut patterns)
        .map_err(|error| format!("line {}: {error}", text[..parser.at].matches('\n').count() + 1))?;
    Ok(assemble(patterns, language))
}

/// A pattern of the file: what may begin it, and its settings.
type Pattern<C> = (Vec<NodePattern<C>>, Vec<(String, String)>);

struct Parser<'a, F> {
    text: &'a str,
    at: usize,
    language: &'a Language,
    meaning: F,
    /// Of the pattern that is being read: names with their arguments.
    predicates: Vec<(&'a str, Vec<Argument<'a>>)>,
}

enum Argument<'a> {
    Capture(&'a str),
    Text(String),
}

impl<'a, C: Copy, F: Fn(&str) -> Option<C>> Parser<'a, F> {
    fn file(&mut self, patterns: &mut Vec<Pattern<C>>) -> Result<(), String> {
        while self.peek().is_some() {
            let root = self.step()?;
            if root.field.is_some() || root.optional {
                return Err("a pattern is a node, without a field or quantifier".to_owned());
            }
            if root.choices.iter().any(|node| !matches!(node.kind, KindTest::Is(_))) {
                return Err("a pattern with a wildcard at its root would be tried at every node".to_owned());
            }
            let mut nodes = root.choices;
            let mut settings = Vec::new();
            for (name, arguments) in std::mem::take(&mut self.predicates) {
                apply(name, arguments, &mut nodes, &mut settings)?;
            }
            patterns.push((nodes, settings));
        }
        Ok(())
    }

    /// `field: (node) @capture`, `[(one) (other)]?`, `"text"`, `_` and the like.
    fn step(&mut self) -> Result<Step<C>, String> {
        let field = match self.word_before(':') {
            Some(name) => Some(self.field(name)?),
            None => None,
        };
        let mut choices = match self.peek() {
            Some('[') => self.choices()?,
            Some('(') => self.parenthesis()?,
            Some('"') => {
                let text = self.string()?;
                vec![NodePattern::new(KindTest::Is(self.kind(&text, false)?))]
            }
            Some('_') if self.word()? == "_" => vec![NodePattern::new(KindTest::Any)],
            _ => return Err("a node, a choice or a text is expected".to_owned()),
        };
        let mut optional = false;
        loop {
            match self.peek() {
                Some('@') => {
                    let binding = self.capture()?;
                    choices.iter_mut().for_each(|node| node.captures.push(binding.clone()));
                }
                Some('?') => {
                    self.at += 1;
                    optional = true;
                }
                Some('*' | '+') => return Err("repetitions are not supported: write a pattern for one".to_owned()),
                _ => break,
            }
        }
        Ok(Step {
            field,
            adjacent: false,
            optional,
            choices,
            any_will_do: false,
        })
    }

    fn choices(&mut self) -> Result<Vec<NodePattern<C>>, String> {
        self.expect('[')?;
        let mut choices = Vec::new();
        while !self.skip(']') {
            let step = self.step()?;
            if step.field.is_some() || step.optional {
                return Err("a choice is between nodes, without fields or quantifiers".to_owned());
            }
            choices.extend(step.choices);
        }
        Ok(choices)
    }

    /// `(kind …)`, or one node with its predicates: `((kind …) (#eq? …))`.
    fn parenthesis(&mut self) -> Result<Vec<NodePattern<C>>, String> {
        self.expect('(')?;
        if matches!(self.peek(), Some('(' | '[' | '"')) {
            let group = self.step()?;
            while self.predicate()? {}
            if !self.skip(')') {
                return Err("siblings without their parent are not supported".to_owned());
            }
            return Ok(group.choices);
        }
        let mut node = NodePattern::new(match self.word()? {
            "_" => KindTest::Named,
            "ERROR" => KindTest::Is(ERROR),
            name => KindTest::Is(self.kind(name, true)?),
        });
        let mut adjacent = false;
        while !self.skip(')') {
            if self.skip('.') {
                adjacent = true;
            } else if self.skip('!') {
                let name = self.word()?;
                node.without.push(self.field(name)?);
            } else if !self.predicate()? {
                let mut step = self.step()?;
                step.adjacent = std::mem::take(&mut adjacent);
                node.steps.push(step);
            }
        }
        node.closed = adjacent;
        if !node.steps.is_empty() && !matches!(node.kind, KindTest::Is(_)) {
            return Err("a wildcard with children is not supported".to_owned());
        }
        for step in 0..node.steps.len() {
            let next_is_adjacent = node.steps.get(step + 1).map_or(node.closed, |next| next.adjacent);
            let holds_capture = node.steps[step].choices.iter().any(NodePattern::holds_capture);
            node.steps[step].any_will_do = !holds_capture && !next_is_adjacent;
        }
        Ok(vec![node])
    }

    /// `(#name? @capture "text")`; `false` if something else comes.
    fn predicate(&mut self) -> Result<bool, String> {
        self.peek();
        if !self.text[self.at..].starts_with("(#") {
            return Ok(false);
        }
        self.at += 2;
        let end = self.text[self.at..].find(char::is_whitespace).unwrap_or(0);
        let name = &self.text[self.at..self.at + end];
        self.at += end;
        let mut arguments = Vec::new();
        while !self.skip(')') {
            arguments.push(match self.peek() {
                Some('@') => {
                    self.at += 1;
                    Argument::Capture(self.word()?)
                }
                Some('"') => Argument::Text(self.string()?),
                _ => Argument::Text(self.word()?.to_owned()),
            });
        }
        self.predicates.push((name, arguments));
        Ok(true)
    }

    fn capture(&mut self) -> Result<Binding<C>, String> {
        self.expect('@')?;
        let name = self.word()?;
        let capture = (self.meaning)(name);
        if capture.is_none() && !name.starts_with('_') {
            return Err(format!("no such capture: @{name}"));
        }
        Ok(Binding {
            name: name.to_owned(),
            capture,
            checks: Vec::new(),
        })
    }

    fn kind(&self, name: &str, named: bool) -> Result<u16, String> {
        let id = self.language.id_for_node_kind(name, named);
        if id == 0 {
            return Err(format!("no such node: {name}"));
        }
        if self.language.node_kind_is_supertype(id) {
            return Err(format!("supertypes are not supported: list the kinds of {name}"));
        }
        Ok(id)
    }

    fn field(&self, name: &str) -> Result<u16, String> {
        let field = self.language.field_id_for_name(name);
        field.map(u16::from).ok_or_else(|| format!("no such field: {name}"))
    }

    /// The next character that is neither white space nor in a comment.
    fn peek(&mut self) -> Option<char> {
        loop {
            let rest = &self.text[self.at..];
            let begun = rest.trim_start();
            self.at += rest.len() - begun.len();
            if !begun.starts_with(';') {
                return begun.chars().next();
            }
            self.at += begun.find('\n').unwrap_or(begun.len());
        }
    }

    fn skip(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(mark);
        self.at += if found { mark.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.skip(mark) {
            Ok(())
        } else {
            Err(format!("{mark} is expected"))
        }
    }

    fn word(&mut self) -> Result<&'a str, String> {
        self.peek();
        let rest = &self.text[self.at..];
        let is_part = |part: char| part.is_ascii_alphanumeric() || "_.-".contains(part);
        let word = &rest[..rest.find(|part| !is_part(part)).unwrap_or(rest.len())];
        self.at += word.len();
        if word.is_empty() {
            Err("a word is expected".to_owned())
        } else {
            Ok(word)
        }
    }

    /// The next word if this mark follows it at once; both are then behind us.
    fn word_before(&mut self, mark: char) -> Option<&'a str> {
        self.peek();
        let begin = self.at;
        let word = self.word().ok();
        if word.is_some() && self.text[self.at..].starts_with(mark) {
            self.at += mark.len_utf8();
            return word;
        }
        self.at = begin;
        None
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut string = String::new();
        let mut rest = self.text[self.at..].char_indices();
        while let Some((offset, char)) = rest.next() {
            match char {
                '"' => {
                    self.at += offset + 1;
                    return Ok(string);
                }
                '\\' => match rest.next() {
                    Some((_, escaped @ ('"' | '\\'))) => string.push(escaped),
                    _ => return Err(r#"of escapes there are only \" and \\"#.to_owned()),
                },
                '\n' => break,
                _ => string.push(char),
            }
        }
        Err("a text does not end".to_owned())
    }
}

impl<C> NodePattern<C> {
    fn new(kind: KindTest) -> Self {
        Self {
            kind,
            without: Vec::new(),
            captures: Vec::new(),
            steps: Vec::new(),
            closed: false,
        }
    }

    /// Adds a check to each capture of this name; says whether there is one.
    fn check(&mut self, name: &str, check: &Check) -> bool {
        let mut found = false;
        for binding in self.captures.iter_mut().filter(|binding| binding.name == name) {
            binding.checks.push(check.clone());
            found = true;
        }
        for node in self.steps.iter_mut().flat_map(|step| &mut step.choices) {
            found |= node.check(name, check);
        }
        found
    }
}

/// Makes a predicate a check of the captures that it names, or a setting.
fn apply<C>(
    name: &str,
    arguments: Vec<Argument>,
    nodes: &mut [NodePattern<C>],
    settings: &mut Vec<(String, String)>,
) -> Result<(), String> {
    let mut arguments = arguments.into_iter();
    let capture = match arguments.next() {
        Some(Argument::Text(key)) if name == "set!" => {
            let [value] = words(arguments)?
                .try_into()
                .map_err(|_| format!("{key} has no single value"))?;
            settings.push((key, value));
            return Ok(());
        }
        Some(Argument::Capture(capture)) => capture,
        _ => return Err(format!("#{name} does not begin with what it speaks of")),
    };
    let words = words(arguments)?;
    let (test, expected) = match (name, words.as_slice()) {
        ("eq?" | "not-eq?", [_]) | ("any-of?" | "not-any-of?", [_, ..]) => {
            (TextTest::OneOf(words), !name.starts_with("not"))
        }
        ("match?" | "not-match?", [regex]) => {
            let regex = Regex::new(regex).map_err(|error| error.to_string())?;
            (TextTest::Matches(regex), name == "match?")
        }
        _ => return Err(format!("no such predicate, or not with these arguments: #{name}")),
    };
    let check = Check { test, expected };
    let mut found = false;
    for node in nodes {
        found |= node.check(capture, &check);
    }
    if found {
        Ok(())
    } else {
        Err(format!("#{name} speaks of @{capture}, which is not in its pattern"))
    }
}

fn words<'a>(arguments: impl Iterator<Item = Argument<'a>>) -> Result<Vec<String>, String> {
    arguments
        .map(|argument| match argument {
            Argument::Text(word) => Ok(word),
            Argument::Capture(name) => Err(format!("@{name} cannot be compared with another capture")),
        })
        .collect()
}

/// Puts what may begin a pattern in order of kinds.
fn assemble<C>(patterns: Vec<Pattern<C>>, language: &Language) -> Patterns<C> {
    let known = language.node_kind_count();
    let mut kinds: Vec<Kind> = (0..known)
        .map(|id| Kind {
            named: language.node_kind_is_named(id as u16),
            ..Kind::default()
        })
        .collect();
    kinds.push(Kind {
        named: true,
        ..Kind::default()
    });
    let slot = |node: &NodePattern<C>| match node.kind {
        KindTest::Is(id) => usize::from(id).min(known),
        KindTest::Named | KindTest::Any => known,
    };
    let mut roots = Vec::new();
    let mut settings = Vec::new();
    for (number, (nodes, set)) in patterns.into_iter().enumerate() {
        let pattern = number as u32;
        roots.extend(nodes.into_iter().map(|node| Root { pattern, node }));
        settings.push(set);
    }
    roots.sort_by_key(|root: &Root<C>| slot(&root.node));
    for (at, root) in roots.iter().enumerate() {
        let kind = &mut kinds[slot(&root.node)];
        if kind.end_root == 0 {
            kind.first_root = at as u16;
        }
        kind.end_root = at as u16 + 1;
        note_fields(&root.node, &mut |node| kinds[slot(node)].has_fields = true);
    }
    Patterns { roots, kinds, settings }
}

/// Calls `note` for each node below which a field is named.
fn note_fields<C>(node: &NodePattern<C>, note: &mut impl FnMut(&NodePattern<C>)) {
    if node.steps.iter().any(|step| step.field.is_some()) {
        note(node);
    }
    for choice in node.steps.iter().flat_map(|step| &step.choices) {
        note_fields(choice, note);
    }
}
