//! From what a user types to a Tantivy query: words, `"phrases"`, `-word` and `OR`. Tantivy's own parser never sees it.

use std::ops::Bound;

use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, DisjunctionMaxQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::Term;

use super::schema::Fields;
use super::tokenizer::Words;
use crate::error::{Code, NativeError, Result};

const MAX_QUERY_BYTES: usize = 1024;
const MAX_CLAUSES: usize = 64;

/// A word in a symbol's name says more about a chunk than one in its text, one in the path less.
const NAME_BOOST: f32 = 3.0;
const PLACE_BOOST: f32 = 0.4;
/// An identifier found whole beats its parts found apart.
const WHOLE_BOOST: f32 = 2.0;

/// A query taken apart: each group's alternatives are joined by OR, the groups by AND.
#[derive(Debug, Default, PartialEq)]
pub struct ParsedQuery {
    pub groups: Vec<Vec<Clause>>,
    pub excluded: Vec<Clause>,
}

/// One word, or the words of one phrase.
#[derive(Debug, PartialEq)]
pub struct Clause {
    pub text: String,
    pub is_phrase: bool,
}

impl ParsedQuery {
    /// Takes a query apart. Fails with `ERR_QUERY` when it is too long, or has nothing to look for.
    pub fn parse(query: &str) -> Result<Self> {
        if query.len() > MAX_QUERY_BYTES {
            let message = format!(
                "the query has {} bytes; at most {MAX_QUERY_BYTES} can be searched",
                query.len()
            );
            return Err(NativeError::new(Code::Query, message));
        }
        let mut parsed = Self::default();
        let mut joins_last = false;
        let mut clauses = 0;
        let mut rest = query.trim_start();
        while !rest.is_empty() {
            let is_excluded = rest.len() > 1 && rest.starts_with('-') && !rest[1..].starts_with(char::is_whitespace);
            let body = if is_excluded { &rest[1..] } else { rest };
            let (text, is_phrase, after) = match body.strip_prefix('"') {
                // A quote that is never closed reaches to the end.
                Some(quoted) => quoted
                    .split_once('"')
                    .map_or((quoted, true, ""), |(text, after)| (text, true, after)),
                None => {
                    let end = body.find(char::is_whitespace).unwrap_or(body.len());
                    (&body[..end], false, &body[end..])
                }
            };
            rest = after.trim_start();
            if text == "OR" && !is_phrase && !is_excluded {
                joins_last = !parsed.groups.is_empty();
                continue;
            }
            if Words::new(text).next_identifier().is_none() {
                continue;
            }
            clauses += 1;
            let clause = Clause {
                text: text.to_owned(),
                is_phrase,
            };
            match (is_excluded, parsed.groups.last_mut()) {
                (true, _) => parsed.excluded.push(clause),
                (false, Some(group)) if joins_last => group.push(clause),
                _ => parsed.groups.push(vec![clause]),
            }
            joins_last = false;
        }
        if clauses > MAX_CLAUSES {
            let message = format!("the query has {clauses} words and phrases; at most {MAX_CLAUSES} can be searched");
            return Err(NativeError::new(Code::Query, message));
        }
        if parsed.groups.is_empty() {
            return Err(NativeError::new(Code::Query, "the query has no word to look for"));
        }
        Ok(parsed)
    }

    /// Whether hits have to be verified on the text, because the index knows no word order.
    pub fn has_phrases(&self) -> bool {
        self.groups
            .iter()
            .flatten()
            .chain(&self.excluded)
            .any(|clause| clause.is_phrase)
    }

    /// The query without filters.
    pub fn to_query(&self, fields: &Fields) -> Box<dyn Query> {
        let mut all: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for group in &self.groups {
            let alternatives: Vec<_> = group.iter().map(|clause| clause.to_query(fields)).collect();
            all.push((Occur::Must, any_of(alternatives)));
        }
        // An excluded phrase is left to verification: its words apart exclude nothing.
        for clause in self.excluded.iter().filter(|clause| !clause.is_phrase) {
            all.push((Occur::MustNot, clause.to_query(fields)));
        }
        Box::new(BooleanQuery::new(all))
    }
}

impl Clause {
    fn to_query(&self, fields: &Fields) -> Box<dyn Query> {
        let mut identifiers = Vec::new();
        let mut words = Words::new(&self.text);
        while let Some(range) = words.next_identifier() {
            identifiers.push(identifier_query(fields, &self.text[range]));
        }
        all_of(identifiers)
    }
}

/// An identifier whole, or else all of its parts.
fn identifier_query(fields: &Fields, identifier: &str) -> Box<dyn Query> {
    let mut words = Words::new(identifier);
    let mut word = String::new();
    let mut terms = Vec::new();
    while words.next_into(&mut word).is_some() {
        terms.push(word_query(fields, &word));
    }
    let mut terms = terms.into_iter();
    let Some(whole) = terms.next() else {
        // Longer than any word in the index, so that nothing contains it.
        return any_of(vec![]);
    };
    let parts: Vec<_> = terms.collect();
    if parts.is_empty() {
        return whole;
    }
    let whole: Box<dyn Query> = Box::new(BoostQuery::new(whole, WHOLE_BOOST));
    any_of(vec![whole, all_of(parts)])
}

/// A word in any field; the best field counts.
fn word_query(fields: &Fields, word: &str) -> Box<dyn Query> {
    let in_field = |field, boost: f32| -> Box<dyn Query> {
        let term = TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs);
        Box::new(BoostQuery::new(Box::new(term), boost))
    };
    let fields = [
        (fields.name, NAME_BOOST),
        (fields.body, 1.0),
        (fields.place, PLACE_BOOST),
    ];
    Box::new(DisjunctionMaxQuery::with_tie_breaker(
        fields.map(|(field, boost)| in_field(field, boost)).into(),
        0.2,
    ))
}

/// What a hit must be besides matching; an empty list does not restrict.
#[derive(Default)]
pub struct Filters {
    pub modes: Vec<u32>,
    pub languages: Vec<String>,
    pub path_prefixes: Vec<String>,
}

impl Filters {
    /// Restricts `query` without touching its scores.
    pub fn apply(&self, fields: &Fields, query: Box<dyn Query>) -> Box<dyn Query> {
        let term = |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
        let modes = self
            .modes
            .iter()
            .map(|mode| term(Term::from_field_u64(fields.mode, u64::from(*mode))));
        let languages = self
            .languages
            .iter()
            .map(|name| term(Term::from_field_text(fields.language, name)));
        let prefixes = self
            .path_prefixes
            .iter()
            .map(|prefix| path_prefix_query(fields, prefix));
        let filters: [Vec<_>; 3] = [modes.collect(), languages.collect(), prefixes.collect()];
        let mut all = vec![(Occur::Must, query)];
        for alternatives in filters.into_iter().filter(|alternatives| !alternatives.is_empty()) {
            all.push((Occur::Must, Box::new(BoostQuery::new(any_of(alternatives), 0.0))));
        }
        Box::new(BooleanQuery::new(all))
    }
}

fn path_prefix_query(fields: &Fields, prefix: &str) -> Box<dyn Query> {
    if prefix.is_empty() {
        return Box::new(AllQuery);
    }
    // No path contains the last code point, which is no character.
    let end = format!("{prefix}\u{10FFFF}");
    let bound = |text: &str| Term::from_field_text(fields.path, text);
    Box::new(RangeQuery::new(
        Bound::Included(bound(prefix)),
        Bound::Excluded(bound(&end)),
    ))
}

fn any_of(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    one_or(queries, |queries| Box::new(BooleanQuery::union(queries)))
}

fn all_of(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    one_or(queries, |queries| Box::new(BooleanQuery::intersection(queries)))
}

fn one_or(
    mut queries: Vec<Box<dyn Query>>,
    join: impl FnOnce(Vec<Box<dyn Query>>) -> Box<dyn Query>,
) -> Box<dyn Query> {
    match queries.len() {
        1 => queries.remove(0),
        _ => join(queries),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str) -> String {
        let parsed = match ParsedQuery::parse(query) {
            Ok(parsed) => parsed,
            Err(error) => return error.code.as_ref().to_owned(),
        };
        let clause = |clause: &Clause| match clause.is_phrase {
            true => format!("'{}'", clause.text),
            false => clause.text.clone(),
        };
        let group = |group: &Vec<Clause>| group.iter().map(clause).collect::<Vec<_>>().join("|");
        let mut parts: Vec<String> = parsed.groups.iter().map(group).collect();
        parts.extend(parsed.excluded.iter().map(|excluded| format!("!{}", clause(excluded))));
        parts.join(" & ")
    }

    #[test]
    fn queries_are_taken_apart() {
        let cases = [
            ("a", "a"),
            ("  tcp   socket ", "tcp & socket"),
            ("a b OR c d", "a & b|c & d"),
            ("a OR b OR c", "a|b|c"),
            ("OR a", "a"),
            ("a OR", "a"),
            ("a or b", "a & or & b"),
            ("\"no such file\" open", "'no such file' & open"),
            ("\"open end", "'open end'"),
            ("a -b -\"c d\"", "a & !b & !'c d'"),
            ("a - b", "a & b"),
            ("x->y && {}", "x->y"),
            ("body:(a AND *)", "body:(a & AND"),
            ("", "ERR_QUERY"),
            ("-a", "ERR_QUERY"),
            ("\"\" {} ->", "ERR_QUERY"),
        ];
        for (query, expected) in cases {
            assert_eq!(shown(query), expected, "{query}");
        }
    }

    #[test]
    fn queries_have_limits() {
        assert_eq!(shown(&"a ".repeat(MAX_CLAUSES)).matches('a').count(), MAX_CLAUSES);
        assert_eq!(shown(&"a ".repeat(MAX_CLAUSES + 1)), "ERR_QUERY");
        assert_eq!(shown(&"a".repeat(MAX_QUERY_BYTES + 1)), "ERR_QUERY");
        assert_ne!(shown(&"(".repeat(500)), "a");
    }
}
