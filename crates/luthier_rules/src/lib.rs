//! What is wrong with it?
//!
//! A rule is one file in the folder of the noun it judges: docs, metadata, one function from a
//! subject of the linked project to findings ([`Rule`], [`Check`]). The [`registry`] lists them,
//! the [`runner`] calls them in parallel and survives their panics. Rules read the `Project` and
//! nothing else: they parse no text, walk no files and know no configuration file or format.
//!
//! The docs of a rule are its page and its tests at once, see [`docs`].

pub mod docs;
pub mod registry;
pub mod runner;

mod context;
#[cfg(test)]
mod examples;
mod imports;
mod layout;
mod nearest;
mod removal;
#[cfg(test)]
mod robustness;
mod rule;
#[cfg(test)]
mod testing;

pub mod internal;

mod apps;
mod dependencies;
mod deployment;
mod migrations;
mod models;
mod querysets;
mod routes;
mod serializers;
mod settings;
mod tasks;
mod templates;
mod tests;
mod views;

pub use context::{Context, Options, Reported};
pub use migrations::sql_hazards;
pub use rule::{Check, Rule};
pub use runner::{Output, run};

pub(crate) use rule::declare_rule;
