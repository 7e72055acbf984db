//! Runs patterns over a tree. The tree is walked once; where a node's kind begins patterns, they are matched downwards from
//! it. Children are listed at most once per node, whoever asks first, in one arena that is cut back when a node is done.

use std::ops::Range;

use tree_sitter::{Node, Tree, TreeCursor};

use crate::clock::{Deadline, DeadlinePassed};

use super::{KindTest, NodePattern, Patterns};

/// Looks at a node between two at the clock.
const LOOKS_PER_CHECK: u32 = 1024;
const NOT_LISTED: u32 = u32::MAX;

/// Calls `found` for each match with the number of its pattern and its captures. Matches come in the order of their roots
/// in the tree; those of one root in the order of the patterns, then of the captured nodes. Where a pattern matches in
/// several ways, each is a match of its own; but an optional child is left out only where nothing matches with it.
pub fn for_each_match<'tree, C: Copy>(
    patterns: &Patterns<C>,
    tree: &'tree Tree,
    text: &str,
    deadline: Deadline,
    found: impl FnMut(u32, &[(C, Node<'tree>)]),
) -> Result<(), DeadlinePassed> {
    let mut matcher = Matcher {
        patterns,
        text: text.as_bytes(),
        cursor: tree.walk(),
        listed: Vec::new(),
        captured: Vec::new(),
        pattern: 0,
        deadline,
        looks: 0,
        found,
    };
    matcher.walk(tree.root_node())
}

struct Matcher<'a, 'tree, C, F> {
    patterns: &'a Patterns<C>,
    text: &'a [u8],
    cursor: TreeCursor<'tree>,
    /// Nodes whose parent was asked for its children. Those of one parent are beside each other.
    listed: Vec<Listed<'tree>>,
    captured: Vec<(C, Node<'tree>)>,
    /// The one that is being matched.
    pattern: u32,
    deadline: Deadline,
    looks: u32,
    found: F,
}

#[derive(Clone, Copy)]
struct Listed<'tree> {
    node: Node<'tree>,
    kind: u16,
    /// 0 is none.
    field: u16,
    named: bool,
    first_child: u32,
    end_child: u32,
}

/// Nodes of one parent that are still to be walked.
struct Level {
    next: usize,
    end: usize,
    /// How many nodes were listed before the walk came to their parent; all that came since are below it.
    listed: usize,
}

/// What is to be matched when a node and all in it are: further children of the node around it.
struct Rest<'r, C> {
    node: &'r NodePattern<C>,
    step: usize,
    children: Range<usize>,
    around: Option<&'r Rest<'r, C>>,
}

impl<'tree, C: Copy, F: FnMut(u32, &[(C, Node<'tree>)])> Matcher<'_, 'tree, C, F> {
    fn walk(&mut self, root: Node<'tree>) -> Result<(), DeadlinePassed> {
        self.list(root, 0);
        let mut levels = vec![Level {
            next: 0,
            end: 1,
            listed: 0,
        }];
        while let Some(level) = levels.last_mut() {
            if level.next == level.end {
                self.listed.truncate(level.listed);
                levels.pop();
                continue;
            }
            let at = level.next;
            level.next += 1;
            let listed = self.listed.len();
            self.match_roots(at)?;
            if self.listed[at].node.child_count() > 0 {
                let children = self.children(at);
                levels.push(Level {
                    next: children.start,
                    end: children.end,
                    listed,
                });
            }
        }
        Ok(())
    }

    fn match_roots(&mut self, at: usize) -> Result<(), DeadlinePassed> {
        self.look()?;
        let patterns = self.patterns;
        let kind = patterns.kind(self.listed[at].kind);
        for root in &patterns.roots[usize::from(kind.first_root)..usize::from(kind.end_root)] {
            self.pattern = root.pattern;
            self.match_node(&root.node, at, None)?;
        }
        Ok(())
    }

    /// Whether the node, all in it and the rest match in at least one way.
    fn match_node(
        &mut self,
        pattern: &NodePattern<C>,
        at: usize,
        rest: Option<&Rest<C>>,
    ) -> Result<bool, DeadlinePassed> {
        let Listed { node, kind, named, .. } = self.listed[at];
        let is_kind = match pattern.kind {
            KindTest::Is(id) => kind == id,
            KindTest::Named => named && !node.is_error(),
            KindTest::Any => !node.is_error(),
        };
        if !is_kind
            || pattern
                .without
                .iter()
                .any(|field| node.child_by_field_id(*field).is_some())
        {
            return Ok(false);
        }
        let captured = self.captured.len();
        for binding in &pattern.captures {
            let text = || self.text.get(node.byte_range()).unwrap_or_default();
            if !binding.checks.iter().all(|check| check.passes(text())) {
                self.captured.truncate(captured);
                return Ok(false);
            }
            self.captured.extend(binding.capture.map(|capture| (capture, node)));
        }
        let matched = if pattern.steps.is_empty() {
            self.match_rest(rest)
        } else {
            let children = self.children(at);
            self.match_steps(pattern, 0, children, rest)
        };
        self.captured.truncate(captured);
        matched
    }

    fn match_steps(
        &mut self,
        pattern: &NodePattern<C>,
        step: usize,
        children: Range<usize>,
        rest: Option<&Rest<C>>,
    ) -> Result<bool, DeadlinePassed> {
        let Some(wanted) = pattern.steps.get(step) else {
            let closed = !pattern.closed || !self.listed[children].iter().any(|child| child.named);
            return if closed { self.match_rest(rest) } else { Ok(false) };
        };
        let mut matched = false;
        for at in children.clone() {
            self.look()?;
            let Listed { field, named, .. } = self.listed[at];
            if wanted.field.is_none_or(|wanted| wanted == field) {
                let after = Rest {
                    node: pattern,
                    step: step + 1,
                    children: at + 1..children.end,
                    around: rest,
                };
                for choice in &wanted.choices {
                    matched |= self.match_node(choice, at, Some(&after))?;
                }
            }
            if wanted.adjacent && named || wanted.any_will_do && matched {
                break;
            }
        }
        if !matched && wanted.optional {
            matched = self.match_steps(pattern, step + 1, children, rest)?;
        }
        Ok(matched)
    }

    fn match_rest(&mut self, rest: Option<&Rest<C>>) -> Result<bool, DeadlinePassed> {
        match rest {
            Some(rest) => self.match_steps(rest.node, rest.step, rest.children.clone(), rest.around),
            None => {
                (self.found)(self.pattern, &self.captured);
                Ok(true)
            }
        }
    }

    /// Counts a look at a node.
    fn look(&mut self) -> Result<(), DeadlinePassed> {
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(LOOKS_PER_CHECK) && self.deadline.has_passed() {
            Err(DeadlinePassed)
        } else {
            Ok(())
        }
    }

    fn children(&mut self, at: usize) -> Range<usize> {
        let Listed { node, kind, .. } = self.listed[at];
        if self.listed[at].first_child == NOT_LISTED {
            let has_fields = self.patterns.kind(kind).has_fields;
            self.listed[at].first_child = self.listed.len() as u32;
            self.cursor.reset(node);
            let mut left = node.child_count();
            let mut more = self.cursor.goto_first_child();
            while more {
                let field = if has_fields { self.cursor.field_id() } else { None };
                self.list(self.cursor.node(), field.map_or(0, u16::from));
                left = left.saturating_sub(1);
                // A step beyond the last child costs more than any other: it looks through all the hidden nodes around.
                more = left > 0 && self.cursor.goto_next_sibling();
            }
            self.listed[at].end_child = self.listed.len() as u32;
        }
        self.listed[at].first_child as usize..self.listed[at].end_child as usize
    }

    fn list(&mut self, node: Node<'tree>, field: u16) {
        let kind = node.kind_id();
        self.listed.push(Listed {
            node,
            kind,
            field,
            named: self.patterns.kind(kind).named,
            first_child: NOT_LISTED,
            end_child: NOT_LISTED,
        });
    }
}
