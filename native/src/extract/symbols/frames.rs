//! Frames before they nest: each definition once, its name cut to what is a name, headings reaching to the next.

use crate::extract::scan::{Frame, FrameKind};

use super::row::trim_quotes;

/// Sorts frames by where they begin, outer ones first, after this was done to each.
pub fn prepare(frames: &mut Vec<Frame>, text: &str) {
    drop_duplicates(frames);
    cut_names(frames, text);
    extend_headings(frames, text);
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
