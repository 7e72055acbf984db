//! Frames into levels and symbols: what lies in what, what is local and therefore no symbol, what belongs to a type.

use crate::extract::query::kind;
use crate::extract::scan::{Frame, FrameKind, Span};
use crate::languages::{Constructors, Visibility};

use super::flags::{section_visibility, words};
use super::levels::Level;
use super::{is_callable, is_storage, is_type, Outline, Source, Symbol};

/// Lets each of the sorted frames enter what is open around it.
pub fn nest(source: &Source, frames: &[Frame], sections: &[Span]) -> Outline {
    let mut nest = Nest {
        source,
        sections,
        next_section: 0,
        stack: Vec::new(),
        outline: Outline::default(),
    };
    for frame in frames {
        nest.enter(frame);
    }
    nest.outline
}

struct Open {
    span: Span,
    kind: OpenKind,
    /// Visibility given by the last section mark directly inside.
    section: Option<Visibility>,
}

enum OpenKind {
    Outer { exported: bool, used: bool },
    Level(Level, Option<Symbol>),
}

struct Nest<'a, 'text> {
    source: &'a Source<'text>,
    sections: &'a [Span],
    next_section: usize,
    stack: Vec<Open>,
    outline: Outline,
}

impl Nest<'_, '_> {
    fn enter(&mut self, frame: &Frame) {
        self.pass_sections(frame.span.start);
        self.close(frame.span.start);
        match frame.kind {
            FrameKind::Outer { exported } => {
                let kind = OpenKind::Outer { exported, used: false };
                self.stack.push(Open {
                    span: frame.span,
                    kind,
                    section: None,
                });
            }
            FrameKind::Scope => self.push_level(frame.span, self.parent(), false, Some(frame.name), None),
            FrameKind::Function if !self.is_body_of_parent(frame.span) => {
                self.push_level(frame.span, self.parent(), true, None, None);
            }
            FrameKind::Function => {}
            FrameKind::Symbol(kind) => self.enter_symbol(frame, kind),
        }
    }

    fn enter_symbol(&mut self, frame: &Frame, mut kind: u32) {
        self.close_sibling(frame.span, kind);
        let around = self
            .stack
            .iter()
            .rposition(|open| matches!(open.kind, OpenKind::Level(..)));
        let level = around.and_then(|at| self.level(at));
        let mut parent = level.map_or(0, |level| level.symbol);
        let of_file = frame.settings.of_file && level.is_some();
        let mut hoisted = of_file;
        if of_file {
            parent = 0;
        } else if level.is_some_and(|level| level.callable) && is_storage(kind) {
            let owner = self.parent_of(parent);
            if kind != kind::FIELD || !is_type(self.kind_of(owner)) || self.has_member(owner, frame.name) {
                return;
            }
            parent = owner;
            hoisted = true;
        }
        let scope = if hoisted {
            None
        } else {
            level.and_then(|level| level.scope)
        };
        let in_type = is_type(self.kind_of(parent)) && !level.is_some_and(|level| level.callable) || scope.is_some();
        let (name, qualifier) = self.split_name(frame.name);
        if kind == kind::FUNCTION && (in_type || frame.container.or(qualifier).is_some()) {
            kind = kind::METHOD;
        }
        // What is named as the symbol around it, such as the scope of Ruby's `class << self`, says nothing new.
        let is_new = |container: &Span| self.name_of(parent) != container.of(self.source.text);
        let container = frame.container.or(qualifier).or(scope).filter(is_new);
        if kind == kind::METHOD && self.is_constructor(name, container, parent) {
            kind = kind::CONSTRUCTOR;
        }
        let section = around.filter(|_| !of_file).and_then(|at| self.stack[at].section);
        let (lead, exported_by_wrapper, is_first) = self.use_wrappers(frame.span.start);
        let symbol = Symbol {
            span: frame.span,
            name,
            kind,
            parent,
            container,
            body: frame.body,
            lead,
            doc: None,
            flags: frame.settings.flags,
            hoisted,
            signature_start: if is_first { lead } else { frame.span.start },
            modifiers_from: Span {
                start: if is_first { lead } else { frame.span.start },
                end: name.start,
            },
            exported_by_wrapper,
            section,
        };
        self.outline.symbols.push(symbol.clone());
        if !hoisted {
            let row = self.outline.symbols.len() as u32;
            self.push_level(frame.span, row, is_callable(kind), None, Some(symbol));
        }
    }

    fn push_level(&mut self, span: Span, symbol: u32, callable: bool, scope: Option<Span>, of: Option<Symbol>) {
        let level = Level {
            span,
            symbol,
            callable,
            scope,
        };
        self.outline.levels.push(level);
        self.stack.push(Open {
            span,
            kind: OpenKind::Level(level, of),
            section: None,
        });
    }

    fn close(&mut self, offset: u32) {
        while self.stack.last().is_some_and(|open| open.span.end <= offset) {
            self.stack.pop();
        }
    }

    /// Section marks before `offset` set the visibility of what follows them at their own level.
    fn pass_sections(&mut self, offset: u32) {
        while let Some(section) = self
            .sections
            .get(self.next_section)
            .filter(|section| section.start < offset)
        {
            self.close(section.start);
            if let Some(open) = self
                .stack
                .iter_mut()
                .rev()
                .find(|open| matches!(open.kind, OpenKind::Level(..)))
            {
                open.section = words(section.of(self.source.text)).find_map(section_visibility);
            }
            self.next_section += 1;
        }
    }

    /// Of two names in one node, as in `local a, b = 1, 2`, the second is beside the first, not in it.
    fn close_sibling(&mut self, span: Span, kind: u32) {
        let is_sibling =
            |open: &Open| open.span == span && matches!(&open.kind, OpenKind::Level(_, Some(of)) if of.kind == kind);
        if self.stack.last().is_some_and(is_sibling) {
            self.stack.pop();
        }
    }

    fn level(&self, at: usize) -> Option<Level> {
        if let OpenKind::Level(level, _) = &self.stack[at].kind {
            Some(*level)
        } else {
            None
        }
    }

    /// Row + 1 of the innermost open symbol.
    fn parent(&self) -> u32 {
        let symbol = |open: &Open| {
            if let OpenKind::Level(level, _) = &open.kind {
                Some(level.symbol)
            } else {
                None
            }
        };
        self.stack.iter().rev().find_map(symbol).unwrap_or(0)
    }

    fn kind_of(&self, row: u32) -> u32 {
        row.checked_sub(1)
            .map_or(0, |row| self.outline.symbols[row as usize].kind)
    }

    fn name_of(&self, row: u32) -> &str {
        row.checked_sub(1)
            .map_or("", |row| self.outline.symbols[row as usize].name.of(self.source.text))
    }

    fn parent_of(&self, row: u32) -> u32 {
        row.checked_sub(1)
            .map_or(0, |row| self.outline.symbols[row as usize].parent)
    }

    fn has_member(&self, owner: u32, name: Span) -> bool {
        let text = name.of(self.source.text);
        let members = self.outline.symbols[owner as usize..].iter();
        members
            .rev()
            .take(1000)
            .any(|symbol| symbol.parent == owner && symbol.name.of(self.source.text) == text)
    }

    /// `const f = () => {}`: the function is the symbol around it, since it ends where that one's body does.
    fn is_body_of_parent(&self, span: Span) -> bool {
        match self.stack.last().map(|open| &open.kind) {
            Some(OpenKind::Level(level, Some(symbol))) if level.callable => symbol
                .body
                .is_some_and(|body| body.end == span.end && span.start < body.start),
            _ => false,
        }
    }

    /// The wrappers directly around: where the outermost begins, whether one exports, whether this is its first symbol.
    fn use_wrappers(&mut self, start: u32) -> (u32, bool, bool) {
        let (mut lead, mut exported, mut is_first) = (start, false, true);
        for open in self.stack.iter_mut().rev() {
            let OpenKind::Outer {
                exported: exports,
                used,
            } = &mut open.kind
            else {
                break;
            };
            exported |= *exports;
            is_first &= !*used;
            *used = true;
            lead = open.span.start;
        }
        (lead, exported, is_first)
    }

    /// `A::b` is `b` in container `A`.
    fn split_name(&self, name: Span) -> (Span, Option<Span>) {
        let separator = self.source.language.separator;
        match name.of(self.source.text).rfind(separator) {
            Some(at) if separator != "." => {
                let end = name.start + at as u32;
                let last = Span {
                    start: end + separator.len() as u32,
                    end: name.end,
                };
                // `::Name` is a name of the outermost scope: nothing is before it.
                (last, (at > 0).then_some(Span { start: name.start, end }))
            }
            _ => (name, None),
        }
    }

    fn is_constructor(&self, name: Span, container: Option<Span>, parent: u32) -> bool {
        let name = name.of(self.source.text);
        match self.source.language.constructors {
            Constructors::Named(names) => names.contains(&name),
            Constructors::AsType => {
                let owner = container.map(|container| container.of(self.source.text)).or_else(|| {
                    let parent = self.outline.symbols.get(parent.checked_sub(1)? as usize)?;
                    Some(parent.name.of(self.source.text))
                });
                owner.is_some_and(|owner| owner.rsplit("::").next() == Some(name))
            }
        }
    }
}
