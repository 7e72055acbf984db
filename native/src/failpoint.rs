//! Panics that are asked for, so that a test sees what becomes of one at each entry of this crate and in each of its threads,
//! in the very binary that ships. `ALMAGEST_PANIC_IN=SearchIndex.commit:2` in the environment of a process asks for one the
//! second time that this point is reached, `SearchIndex.commit:*` for one each time, `each` for one at every point, the first
//! time. Nothing else can ask, and without it a point costs a look at a value that is set once.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

static WANTED: LazyLock<Option<Wanted>> = LazyLock::new(|| {
    let wanted = std::env::var("ALMAGEST_PANIC_IN").ok()?;
    Some(Wanted::parse(&wanted))
});

/// Panics where and when that was asked for.
pub fn reach(point: &'static str) {
    if WANTED.as_ref().is_some_and(|wanted| wanted.strikes(point)) {
        panic!("{point} was asked to panic");
    }
}

struct Wanted {
    /// None: each.
    point: Option<String>,
    /// Which time it is reached, from 1. None: each time.
    turn: Option<u32>,
    reached: Mutex<HashMap<&'static str, u32>>,
}

impl Wanted {
    fn parse(wanted: &str) -> Self {
        let (point, turn) = wanted.split_once(':').unwrap_or((wanted, "1"));
        Self {
            point: (point != "each").then(|| point.to_owned()),
            turn: (turn != "*").then(|| turn.parse().unwrap_or(1)),
            reached: Mutex::default(),
        }
    }

    fn strikes(&self, point: &'static str) -> bool {
        if self.point.as_ref().is_some_and(|wanted| wanted != point) {
            return false;
        }
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let times = reached.entry(point).or_default();
        *times += 1;
        self.turn.is_none_or(|turn| *times == turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_strikes_in_its_turn_and_no_other() {
        let wanted = Wanted::parse("walk:2");
        let struck: Vec<bool> = ["walk", "grep", "walk", "walk"]
            .map(|point| wanted.strikes(point))
            .into();
        assert_eq!(struck, [false, false, true, false]);
    }

    #[test]
    fn one_point_strikes_each_time() {
        let wanted = Wanted::parse("walk:*");
        assert_eq!(
            ["walk", "grep", "walk"].map(|point| wanted.strikes(point)),
            [true, false, true]
        );
    }

    #[test]
    fn each_point_strikes_once() {
        let wanted = Wanted::parse("each");
        let struck: Vec<bool> = ["walk", "grep", "walk", "grep"]
            .map(|point| wanted.strikes(point))
            .into();
        assert_eq!(struck, [true, true, false, false]);
    }
}
