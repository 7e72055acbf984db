//! How work leaves the JavaScript thread, and the fence that keeps a panic from taking the process down.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, JsError, Task};
use napi_derive::napi;

use crate::error::{Code, NativeError, Result, Thrown};
use crate::failpoint::reach;

/// One piece of work for the thread pool, whose result becomes a promise.
pub struct Job<T> {
    work: Option<Box<dyn FnOnce() -> Result<T> + Send>>,
}

/// What an asynchronous export returns: JavaScript sees a promise of `T`.
pub type Promised<T> = AsyncTask<Job<T>>;

/// Runs `work` of the export `entry` on the thread pool. A failure rejects with its code, a panic with `ERR_PANIC`.
pub fn off_thread<T>(entry: &'static str, work: impl FnOnce() -> Result<T> + Send + 'static) -> Promised<T>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    AsyncTask::new(Job {
        work: Some(Box::new(move || {
            reach(entry);
            work()
        })),
    })
}

/// Runs `work` here and turns a panic into an error with the code `ERR_PANIC`.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Whatever a panic leaves half done is dropped with the closure; what outlives it is behind a mutex that is
    // poisoned by it, or atomic.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(panic_error(payload.as_ref())))
}

/// `guarded` for the synchronous export `entry`. Each that does anything goes through here: napi's own fence has no code.
pub fn throwing<T>(entry: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T, Thrown> {
    let reached = || {
        reach(entry);
        work()
    };
    guarded(reached).map_err(Into::into)
}

impl<T> Task for Job<T>
where
    T: ToNapiValue + TypeName + Send + 'static,
{
    type Output = Result<T>;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(match self.work.take() {
            Some(work) => guarded(work),
            None => Err(NativeError::new(Code::Panic, "a task was started twice")),
        })
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<T> {
        // A task may only fail with napi's own statuses, so the error object with our code is made here.
        output.map_err(|error| JsError::from(Thrown::from(error)).into_unknown(env).into())
    }
}

fn panic_error(payload: &(dyn Any + Send)) -> NativeError {
    let said = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    NativeError::new(Code::Panic, format!("a bug in Almagest's native part: {said}"))
}

/// Tells running work to stop. Cancelling is final; the promise then rejects with `ERR_CANCELLED`.
#[napi]
#[derive(Clone, Default)]
pub struct CancelFlag {
    cancelled: Arc<AtomicBool>,
}

#[napi]
impl CancelFlag {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the end of the work that was given this flag.
    #[napi]
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether `cancel` was called.
    #[napi(getter)]
    pub fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl CancelFlag {
    /// Fails with `ERR_CANCELLED` once cancelled.
    pub fn check(&self) -> Result<()> {
        match self.cancelled() {
            true => Err(NativeError::cancelled()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let error = guarded::<()>(|| panic!("boom {}", 1)).unwrap_err();
        assert_eq!((error.code, error.message.contains("boom 1")), (Code::Panic, true));
    }

    #[test]
    fn a_job_fences_panics_off_the_thread_pool() {
        let mut job = Job::<u32> {
            work: Some(Box::new(|| panic!("in the pool"))),
        };
        assert_eq!(job.compute().unwrap().unwrap_err().code, Code::Panic);
        assert_eq!(job.compute().unwrap().unwrap_err().code, Code::Panic);
    }

    #[test]
    fn a_cancelled_flag_says_so_to_its_clones() {
        let flag = CancelFlag::new();
        let clone = flag.clone();
        assert!(clone.check().is_ok());
        flag.cancel();
        assert_eq!(clone.check().unwrap_err().code, Code::Cancelled);
    }
}
