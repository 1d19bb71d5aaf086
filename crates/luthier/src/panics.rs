//! A panic is one line, not a page.

use std::env;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};

/// Runs `work`; a panic in it comes back as its message and place. Panics that something below
/// catches are its business and print nothing, unless `RUST_BACKTRACE` asks to see them.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let last = Arc::new(Mutex::new(String::new()));
    let wants_backtrace = env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    if !wants_backtrace {
        let last = Arc::clone(&last);
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map_or_else(String::new, |location| {
                format!(" ({}:{})", location.file(), location.line())
            });
            if let Ok(mut last) = last.lock() {
                *last = place;
            }
        }));
    }
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let message = payload
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "it panicked".to_owned());
        let place = last.lock().map(|last| last.clone()).unwrap_or_default();
        format!("{message}{place}")
    })
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(caught(|| 1), Ok(1));
        let message = caught(|| -> () { panic!("number {}", 7) }).unwrap_err();
        assert!(message.starts_with("number 7"), "{message}");
    }
}
