//! What does the user want to know now?
//!
//! Every front end talks to this crate and to nothing below it: [`check`] runs the rules over a
//! folder, [`fix()`] mends what they report, [`compare`] tells what changed since an earlier run.
#![cfg_attr(
    test,
    expect(clippy::disallowed_methods, reason = "tests make folders of their own")
)]

pub mod check;
pub mod config;
pub mod date;
pub mod earlier;
pub mod fixes;
pub mod inspect;
pub mod select;
pub mod target;

mod answers;
mod fingerprint;
mod review;
mod suppress;

pub use check::{CheckError, Outcome, Request, check, uses_django};
pub use earlier::{EarlierReport, baseline, compare};
pub use fixes::{Daring, Fixed, diff, fix};
pub use luthier_project::Base;
pub use luthier_project::migrations::Since;
pub use luthier_source::cache::default_directory as default_cache;
pub use luthier_source::write::{Change, Refused, write_all};
pub use luthier_source::{Progress, Sources};
pub use target::{Target, TargetError};
