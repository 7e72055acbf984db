//! From frames to symbols: nesting, what is local and therefore no symbol, names, visibility, documentation, flags.

use crate::languages::{Constructors, ExportRule, Language, Visibility};

use super::facts::{symbol_flag, Rows, SYMBOL_COLUMNS};
use super::lines::Lines;
use super::names::Names;
use super::query::{kind, members_follow_type};
use super::scan::{Frame, FrameKind, Scan, Span};
use super::text::{cut, TextBlock};

/// What all steps of one file's extraction share.
pub struct Source<'text> {
    pub text: &'text str,
    pub lines: Lines<'text>,
    pub language: &'static Language,
    pub is_test_file: bool,
    pub names: Names,
    pub block: TextBlock,
}

/// A symbol before it becomes a row.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub span: Span,
    pub name: Span,
    pub kind: u32,
    /// Row + 1.
    pub parent: u32,
    pub container: Option<Span>,
    pub body: Option<Span>,
    /// Where its documentation, attributes and wrappers begin.
    pub lead: u32,
    /// The documentation comment before it.
    pub doc: Option<Span>,
    pub flags: u32,
    /// Lifted out of the method that assigns it; nothing is inside it.
    pub hoisted: bool,
    signature_start: u32,
    modifiers_from: Span,
    exported_by_wrapper: bool,
    section: Option<Visibility>,
}

/// A level of nesting after locals were dropped: what calls, types and branches are assigned to.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub span: Span,
    /// Row + 1 of the symbol, or of the innermost symbol around a level that is none.
    pub symbol: u32,
    pub callable: bool,
    /// Name of a scope that is no symbol.
    pub scope: Option<Span>,
}

/// The symbols of a file in their final order, and the levels that they form.
#[derive(Debug, Default)]
pub struct Outline {
    pub symbols: Vec<Symbol>,
    pub levels: Vec<Level>,
}

/// Builds the outline. Frames of one node matched by several patterns count once: the first pattern wins.
pub fn outline(source: &Source, scan: &mut Scan) -> Outline {
    drop_duplicates(&mut scan.frames);
    cut_names(&mut scan.frames, source.text);
    extend_headings(&mut scan.frames, source.text);
    scan.comments.sort_unstable();
    scan.attributes.sort_unstable();
    scan.modifiers.sort_unstable();
    scan.sections.sort_unstable();
    let mut nest = Nest {
        source,
        sections: &scan.sections,
        next_section: 0,
        stack: Vec::new(),
        outline: Outline::default(),
    };
    for frame in &scan.frames {
        nest.enter(frame);
    }
    let mut outline = nest.outline;
    let leads = Leads::new(source, scan);
    for symbol in &mut outline.symbols {
        leads.apply(symbol);
    }
    outline
}

/// Writes one row per symbol. `exports` are the names that export statements list, and whether they are all there is.
pub fn symbol_rows(source: &mut Source, scan: &Scan, outline: &mut Outline, exports: &[&str]) -> Rows<SYMBOL_COLUMNS> {
    let complexities = complexities(scan, outline);
    let docstrings = docstrings(scan, outline);
    let mut rows = Rows::with_capacity(outline.symbols.len());
    for index in 0..outline.symbols.len() {
        let parent = outline.symbols[index]
            .parent
            .checked_sub(1)
            .map(|row| outline.symbols[row as usize].clone());
        let symbol = &mut outline.symbols[index];
        let doc = symbol.doc.or(docstrings[index]);
        finish_symbol(source, scan, symbol, parent.as_ref(), doc, exports);
        rows.push(row(source, &scan.comments, symbol, doc, complexities[index]));
    }
    rows
}

/// Whether this kind has a body that runs.
pub fn is_callable(kind: u32) -> bool {
    matches!(kind, kind::FUNCTION | kind::METHOD | kind::CONSTRUCTOR)
}

/// Whether this kind has members.
pub fn is_type(kind: u32) -> bool {
    matches!(
        kind,
        kind::CLASS | kind::INTERFACE | kind::ENUM | kind::STRUCT | kind::OBJECT
    )
}

/// Whether this kind holds a value.
pub fn is_storage(kind: u32) -> bool {
    matches!(kind, kind::VARIABLE | kind::CONSTANT | kind::FIELD | kind::PROPERTY)
}

fn drop_duplicates(frames: &mut Vec<Frame>) {
    let named = |frame: &Frame| matches!(frame.kind, FrameKind::Symbol(_)).then_some(frame.name);
    frames.sort_unstable_by_key(|frame| (named(frame), frame.pattern));
    frames.dedup_by(|later, earlier| named(later).is_some() && named(later) == named(earlier));
    let rank = |frame: &Frame| match frame.kind {
        FrameKind::Outer { .. } => 0,
        FrameKind::Scope => 1,
        FrameKind::Symbol(_) => 2,
        FrameKind::Function => 3,
    };
    frames.sort_unstable_by_key(|frame| {
        (
            frame.span.start,
            u32::MAX - frame.span.end,
            rank(frame),
            frame.name,
            frame.pattern,
        )
    });
}

/// A name ends with its line, or where its pattern says; that of a heading before marks that close it: `## a ##`.
/// What has an empty name, such as a key of JSON, is no symbol.
fn cut_names(frames: &mut Vec<Frame>, text: &str) {
    frames.retain_mut(|frame| {
        let name = frame.name.of(text);
        let end = memchr::memchr3(b'\n', b'\r', frame.settings.until.unwrap_or(b'\n'), name.as_bytes());
        let mut name = &name[..end.unwrap_or(name.len())];
        let unmarked = name.trim_end_matches('#');
        if frame.settings.level > 0 && unmarked.ends_with([' ', '\t']) {
            name = unmarked.trim_end();
        }
        frame.name.end = frame.name.start + name.len() as u32;
        !matches!(frame.kind, FrameKind::Symbol(_)) || !trim_quotes(name).trim().is_empty()
    });
}

/// Lets each heading reach to the next one of its level or an outer one, so that sections nest.
fn extend_headings(frames: &mut [Frame], text: &str) {
    // (level, start) of the headings that follow, from the one next to come to the outermost.
    let mut following: Vec<(u32, u32)> = Vec::new();
    for frame in frames.iter_mut().rev().filter(|frame| frame.settings.level > 0) {
        let level = frame.settings.level;
        while following.last().is_some_and(|(next, _)| *next > level) {
            following.pop();
        }
        frame.span.end = following.last().map_or(text.len() as u32, |(_, start)| *start);
        following.push((level, frame.span.start));
    }
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
        let mut hoisted = false;
        if level.is_some_and(|level| level.callable) && is_storage(kind) {
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
        let section = around.and_then(|at| self.stack[at].section);
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
            Some(at) if separator != "." && at > 0 => {
                let end = name.start + at as u32;
                (
                    Span {
                        start: end + separator.len() as u32,
                        end: name.end,
                    },
                    Some(Span { start: name.start, end }),
                )
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

/// Finds what stands before symbols: documentation comments and attributes.
struct Leads<'a, 'text> {
    source: &'a Source<'text>,
    /// Comments and attributes in order; true for an attribute.
    trivia: Vec<(Span, bool)>,
}

impl<'a, 'text> Leads<'a, 'text> {
    fn new(source: &'a Source<'text>, scan: &Scan) -> Self {
        let mut trivia: Vec<(Span, bool)> = scan.comments.iter().map(|span| (*span, false)).collect();
        trivia.extend(scan.attributes.iter().map(|span| (*span, true)));
        trivia.sort_unstable();
        Self { source, trivia }
    }

    fn apply(&self, symbol: &mut Symbol) {
        let text = self.source.text;
        if self.opens_group(symbol) {
            symbol.lead = symbol.span.start;
            symbol.signature_start = symbol.span.start;
        }
        // Attributes inside the wrapper or the definition are not part of the signature.
        let first = self
            .trivia
            .partition_point(|(span, _)| span.start < symbol.signature_start);
        for (span, is_attribute) in &self.trivia[first..] {
            if span.start < symbol.signature_start {
                continue; // an annotation among the arguments of the one before
            }
            let blank = span.end <= symbol.name.start
                && text[symbol.signature_start as usize..span.start as usize]
                    .trim()
                    .is_empty();
            if !blank || !is_attribute && span.start >= symbol.span.start {
                break;
            }
            let rest = &text[span.end as usize..symbol.name.start as usize];
            symbol.signature_start = span.end + (rest.len() - rest.trim_start().len()) as u32;
        }
        let mut before = self.trivia.partition_point(|(span, _)| span.start < symbol.lead);
        let mut doc: Option<Span> = None;
        while let Some((span, is_attribute)) = before.checked_sub(1).map(|at| self.trivia[at]) {
            // The marks of some line comments include the line break; what separates must be white space of one line break.
            let Some(gap) = text.get(span.end as usize..symbol.lead as usize) else {
                break;
            };
            // Most gaps hold code, which shows at once; only white space is worth counting.
            if !gap.trim_start().is_empty() {
                break;
            }
            let breaks = gap.bytes().filter(|byte| *byte == b'\n').count();
            let ends_line = text[..span.end as usize].ends_with('\n');
            if breaks > usize::from(!ends_line) || !is_attribute && self.follows_code(span) {
                break;
            }
            if !is_attribute {
                if self.is_doc(span) {
                    doc = Some(Span {
                        start: span.start,
                        end: doc.map_or(span.end, |doc| doc.end),
                    });
                } else if doc.is_some() {
                    break;
                }
            }
            symbol.lead = span.start;
            before -= 1;
        }
        symbol.doc = doc;
    }

    /// Whether the symbol is the first of a group, as in Go's `const (`: the group's words and documentation are not its own.
    fn opens_group(&self, symbol: &Symbol) -> bool {
        let text = self.source.text;
        let mut end = symbol.span.start;
        let before = self.trivia.partition_point(|(span, _)| span.start < end);
        for (span, _) in self.trivia[..before].iter().rev() {
            let gap = text.get(span.end as usize..end as usize);
            if span.start < symbol.signature_start || !gap.is_some_and(|gap| gap.trim_start().is_empty()) {
                break;
            }
            end = span.start;
        }
        let words = text.get(symbol.signature_start as usize..end as usize);
        let word = words.and_then(|words| words.trim_end().strip_suffix('('));
        word.is_some_and(|word| !word.is_empty() && word.trim_end().bytes().all(|byte| byte.is_ascii_lowercase()))
    }

    fn is_doc(&self, comment: Span) -> bool {
        let markers = self.source.language.doc_markers;
        let text = comment.of(self.source.text);
        markers.is_empty() || markers.iter().any(|marker| text.starts_with(marker))
    }

    /// A comment after code on its line belongs to that code.
    fn follows_code(&self, comment: Span) -> bool {
        let line = self.source.lines.line_at(comment.start as usize);
        !self.source.text[self.source.lines.start(line)..comment.start as usize]
            .trim()
            .is_empty()
    }
}

fn finish_symbol(
    source: &Source,
    scan: &Scan,
    symbol: &mut Symbol,
    parent: Option<&Symbol>,
    doc: Option<Span>,
    exports: &[&str],
) {
    let text = source.text;
    let name = symbol.name.of(text);
    let mut visibility = None;
    let mut is_static = false;
    for modifier in between(&scan.modifiers, symbol.modifiers_from) {
        for word in words(modifier.of(text)) {
            match word {
                "static" => is_static = true,
                "abstract" => symbol.flags |= symbol_flag::ABSTRACT,
                _ => {}
            }
        }
        visibility = visibility.or(modifier_visibility(modifier.of(text)));
    }
    if is_static {
        symbol.flags |= symbol_flag::STATIC;
    }
    let rule = source.language.exports;
    let in_type = parent.is_some_and(|parent| is_type(parent.kind)) || symbol.container.is_some();
    let inherits = symbol.kind == kind::ENUM_MEMBER || parent.is_some_and(|parent| parent.kind == kind::INTERFACE);
    let given = visibility_in(symbol.flags);
    let visibility = visibility.or(symbol.section).or(given).unwrap_or_else(|| match rule {
        ExportRule::Keyword if name.starts_with('#') => Visibility::Private,
        ExportRule::Keyword | ExportRule::Everything => Visibility::Default,
        ExportRule::Capital if name.chars().next().is_some_and(char::is_uppercase) => Visibility::Public,
        ExportRule::Capital => Visibility::Internal,
        ExportRule::Underscore if name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__")) => {
            Visibility::Private
        }
        ExportRule::Underscore => Visibility::Public,
        ExportRule::Modifier(_) if inherits => Visibility::Public,
        ExportRule::Modifier(visibility) => visibility,
        ExportRule::Linkage if is_static && !in_type => Visibility::Private,
        ExportRule::Linkage => Visibility::Public,
    });
    let listed = symbol.parent == 0 && exports.contains(&name);
    let local = parent.is_some_and(|parent| is_callable(parent.kind));
    let follows = parent.is_none_or(|parent| !members_follow_type(rule) || parent.flags & symbol_flag::EXPORTED != 0);
    let exported = symbol.exported_by_wrapper
        || listed
        || match rule {
            ExportRule::Keyword => false,
            ExportRule::Underscore if symbol.parent == 0 && !exports.is_empty() => false,
            ExportRule::Everything => true,
            _ => visibility == Visibility::Public,
        };
    if exported && follows && !local {
        symbol.flags |= symbol_flag::EXPORTED;
    }
    symbol.flags &= !(7 << symbol_flag::VISIBILITY_SHIFT);
    symbol.flags |= (visibility as u32) << symbol_flag::VISIBILITY_SHIFT;
    if is_callable(symbol.kind) && symbol.body.is_none() {
        symbol.flags |= symbol_flag::DECLARATION;
    }
    let attributes = || {
        between(
            &scan.attributes,
            Span {
                start: symbol.lead,
                end: symbol.name.start,
            },
        )
        .map(|span| span.of(text))
    };
    let deprecated_by_doc = doc.is_some_and(|doc| says_deprecated(doc.of(text)));
    if deprecated_by_doc
        || attributes()
            .any(|text| text.contains("deprecated") || text.contains("Deprecated") || text.contains("Obsolete"))
    {
        symbol.flags |= symbol_flag::DEPRECATED;
    }
    let tests = &source.language.tests;
    let named_test =
        source.is_test_file && !is_storage(symbol.kind) && tests.prefixes.iter().any(|prefix| name.starts_with(prefix));
    let marked = attributes().any(|text| tests.attributes.iter().any(|mark| text.contains(mark)));
    if named_test || marked || parent.is_some_and(|parent| parent.flags & symbol_flag::TEST != 0) {
        symbol.flags |= symbol_flag::TEST;
    }
}

fn row(
    source: &mut Source,
    comments: &[Span],
    symbol: &Symbol,
    doc: Option<Span>,
    complexity: u32,
) -> [u32; SYMBOL_COLUMNS] {
    let text = source.text;
    let start = source.lines.position(symbol.span.start as usize);
    let name_start = source.lines.position(symbol.name.start as usize);
    let name_end = source.lines.position(symbol.name.end as usize);
    let end = source.lines.position(symbol.span.end as usize);
    let signature_end = symbol
        .body
        .map_or(symbol.span.end, |body| body.start)
        .max(symbol.name.end);
    let (signature_start, signature_length) = add_signature(source, comments, symbol.signature_start, signature_end);
    let (doc_start, doc_length) = doc.map_or((0, 0), |doc| source.block.add_sentence(cut(doc.of(text), 4000)));
    let name = source.names.intern(trim_quotes(symbol.name.of(text)).as_bytes());
    let container = symbol
        .container
        .map_or(0, |container| source.names.intern(container.of(text).as_bytes()) + 1);
    [
        name,
        symbol.kind,
        symbol.flags,
        symbol.parent,
        container,
        start.line,
        start.column,
        end.line,
        end.column,
        name_start.line,
        name_start.column,
        name_end.column,
        signature_start,
        signature_length,
        doc_start,
        doc_length,
        complexity,
    ]
}

/// The signature without the comments in it. A definition of a thousand lines without a body, such as a table, need not
/// be looked at beyond what is shown.
fn add_signature(source: &mut Source, comments: &[Span], start: u32, end: u32) -> (u32, u32) {
    const ENOUGH: usize = 2000;
    let text = source.text;
    let mut inside = between(comments, Span { start, end }).peekable();
    if inside.peek().is_none() {
        return source
            .block
            .add_signature(cut(&text[start as usize..end as usize], ENOUGH));
    }
    let mut kept = String::new();
    let mut from = start;
    for comment in inside {
        if kept.len() > ENOUGH || comment.start < from {
            break;
        }
        kept.push_str(&text[from as usize..comment.start as usize]);
        kept.push(' ');
        from = comment.end.min(end);
    }
    kept.push_str(cut(&text[from as usize..end as usize], ENOUGH));
    source.block.add_signature(&kept)
}

/// A name without one pair of quotes or angle brackets around it, or the colon of a Ruby symbol before it.
pub fn trim_quotes(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\'')) | (Some(b'`'), Some(b'`')) | (Some(b'<'), Some(b'>'))
            if bytes.len() > 1 =>
        {
            &text[1..text.len() - 1]
        }
        (Some(b':'), _) if bytes.get(1).is_some_and(|next| *next != b':') => &text[1..],
        _ => text,
    }
}

/// 1 + branches, for each callable; those in nested functions, named or not, are theirs.
fn complexities(scan: &Scan, outline: &Outline) -> Vec<u32> {
    let mut counts: Vec<u32> = outline
        .symbols
        .iter()
        .map(|symbol| u32::from(is_callable(symbol.kind)))
        .collect();
    let mut branches = scan.branches.clone();
    branches.sort_unstable();
    let mut walk = Walk::new(&outline.levels);
    for branch in branches {
        let Some(level) = walk.innermost_callable(branch) else {
            continue;
        };
        let Some(row) = level.symbol.checked_sub(1) else {
            continue;
        };
        if outline.symbols[row as usize].span == level.span {
            counts[row as usize] += 1;
        }
    }
    counts
}

/// For each symbol the docstring directly inside it.
fn docstrings(scan: &Scan, outline: &Outline) -> Vec<Option<Span>> {
    let mut found = vec![None; outline.symbols.len()];
    let mut docs = scan.docs.clone();
    docs.sort_unstable();
    let mut walk = Walk::new(&outline.levels);
    for doc in docs {
        if let Some(row) = walk.innermost(doc.start).and_then(|level| level.symbol.checked_sub(1)) {
            found[row as usize] = found[row as usize].or(Some(doc));
        }
    }
    found
}

/// Walks down the levels along ascending offsets.
pub struct Walk<'a> {
    levels: &'a [Level],
    next: usize,
    open: Vec<usize>,
}

impl<'a> Walk<'a> {
    pub fn new(levels: &'a [Level]) -> Self {
        Self {
            levels,
            next: 0,
            open: Vec::new(),
        }
    }

    /// The innermost level around `offset`, which must not be before the last one asked for.
    pub fn innermost(&mut self, offset: u32) -> Option<&'a Level> {
        self.advance(offset);
        self.open.last().map(|level| &self.levels[*level])
    }

    /// The innermost level that runs.
    pub fn innermost_callable(&mut self, offset: u32) -> Option<&'a Level> {
        self.advance(offset);
        self.open
            .iter()
            .rev()
            .map(|level| &self.levels[*level])
            .find(|level| level.callable)
    }

    fn advance(&mut self, offset: u32) {
        while self
            .levels
            .get(self.next)
            .is_some_and(|level| level.span.start <= offset)
        {
            let start = self.levels[self.next].span.start;
            self.open.retain(|level| self.levels[*level].span.end > start);
            self.open.push(self.next);
            self.next += 1;
        }
        while self
            .open
            .last()
            .is_some_and(|level| self.levels[*level].span.end <= offset)
        {
            self.open.pop();
        }
    }
}

fn between(spans: &[Span], range: Span) -> impl Iterator<Item = &Span> {
    let first = spans.partition_point(|span| span.start < range.start);
    spans[first..].iter().take_while(move |span| span.start < range.end)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

fn modifier_visibility(text: &str) -> Option<Visibility> {
    // Rust: what is visible to a part of the crate only is internal.
    if text.starts_with("pub(") || text.starts_with("pub (") {
        return Some(Visibility::Internal);
    }
    words(text).find_map(visibility_of)
}

/// What the query says of a definition without a modifier.
fn visibility_in(flags: u32) -> Option<Visibility> {
    [Visibility::Public, Visibility::Private, Visibility::Internal]
        .into_iter()
        .find(|visibility| flags >> symbol_flag::VISIBILITY_SHIFT & 7 == *visibility as u32)
}

fn visibility_of(word: &str) -> Option<Visibility> {
    Some(match word {
        "public" | "pub" | "open" => Visibility::Public,
        "protected" => Visibility::Protected,
        "private" | "fileprivate" | "local" => Visibility::Private,
        "internal" | "package" => Visibility::Internal,
        _ => return None,
    })
}

/// Of C++: members of a `class` are private until a section says otherwise.
fn section_visibility(word: &str) -> Option<Visibility> {
    if word == "class" {
        Some(Visibility::Private)
    } else {
        visibility_of(word)
    }
}

fn says_deprecated(doc: &str) -> bool {
    ["@deprecated", "Deprecated:", "deprecated::", "DEPRECATED"]
        .iter()
        .any(|mark| doc.contains(mark))
}
