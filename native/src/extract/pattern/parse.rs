//! Reads a query file. What is not in our subset, or not in the grammar, is an error with its line: it would never match.

use tree_sitter::Language;

use super::predicates::{apply, Argument};
use super::reader::Reader;
use super::{Binding, Kind, KindTest, NodePattern, Patterns, Root, Step};

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
        reader: Reader::new(text),
        language,
        meaning,
        predicates: Vec::new(),
    };
    let mut patterns = Vec::new();
    parser
        .file(&mut patterns)
        .map_err(|error| format!("line {}: {error}", parser.reader.line()))?;
    Ok(assemble(patterns, language))
}

/// A pattern of the file: what may begin it, and its settings.
type Pattern<C> = (Vec<NodePattern<C>>, Vec<(String, String)>);

struct Parser<'a, F> {
    reader: Reader<'a>,
    language: &'a Language,
    meaning: F,
    /// Of the pattern that is being read: names with their arguments.
    predicates: Vec<(&'a str, Vec<Argument<'a>>)>,
}

impl<'a, C: Copy, F: Fn(&str) -> Option<C>> Parser<'a, F> {
    fn file(&mut self, patterns: &mut Vec<Pattern<C>>) -> Result<(), String> {
        while self.reader.peek().is_some() {
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
        let field = match self.reader.word_before(':') {
            Some(name) => Some(self.field(name)?),
            None => None,
        };
        let mut choices = match self.reader.peek() {
            Some('[') => self.choices()?,
            Some('(') => self.parenthesis()?,
            Some('"') => {
                let text = self.reader.string()?;
                vec![NodePattern::new(KindTest::Is(self.kind(&text, false)?))]
            }
            Some('_') if self.reader.word()? == "_" => vec![NodePattern::new(KindTest::Any)],
            _ => return Err("a node, a choice or a text is expected".to_owned()),
        };
        let mut optional = false;
        loop {
            match self.reader.peek() {
                Some('@') => {
                    let binding = self.capture()?;
                    choices.iter_mut().for_each(|node| node.captures.push(binding.clone()));
                }
                Some('?') => optional = self.reader.skip('?'),
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
        self.reader.expect('[')?;
        let mut choices = Vec::new();
        while !self.reader.skip(']') {
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
        self.reader.expect('(')?;
        if matches!(self.reader.peek(), Some('(' | '[' | '"')) {
            let group = self.step()?;
            while self.predicate()? {}
            if !self.reader.skip(')') {
                return Err("siblings without their parent are not supported".to_owned());
            }
            return Ok(group.choices);
        }
        let mut node = NodePattern::new(match self.reader.word()? {
            "_" => KindTest::Named,
            "ERROR" => KindTest::Is(ERROR),
            name => KindTest::Is(self.kind(name, true)?),
        });
        let mut adjacent = false;
        while !self.reader.skip(')') {
            if self.reader.skip('.') {
                adjacent = true;
            } else if self.reader.skip('!') {
                let name = self.reader.word()?;
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
        if !self.reader.skip_all("(#") {
            return Ok(false);
        }
        let name = self.reader.predicate_name()?;
        let mut arguments = Vec::new();
        while !self.reader.skip(')') {
            arguments.push(match self.reader.peek() {
                Some('@') => {
                    self.reader.expect('@')?;
                    Argument::Capture(self.reader.word()?)
                }
                Some('"') => Argument::Text(self.reader.string()?),
                _ => Argument::Text(self.reader.word()?.to_owned()),
            });
        }
        self.predicates.push((name, arguments));
        Ok(true)
    }

    fn capture(&mut self) -> Result<Binding<C>, String> {
        self.reader.expect('@')?;
        let name = self.reader.word()?;
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
