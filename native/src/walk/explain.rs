//! Why a path is, or is not, among the files of a workspace: the rule, where it is written, and on which line.

use std::path::Path;
use std::sync::Arc;

use super::folder::{Folder, Kind};
use super::rules::{is_secret, is_version_control, join, Decision, FolderRules};
use super::{check_relative, PathExplanation, Plan};
use crate::decode::decode;
use crate::error::{NativeError, Result};

/// An ignore file is read this far for the line of a rule.
const MAX_SOURCE_BYTES: u64 = 1 << 20;

/// Goes down from the root to `path` as the walk does; the first name that is left out decides.
pub fn explain(plan: &Plan, path: &str) -> Result<PathExplanation> {
    check_relative(path)?;
    Folder::open(&plan.root, "").map_err(|error| NativeError::io("list", plan.root.path(), &error))?;
    let mut explanation = PathExplanation {
        exists: path.is_empty(),
        ignored: false,
        secret: false,
        rule: None,
        source: None,
        line: None,
        kind: if path.is_empty() { "folder" } else { "missing" }.to_owned(),
    };
    let mut folder = String::new();
    let mut rules = Arc::<FolderRules>::default();
    let mut is_decided = false;
    for (depth, name) in path.split('/').filter(|name| !name.is_empty()).enumerate() {
        let is_last = depth == path.split('/').count() - 1;
        let entries = Folder::open(&plan.root, &folder)
            .and_then(|folder| folder.entries())
            .unwrap_or_default();
        let kind = entries.iter().find(|entry| entry.name == name).map(|entry| entry.kind);
        let is_folder = kind == Some(Kind::Folder) || !is_last;
        let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        rules = FolderRules::of_folder(&plan.root, &folder, &rules, &names, |_, _| {});
        folder = join(&folder, name);
        if !is_decided {
            is_decided = explanation.decide(plan, &rules, &folder, name, is_folder);
        }
        if is_last {
            explanation.exists = kind.is_some();
            explanation.kind = kind.map_or("missing", kind_name).to_owned();
        }
    }
    Ok(explanation)
}

impl PathExplanation {
    /// Notes what decides about one name on the way. True when it leaves everything below it out.
    fn decide(&mut self, plan: &Plan, rules: &FolderRules, path: &str, name: &str, is_folder: bool) -> bool {
        if is_version_control(name) {
            self.ignored = true;
            self.note(name.to_owned(), "built in".to_owned(), None);
            return true;
        }
        let decision = rules.decide(&plan.common, path, is_folder);
        let is_ignored = decision.as_ref().is_some_and(|decision| decision.ignored);
        if let Some(decision) = decision {
            let line = rule_line(plan, &decision);
            let source = decision
                .source
                .map_or("settings".to_owned(), |path| path.to_string_lossy().into_owned());
            self.ignored = is_ignored;
            self.note(decision.rule, source, line);
        }
        if !is_ignored && is_secret(name, is_folder) {
            self.secret = true;
            self.note(name.to_owned(), "built in".to_owned(), None);
        }
        is_ignored || self.secret
    }

    fn note(&mut self, rule: String, source: String, line: Option<u32>) {
        self.rule = Some(rule);
        self.source = Some(source);
        self.line = line;
    }
}

/// The last line that reads as the rule: in an ignore file the last match wins.
fn rule_line(plan: &Plan, decision: &Decision) -> Option<u32> {
    let source = decision.source.as_deref()?;
    let mut bytes = Vec::new();
    if source.is_absolute() {
        bytes = std::fs::read(source).ok()?;
    } else {
        plan.root
            .read(Path::to_str(source)?, MAX_SOURCE_BYTES, &mut bytes)
            .ok()?;
    }
    let (text, _) = decode(&bytes)?;
    let lines: Vec<&str> = text.lines().collect();
    let position = lines
        .iter()
        .rposition(|line| line.trim_end() == decision.rule.trim_end())?;
    Some(position as u32 + 1)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Folder => "folder",
        Kind::Symlink => "symlink",
        Kind::Other => "other",
    }
}
