//! Rows of what a file refers to: imports and exports, call sites, heritage and the types in signatures.

use super::facts::{Rows, CALL_COLUMNS, IMPORT_COLUMNS, TYPE_REF_COLUMNS};
use super::scan::{Frame, FrameKind, ImportItem, ImportStatement, Scan, Span};
use super::symbols::{trim_quotes, Outline, Source, Walk};
use super::text::cut;

/// Numbers of `importKinds`, those that need special care.
const IMPORT: u32 = 1;
const REEXPORT: u32 = 2;
const REQUIRE: u32 = 4;
const EXPORT: u32 = 5;
/// Longest receiver, in characters.
const RECEIVER: usize = 80;

/// One imported or exported name.
#[derive(Clone, Debug)]
pub struct Import {
    pub kind: u32,
    span: Span,
    module: Option<String>,
    name: Option<Span>,
    alias: Option<Span>,
    star: bool,
    flags: u32,
}

/// All imports in order. A statement without items is one import of the whole module.
pub fn imports(source: &Source, scan: &mut Scan) -> Vec<Import> {
    let outermost_first = |statement: &ImportStatement| {
        (
            statement.span.start,
            u32::MAX - statement.span.end,
            statement.kind.is_none(),
            statement.pattern,
        )
    };
    scan.statements.sort_unstable_by_key(outermost_first);
    // Of two patterns that match one statement the first is the more specific by convention; keep one. What loads a module
    // is a part of the statement that says what is made of it: `const { a } = require('m')`.
    scan.statements.dedup_by(|later, earlier| {
        let is_part = later.module.is_some() && later.module == earlier.module;
        (later.span == earlier.span || is_part) && later.kind.is_some() == earlier.kind.is_some() && {
            earlier.module = earlier.module.or(later.module);
            earlier.name = earlier.name.or(later.name);
            earlier.alias = earlier.alias.or(later.alias);
            earlier.flags |= later.flags;
            true
        }
    });
    scan.items
        .sort_by_key(|item| (item.span.start, u32::MAX - item.span.end, u32::MAX - item.flags));
    scan.items
        .dedup_by(|later, earlier| later.name.is_some() && later.name == earlier.name || later.span == earlier.span);
    let mut found = Vec::with_capacity(scan.items.len() + scan.statements.len());
    let mut open: Vec<usize> = Vec::new();
    let mut used = vec![false; scan.statements.len()];
    let mut next = 0;
    for item in &scan.items {
        while scan
            .statements
            .get(next)
            .is_some_and(|statement| statement.span.start <= item.span.start)
        {
            let start = scan.statements[next].span.start;
            open.retain(|at| scan.statements[*at].span.end > start);
            open.push(next);
            next += 1;
        }
        open.retain(|at| scan.statements[*at].span.end > item.span.start);
        for at in &open {
            used[*at] = true;
        }
        found.push(of_item(source, scan, item, &open));
    }
    let alone = scan
        .statements
        .iter()
        .zip(used)
        .filter(|(statement, used)| !used && statement.kind.is_some());
    found.extend(alone.map(|(statement, _)| {
        Import {
            kind: statement.kind.unwrap_or(IMPORT),
            // A single name has its own place, a whole module that of the statement.
            span: statement.name.map_or(statement.span, |name| {
                let alias = statement.alias.unwrap_or(name);
                Span {
                    start: alias.start.min(name.start),
                    end: alias.end.max(name.end),
                }
            }),
            module: statement
                .module
                .map(|module| trim_quotes(module.of(source.text)).to_owned()),
            name: statement.name,
            alias: statement.alias,
            star: statement.name.is_none(),
            flags: statement.flags,
        }
    }));
    found.sort_by_key(|import| import.span);
    found
}

fn of_item(source: &Source, scan: &Scan, item: &ImportItem, open: &[usize]) -> Import {
    let around = || open.iter().map(|at| &scan.statements[*at]);
    let parts: Vec<&str> = around()
        .filter_map(|statement| statement.module)
        .chain(item.module)
        .map(|module| trim_quotes(module.of(source.text)))
        .collect();
    let statement = around().find(|statement| statement.kind.is_some());
    let flags = item.flags | statement.map_or(0, |statement| statement.flags);
    Import {
        kind: statement.and_then(|statement| statement.kind).unwrap_or(EXPORT),
        span: item.span,
        module: (!parts.is_empty()).then(|| parts.join(source.language.separator)),
        name: item.name,
        alias: item.alias,
        star: item.star || item.name.is_none() && item.module.is_some(),
        flags,
    }
}

/// Symbols that re-exports make visible here; their kind is known only where they are defined.
pub fn reexported_symbols(imports: &[Import], pattern: u32) -> impl Iterator<Item = Frame> + '_ {
    use super::facts::symbol_flag::{EXPORTED, REEXPORT as FLAG};
    use super::query::kind::{NAMESPACE, VARIABLE};
    use super::query::Settings;
    imports
        .iter()
        .filter(|import| import.kind == REEXPORT)
        .filter_map(move |import| {
            let name = import.alias.or(import.name)?;
            let kind = if import.star { NAMESPACE } else { VARIABLE };
            let settings = Settings {
                flags: EXPORTED | FLAG,
                ..Settings::default()
            };
            Some(Frame {
                span: import.span,
                kind: FrameKind::Symbol(kind),
                name,
                body: None,
                container: None,
                settings,
                pattern,
            })
        })
}

/// Drops the variables that hold what was imported: they are no definitions, as the names of an import statement are none.
pub fn drop_bound(scan: &mut Scan, imports: &[Import]) {
    let mut bound: Vec<Span> = imports
        .iter()
        .filter(|import| import.kind == REQUIRE)
        .filter_map(|import| import.alias.or(import.name))
        .collect();
    bound.sort_unstable();
    if !bound.is_empty() {
        scan.frames
            .retain(|frame| !matches!(frame.kind, FrameKind::Symbol(_)) || bound.binary_search(&frame.name).is_err());
    }
}

/// Names that export statements of this file list, as they are called inside it.
pub fn exported_names<'text>(source: &Source<'text>, imports: &[Import]) -> Vec<&'text str> {
    let exports = imports.iter().filter(|import| import.kind == EXPORT);
    exports
        .filter_map(|import| import.name)
        .map(|name| trim_quotes(name.of(source.text)))
        .collect()
}

pub fn import_rows(source: &mut Source, imports: &[Import]) -> Rows<IMPORT_COLUMNS> {
    let mut rows = Rows::with_capacity(imports.len());
    for import in imports {
        let start = source.lines.position(import.span.start as usize);
        let end = source.lines.position(import.span.end as usize);
        let text = source.text;
        let module = import
            .module
            .as_deref()
            .map_or(0, |module| source.names.intern(module.as_bytes()) + 1);
        let name = match import.name {
            Some(name) => source.names.intern(trim_quotes(name.of(text)).as_bytes()) + 1,
            None if import.star => source.names.intern(b"*") + 1,
            None => source.names.intern(b"default") + 1,
        };
        let alias = import.alias.map_or(0, |alias| {
            source.names.intern(trim_quotes(alias.of(text)).as_bytes()) + 1
        });
        rows.push([
            import.kind,
            module,
            name,
            alias,
            import.flags,
            start.line,
            start.column,
            end.line,
            end.column,
        ]);
    }
    rows
}

pub fn call_rows(source: &mut Source, scan: &mut Scan, outline: &Outline) -> Rows<CALL_COLUMNS> {
    scan.calls.sort_unstable_by_key(|call| (call.name, call.start));
    scan.calls.dedup_by_key(|call| call.name);
    let mut walk = Walk::new(&outline.levels);
    let mut receivers = super::names::Names::default();
    let mut receiver_places: Vec<(u32, u32)> = Vec::new();
    let mut rows = Rows::with_capacity(scan.calls.len());
    for call in &scan.calls {
        let position = source.lines.position(call.name.start as usize);
        let end = source.lines.position(call.name.end as usize);
        let enclosing = walk.innermost(call.name.start).map_or(0, |level| level.symbol);
        let (receiver_start, receiver_length) = if call.receiver.is_empty() {
            (0, 0)
        } else {
            let receiver = cut(call.receiver.of(source.text), RECEIVER);
            let id = receivers.intern(receiver.as_bytes()) as usize;
            if id == receiver_places.len() {
                receiver_places.push(source.block.add_line(receiver, RECEIVER));
            }
            receiver_places[id]
        };
        let callee = source.names.intern(trim_quotes(call.name.of(source.text)).as_bytes());
        rows.push([
            callee,
            receiver_start,
            receiver_length,
            call.arguments,
            call.flags,
            enclosing,
            position.line,
            position.column,
            end.column,
        ]);
    }
    rows
}

pub fn type_ref_rows(source: &mut Source, scan: &mut Scan, outline: &Outline) -> Rows<TYPE_REF_COLUMNS> {
    scan.regions
        .sort_unstable_by_key(|region| (region.span.start, u32::MAX - region.span.end));
    scan.type_names
        .sort_unstable_by_key(|found| (found.name, u32::MAX - found.role));
    scan.type_names.dedup_by_key(|found| found.name);
    let mut walk = Walk::new(&outline.levels);
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut rows = Rows::new();
    for found in &scan.type_names {
        let start = found.name.start;
        while scan.regions.get(next).is_some_and(|region| region.span.start <= start) {
            while open
                .last()
                .is_some_and(|at| scan.regions[*at].span.end <= scan.regions[next].span.start)
            {
                open.pop();
            }
            open.push(next);
            next += 1;
        }
        while open.last().is_some_and(|at| scan.regions[*at].span.end <= start) {
            open.pop();
        }
        let role = if found.role > 0 {
            found.role
        } else {
            open.last().map_or(0, |at| scan.regions[*at].role)
        };
        if role == 0 {
            continue;
        }
        let position = source.lines.position(start as usize);
        let end = source.lines.position(found.name.end as usize);
        let level = walk.innermost(start);
        let name = source.names.intern(trim_quotes(found.name.of(source.text)).as_bytes());
        let scope = level.and_then(|level| level.scope);
        let subject = scope.map_or(0, |scope| source.names.intern(scope.of(source.text).as_bytes()) + 1);
        rows.push([
            name,
            role,
            level.map_or(0, |level| level.symbol),
            subject,
            position.line,
            position.column,
            end.column,
        ]);
    }
    rows
}
