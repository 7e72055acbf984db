//! One allocator for Rust and for tree-sitter. Parsing makes and drops millions of small nodes on several threads, where
//! the system's allocator spends a tenth of the time on its free lists. Under a fuzzer the system's allocator stays, which
//! is the one that sees a block misused.

use std::ffi::c_void;
use std::sync::Once;

#[cfg(not(fuzzing))]
use mimalloc::MiMalloc;
use tree_sitter::Allocator;

#[cfg(not(fuzzing))]
#[global_allocator]
static GLOBAL: MiMalloc = MiMalloc;

/// Blocks of more bytes get memory of their own from the system, and give it back when they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BLOCK: libc::c_int = 256 << 10;

/// Tells glibc, which the JavaScript engine has its buffers from, to give memory back. Of itself it raises that limit to
/// the largest block that was ever freed, up to 32 MiB: the buffers of batches then leave holes in a heap that only
/// shrinks at its end.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[napi_derive::module_init]
fn give_large_blocks_back() {
    // SAFETY: sets two numbers; glibc does it under its lock. Where it refuses, things stay as they were.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BLOCK);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 * LARGE_BLOCK);
    }
}

/// Hands tree-sitter the same allocator. To be called before a parser, a query or a language is made.
pub fn install_for_parsing() {
    if cfg!(fuzzing) {
        return;
    }
    static ONCE: Once = Once::new();
    let family = Allocator {
        malloc,
        calloc,
        realloc,
        free,
    };
    // SAFETY: the four belong together, never return null for a size that is not zero, and align as malloc does. It
    // happens once, and every maker of a tree-sitter object calls this first.
    ONCE.call_once(|| unsafe { tree_sitter::set_allocator(Some(family)) });
}

unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    found(libmimalloc_sys::mi_malloc(size), size)
}

unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        Some(total) => found(libmimalloc_sys::mi_zalloc(total), total),
        None => out_of_memory(usize::MAX),
    }
}

unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    found(libmimalloc_sys::mi_realloc(block, size), size)
}

unsafe extern "C" fn free(block: *mut c_void) {
    libmimalloc_sys::mi_free(block);
}

fn found(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() && size > 0 {
        out_of_memory(size);
    }
    block
}

/// tree-sitter has no way to go on. The extractor is a process of its own for this reason.
fn out_of_memory(size: usize) -> ! {
    eprintln!("out of memory: {size} bytes for tree-sitter");
    std::process::abort()
}
