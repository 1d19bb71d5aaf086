//! What does the user want to know now?
//!
//! Every front end talks to this crate and to nothing below it.

pub mod config;
pub mod date;
pub mod earlier;
pub mod select;

mod fingerprint;
mod suppress;
