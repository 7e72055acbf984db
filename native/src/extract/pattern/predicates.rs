//! Predicates: what a query file says of the text of captures, and the settings of a pattern.

use regex::bytes::Regex;

use super::{Check, NodePattern, TextTest};

/// What stands behind the name of a predicate.
pub enum Argument<'a> {
    Capture(&'a str),
    Text(String),
}

/// Makes a predicate a check of the captures that it names, or a setting.
pub fn apply<C>(
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

impl<C> NodePattern<C> {
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
