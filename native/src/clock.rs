//! Time as a thread spends it. A busy machine makes a file take longer by the wall clock, but must not change its facts,
//! so deadlines count the time that the thread really ran.

use std::time::{Duration, Instant};

/// Counts the time that the thread which made it has run since. Any thread may ask.
#[derive(Clone, Copy, Debug)]
pub struct ThreadClock {
    #[cfg(target_os = "linux")]
    id: libc::clockid_t,
    #[cfg(target_os = "linux")]
    started: Duration,
    /// Where the system has no clock per thread: wall time, which only ever ends work earlier.
    #[cfg(not(target_os = "linux"))]
    started: Instant,
}

impl ThreadClock {
    /// A clock of the current thread, at zero.
    #[cfg(target_os = "linux")]
    pub fn start() -> Self {
        let mut id = libc::CLOCK_THREAD_CPUTIME_ID;
        // SAFETY: the thread is the current one, hence alive, and `id` is a valid place for the result. A failure leaves
        // the clock of whichever thread asks, which is right for deadlines.
        unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &mut id) };
        let started = read(id);
        Self { id, started }
    }

    /// Running time since `start`; zero once the thread has ended.
    #[cfg(target_os = "linux")]
    pub fn elapsed(&self) -> Duration {
        read(self.id).saturating_sub(self.started)
    }

    #[cfg(not(target_os = "linux"))]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(target_os = "linux")]
fn read(id: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the result; a clock that is gone is an error and leaves it at zero.
    unsafe { libc::clock_gettime(id, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// When the current thread has worked long enough on one file.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    clock: ThreadClock,
    limit: Duration,
    earliest: Instant,
}

/// Why work on a file ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadlinePassed;

impl Deadline {
    pub fn after(limit: Duration) -> Self {
        Self {
            clock: ThreadClock::start(),
            limit,
            earliest: Instant::now() + limit,
        }
    }

    /// Cheap until the limit has passed by the wall clock; only then the thread's own clock costs a system call.
    pub fn has_passed(&self) -> bool {
        Instant::now() >= self.earliest && self.clock.elapsed() >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_not_working() {
        let deadline = Deadline::after(Duration::from_millis(20));
        std::thread::sleep(Duration::from_millis(40));
        assert!(!deadline.has_passed() || cfg!(not(target_os = "linux")));
        while !deadline.has_passed() {}
    }

    #[test]
    fn another_thread_can_ask() {
        let clock = ThreadClock::start();
        let wall = Instant::now();
        while wall.elapsed() < Duration::from_millis(20) {}
        let seen = std::thread::spawn(move || clock.elapsed()).join().unwrap();
        assert!(seen > Duration::ZERO);
    }
}
