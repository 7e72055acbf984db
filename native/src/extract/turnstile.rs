//! Bulk batches one after the other without a gap: the threads of a batch start as those of the batch before it run out
//! of files, so that the last large file of a batch does not keep the others waiting.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often a waiting thread looks whether its batch was cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// Lets threads in by the order of their arrival, so many at once as each of them bears beside it.
pub struct Turnstile {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    inside: usize,
    waiting: VecDeque<u64>,
    last: u64,
}

/// A thread inside; dropping it lets the next one in.
pub struct Turn<'a>(&'a Turnstile);

impl Turnstile {
    pub const fn new() -> Self {
        let state = State {
            inside: 0,
            waiting: VecDeque::new(),
            last: 0,
        };
        Self {
            state: Mutex::new(state),
            moved: Condvar::new(),
        }
    }

    /// Waits until it is this thread's turn and fewer than `limit` threads are inside. `None` once it is cancelled.
    pub fn enter(&self, limit: usize, is_cancelled: impl Fn() -> bool) -> Option<Turn<'_>> {
        let mut state = self.lock();
        state.last += 1;
        let ticket = state.last;
        state.waiting.push_back(ticket);
        loop {
            if is_cancelled() {
                state.waiting.retain(|&waiting| waiting != ticket);
                self.moved.notify_all();
                return None;
            }
            if state.inside < limit && state.waiting.front() == Some(&ticket) {
                state.waiting.pop_front();
                state.inside += 1;
                // There may be room for the next one too.
                self.moved.notify_all();
                return Some(Turn(self));
            }
            let woken = self.moved.wait_timeout(state, LOOK);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// No code of ours panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn never_more_inside_than_the_limit() {
        let (turnstile, inside, entered) = (Turnstile::new(), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let _turn = turnstile.enter(3, || false);
                    assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    entered.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(entered.into_inner(), 16);
    }

    #[test]
    fn a_cancelled_thread_leaves_and_holds_up_nobody() {
        let turnstile = Turnstile::new();
        let is_cancelled = AtomicBool::new(false);
        let first = turnstile.enter(1, || false);
        std::thread::scope(|scope| {
            let second = scope.spawn(|| turnstile.enter(1, || is_cancelled.load(Ordering::SeqCst)).is_none());
            is_cancelled.store(true, Ordering::SeqCst);
            assert!(second.join().unwrap());
            drop(first);
            assert!(turnstile.enter(1, || false).is_some());
        });
    }
}
