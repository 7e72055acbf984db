//! What the object that JavaScript holds shares with its work in other threads: the index while it is open, then why it
//! is closed. A failure that leaves memory and disk in doubt closes it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::ledger::Seal;
use super::store::Readable;
use super::writer::Writer;
use crate::error::{Code, NativeError, Result};
use crate::failpoint::reach;
use crate::task::guarded;

pub struct Shared {
    /// Or why it is closed.
    readable: Mutex<Result<Readable, String>>,
    writer: Mutex<Option<Writer>>,
}

impl Shared {
    pub fn new(readable: Readable, writer: Option<Writer>) -> Self {
        Self {
            readable: Mutex::new(Ok(readable)),
            writer: Mutex::new(writer),
        }
    }

    pub fn readable(&self) -> Result<Readable> {
        let closed = |why: &String| {
            NativeError::new(
                Code::IndexClosed,
                format!("the search index has to be opened again: {why}"),
            )
        };
        lock(&self.readable).as_ref().map(Readable::clone).map_err(closed)
    }

    pub fn reading<T>(&self, work: impl FnOnce(&Readable) -> Result<T>) -> Result<T> {
        let readable = self.readable()?;
        let result = guarded(|| {
            reach("reading the search index");
            work(&readable)
        });
        self.close_after(&result);
        result
    }

    pub fn writing<T>(&self, work: impl FnOnce(&Readable, &mut Writer) -> Result<T>) -> Result<T> {
        let mut writer = lock(&self.writer);
        let readable = self.readable()?;
        let Some(open) = writer.as_mut() else {
            return Err(NativeError::invalid("the search index was opened for reading only"));
        };
        let result = guarded(|| {
            let done = work(&readable, open);
            // Where the caller does not learn that it was done.
            reach("writing the search index");
            done
        });
        if self.close_after(&result) {
            *writer = None;
        }
        result
    }

    /// Closes for good after a failure that leaves memory and disk in doubt.
    fn close_after<T>(&self, result: &Result<T>) -> bool {
        match result {
            Err(error) if !matches!(error.code, Code::InvalidArgument | Code::Query | Code::Cancelled) => {
                self.close(&error.message);
                true
            }
            _ => false,
        }
    }

    fn close(&self, why: &str) {
        let mut readable = lock(&self.readable);
        if readable.is_ok() {
            *readable = Err(why.to_owned());
        }
    }

    /// Closes because that is wanted; what is under way is waited for.
    pub fn end(&self) {
        let writer = lock(&self.writer).take();
        self.close("it was closed");
        drop(writer);
    }

    pub fn set_seal(&self, seal: Seal) {
        if let Ok(readable) = lock(&self.readable).as_mut() {
            readable.seal = Some(seal);
        }
    }
}

/// A panic in work under the lock closes the index (`close_after`), so the mutex's own poison says nothing more.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
