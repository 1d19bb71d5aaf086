//! The Djangos that oracles run, where there is a Python for them.

use std::ops::RangeInclusive;

use anyhow::{Result, bail};
use luthier_project::django::DjangoVersion;

use super::venv::{self, Interpreter, Version};

/// One Django.
pub(super) struct Release {
    pub(super) version: DjangoVersion,
    /// As pip takes it.
    pub(super) requirement: &'static str,
    python: RangeInclusive<Version>,
    /// Whether it may be left out where no such Python is found.
    optional: bool,
}

pub(super) const RELEASES: &[Release] = &[
    Release {
        version: DjangoVersion::new(4, 2),
        requirement: "Django~=4.2.0",
        python: (3, 10)..=(3, 12),
        optional: false,
    },
    Release {
        version: DjangoVersion::new(5, 2),
        requirement: "Django~=5.2.0",
        python: (3, 10)..=(3, 14),
        optional: false,
    },
    Release {
        version: DjangoVersion::new(6, 1),
        requirement: "Django~=6.1.0",
        python: (3, 12)..=(3, 14),
        optional: true,
    },
];

/// All of them for which there is a Python, with it.
pub(super) fn with_pythons() -> Result<Vec<(&'static Release, Interpreter)>> {
    let mut found = Vec::new();
    for release in RELEASES {
        if let Some(interpreter) = venv::interpreter(release.python.clone()) {
            found.push((release, interpreter));
            continue;
        }
        let (major, minor) = *release.python.start();
        let wanted = format!(
            "Django {} needs Python {major}.{minor} or later",
            release.version
        );
        if !release.optional {
            bail!("{wanted}, none is found");
        }
        println!("{wanted}, none is found: left out");
    }
    Ok(found)
}
