//! The single pass of a query over a tree: every match becomes a small record of byte offsets. What the records mean
//! together (nesting, owners, rows) is decided afterwards, without the tree.

use tree_sitter::{Node, Tree};

use crate::clock::{Deadline, DeadlinePassed};

use super::pattern::for_each_match;
use super::query::{Capture, Compiled, Settings};

/// Bits of an import's flags.
const TYPE_ONLY: u32 = 1;
const SYSTEM: u32 = 2;

/// Start and end in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// What opens a nesting level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A wrapper such as `export …`, a decorated definition or a template: belongs to the definition directly inside.
    Outer { exported: bool },
    /// Names what is inside but is no symbol of its own, such as a Rust impl.
    Scope,
    /// A symbol of this kind.
    Symbol(u32),
    /// A function without a name: what is defined in it is local.
    Function,
}

#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub span: Span,
    pub kind: FrameKind,
    pub name: Span,
    pub body: Option<Span>,
    pub container: Option<Span>,
    pub settings: Settings,
    pub pattern: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub start: u32,
    pub name: Span,
    pub receiver: Span,
    pub arguments: u32,
    pub flags: u32,
}

/// A whole import or export statement, or a group inside it, which gives its module to the items inside.
#[derive(Clone, Copy, Debug)]
pub struct ImportStatement {
    pub span: Span,
    pub pattern: u32,
    /// `None` for a group.
    pub kind: Option<u32>,
    pub module: Option<Span>,
    pub name: Option<Span>,
    pub alias: Option<Span>,
    pub flags: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct ImportItem {
    pub span: Span,
    pub module: Option<Span>,
    pub name: Option<Span>,
    pub alias: Option<Span>,
    pub star: bool,
    pub flags: u32,
}

/// A type named somewhere; its role is that of the region around it unless it has one of its own.
#[derive(Clone, Copy, Debug)]
pub struct TypeName {
    pub name: Span,
    pub role: u32,
}

#[derive(Clone, Copy, Debug)]
pub struct Region {
    pub span: Span,
    pub role: u32,
}

/// Everything that a query found in one tree.
#[derive(Debug, Default)]
pub struct Scan {
    pub frames: Vec<Frame>,
    pub calls: Vec<Call>,
    pub statements: Vec<ImportStatement>,
    pub items: Vec<ImportItem>,
    pub type_names: Vec<TypeName>,
    pub regions: Vec<Region>,
    pub comments: Vec<Span>,
    pub docs: Vec<Span>,
    pub attributes: Vec<Span>,
    pub modifiers: Vec<Span>,
    pub sections: Vec<Span>,
    pub branches: Vec<u32>,
}

/// Runs the query once over the tree.
pub fn scan(tree: &Tree, text: &str, compiled: &Compiled, deadline: Deadline) -> Result<Scan, DeadlinePassed> {
    let mut scan = Scan::default();
    for_each_match(&compiled.patterns, tree, text, deadline, |pattern, captures| {
        scan.add(captures, pattern, compiled.settings[pattern as usize]);
    })?;
    Ok(scan)
}

/// The captures of one match that qualify its main capture.
#[derive(Default)]
struct Parts<'tree> {
    name: Option<Span>,
    body: Option<Span>,
    container: Option<Span>,
    receiver: Option<Span>,
    arguments: Option<Node<'tree>>,
    module: Option<Span>,
    import_name: Option<Span>,
    import_alias: Option<Span>,
    star: Option<Span>,
    import_flags: u32,
}

impl Scan {
    fn add<'tree>(&mut self, captures: &[(Capture, Node<'tree>)], pattern: u32, settings: Settings) {
        let mut main = None;
        let mut parts = Parts::default();
        for (kind, node) in captures.iter().copied() {
            match kind {
                Capture::Branch => self.branches.push(node.start_byte() as u32),
                Capture::TypeLeaf => self.type_names.push(TypeName {
                    name: span_of(node),
                    role: 0,
                }),
                Capture::Comment => self.comments.push(span_of(node)),
                Capture::Doc => self.docs.push(span_of(node)),
                Capture::Attribute => self.attributes.push(span_of(node)),
                Capture::Modifier => self.modifiers.push(span_of(node)),
                Capture::Section => self.sections.push(span_of(node)),
                Capture::ImportTypeOnly => parts.import_flags |= TYPE_ONLY,
                Capture::ImportSystem => parts.import_flags |= SYSTEM,
                Capture::Name => parts.name = Some(span_of(node)),
                Capture::Body => parts.body = Some(span_of(node)),
                Capture::Container => parts.container = Some(span_of(node)),
                Capture::Receiver => parts.receiver = Some(span_of(node)),
                Capture::Arguments => parts.arguments = Some(node),
                // A module without a node of its own is captured in parts: it reaches from the first to the last.
                Capture::ImportModule => {
                    let start = parts.module.map_or(node.start_byte() as u32, |module| module.start);
                    parts.module = Some(Span { start, ..span_of(node) });
                }
                Capture::ImportName => parts.import_name = Some(span_of(node)),
                Capture::ImportAlias => parts.import_alias = Some(span_of(node)),
                Capture::ImportStar => parts.star = Some(span_of(node)),
                Capture::Definition(_)
                | Capture::Outer { .. }
                | Capture::Scope
                | Capture::Function
                | Capture::Call(_)
                | Capture::Region(_)
                | Capture::Import(_)
                | Capture::ImportGroup => main = main.or(Some((kind, span_of(node)))),
            }
        }
        match main {
            Some((kind, span)) => self.add_main(kind, span, &parts, pattern, settings),
            None => self.add_item(&parts),
        }
    }

    fn add_main(&mut self, kind: Capture, span: Span, parts: &Parts, pattern: u32, settings: Settings) {
        let frame = |kind| Frame {
            span,
            kind,
            name: parts.name.unwrap_or_default(),
            body: parts.body,
            container: parts.container,
            settings,
            pattern,
        };
        match kind {
            Capture::Definition(number) if parts.name.is_some() => self.frames.push(frame(FrameKind::Symbol(number))),
            Capture::Scope if parts.name.is_some() => self.frames.push(frame(FrameKind::Scope)),
            Capture::Outer { exported } => self.frames.push(frame(FrameKind::Outer { exported })),
            Capture::Function => self.frames.push(frame(FrameKind::Function)),
            Capture::Call(flags) => {
                if let Some(name) = parts.name {
                    let receiver = parts.receiver.unwrap_or_default();
                    let arguments = parts.arguments.map_or(0, |node| {
                        let holds_callee = u32::from(span_of(node).contains(name.start));
                        count_arguments(node).saturating_sub(holds_callee)
                    });
                    self.calls.push(Call {
                        start: span.start,
                        name,
                        receiver,
                        arguments,
                        flags,
                    });
                }
            }
            Capture::Region(role) => match parts.name {
                Some(name) => self.type_names.push(TypeName { name, role }),
                None => self.regions.push(Region { span, role }),
            },
            Capture::Import(_) | Capture::ImportGroup => self.statements.push(ImportStatement {
                span,
                pattern,
                kind: if let Capture::Import(number) = kind {
                    Some(number)
                } else {
                    None
                },
                module: parts.module,
                name: parts.import_name,
                alias: parts.import_alias,
                flags: parts.import_flags,
            }),
            _ => {}
        }
    }

    fn add_item(&mut self, parts: &Parts) {
        let places = [parts.module, parts.import_name, parts.import_alias, parts.star];
        let all = places.iter().flatten();
        let (Some(start), Some(end)) = (all.clone().map(|part| part.start).min(), all.map(|part| part.end).max())
        else {
            return;
        };
        let (module, name, alias) = (parts.module, parts.import_name, parts.import_alias);
        let (star, flags) = (parts.star.is_some(), parts.import_flags);
        self.items.push(ImportItem {
            span: Span { start, end },
            module,
            name,
            alias,
            star,
            flags,
        });
    }
}

impl Span {
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset < self.end
    }

    pub fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

fn span_of(node: Node) -> Span {
    Span {
        start: node.start_byte() as u32,
        end: node.end_byte() as u32,
    }
}

/// Named children that are no comments. Anonymous braces, commas and the like are not arguments.
fn count_arguments(node: Node) -> u32 {
    let count = node.named_child_count() as u32;
    // Few calls have more; looking for comments in a list of ten thousand literals is not worth its time.
    if count == 0 || count > 64 {
        return count;
    }
    let comments = (0..count)
        .filter(|child| node.named_child(*child).is_some_and(|child| child.is_extra()))
        .count();
    count - comments as u32
}

/// How many ERROR and MISSING nodes there are, up to `max`. Goes only where the tree says that there is one.
///
/// A semicolon that is missing before a block or behind a call is none: a macro makes a statement of its own
/// (`for_each(item, list) {`, `CHECK(item)`).
pub fn count_errors(tree: &Tree, text: &str, max: u32) -> u32 {
    let mut cursor = tree.walk();
    let mut errors = 0;
    loop {
        let node = cursor.node();
        let is_macro = || {
            let (before, behind) = text.split_at(node.start_byte());
            node.kind() == ";" && (before.trim_ascii_end().ends_with(')') || behind.trim_ascii_start().starts_with('{'))
        };
        if node.is_error() || node.is_missing() && !is_macro() {
            errors += 1;
        }
        let down = errors < max && node.has_error() && cursor.goto_first_child();
        if !down {
            loop {
                if errors < max && cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return errors;
                }
            }
        }
    }
}
