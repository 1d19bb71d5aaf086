//! The eight dimensions of the rubric, one file each. A criterion whose analysis does not exist yet
//! is listed as such: it drops out of the weights, and nobody takes its silence for approval.

pub(super) mod formula;

mod architecture;
mod deployment;
mod error_handling;
mod migrations;
mod orm_usage;
mod performance;
mod security;
mod testing;

use luthier_diagnostics::Dimension;
use luthier_diagnostics::review::{Criterion, DimensionScore};

use super::pipelines::Pipelines;
use super::sheet::Sheet;
use super::signals::Signals;

/// What criteria are judged by.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) sheet: Sheet<'a>,
    pub(super) signals: &'a Signals,
    pub(super) pipelines: &'a Pipelines,
}

/// Every dimension with its weight, in the order of the page.
pub(super) fn dimensions(inputs: Inputs<'_>) -> Vec<DimensionScore> {
    type Criteria = fn(Inputs<'_>) -> Vec<Criterion>;
    let all: [(Dimension, f64, Criteria); 8] = [
        (Dimension::Architecture, 15.0, architecture::criteria),
        (Dimension::OrmUsage, 15.0, orm_usage::criteria),
        (Dimension::Security, 15.0, security::criteria),
        (Dimension::Testing, 15.0, testing::criteria),
        (Dimension::Performance, 10.0, performance::criteria),
        (Dimension::ErrorHandling, 10.0, error_handling::criteria),
        (Dimension::Migrations, 10.0, migrations::criteria),
        (Dimension::Deployment, 10.0, deployment::criteria),
    ];
    all.map(|(id, weight, criteria)| formula::dimension(id, weight, criteria(inputs)))
        .into()
}
