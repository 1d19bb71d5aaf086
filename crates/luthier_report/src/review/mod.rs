//! The review page: health check, score, production checklist, what to fix first.

mod explain;
mod text;
mod unknown;
pub(crate) mod verdict;

pub(crate) use text::text;
