//! Django's releases, and which of them a project runs on.

use std::fmt;

use crate::place::Place;

/// A feature release, such as 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DjangoVersion {
    pub major: u16,
    pub minor: u16,
}

impl DjangoVersion {
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `5.2`, `5.2.7` or `6.1rc1`.
    pub fn parse(text: &str) -> Option<Self> {
        let version: pep440_rs::Version = text.trim().parse().ok()?;
        let number = |place: usize| u16::try_from(*version.release().get(place).unwrap_or(&0)).ok();
        Some(Self::new(number(0)?, number(1)?))
    }
}

impl fmt::Display for DjangoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Every feature release since the last one for Python 2, oldest first.
pub const RELEASES: &[DjangoVersion] = &[
    DjangoVersion::new(1, 11),
    DjangoVersion::new(2, 0),
    DjangoVersion::new(2, 1),
    DjangoVersion::new(2, 2),
    DjangoVersion::new(3, 0),
    DjangoVersion::new(3, 1),
    DjangoVersion::new(3, 2),
    DjangoVersion::new(4, 0),
    DjangoVersion::new(4, 1),
    DjangoVersion::new(4, 2),
    DjangoVersion::new(5, 0),
    DjangoVersion::new(5, 1),
    DjangoVersion::new(5, 2),
    DjangoVersion::new(6, 0),
    DjangoVersion::new(6, 1),
];

/// What a project is judged by where nothing says which release it runs on: the release with
/// long-term support that most projects are on.
pub const ASSUMED: DjangoVersion = DjangoVersion::new(5, 2);

/// The release that a project is judged by, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DjangoTarget {
    pub version: DjangoVersion,
    /// The exact version where one is known: `5.2.7`.
    pub exact: Option<String>,
    pub source: VersionSource,
}

/// How the release is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionSource {
    /// `target-django` of luthier's configuration.
    Configured,
    Locked(Place),
    Pinned(Place),
    /// The metadata of the virtual environment.
    Installed,
    /// The newest release that a range allows.
    Range(Place),
    /// Nothing says: [`ASSUMED`].
    Assumed,
}

impl Default for DjangoTarget {
    fn default() -> Self {
        Self {
            version: ASSUMED,
            exact: None,
            source: VersionSource::Assumed,
        }
    }
}

/// The newest release that PEP 440 specifiers allow; `None` when they allow none or all.
pub fn newest_allowed(specifier: &str) -> Option<DjangoVersion> {
    let specifiers: pep440_rs::VersionSpecifiers = specifier.parse().ok()?;
    if specifiers.is_empty() {
        return None;
    }
    // Patch releases count: `>5.2` and `>=5.2.1` are satisfied by the 5.2 series.
    let allows = |release: &&DjangoVersion| {
        let version =
            pep440_rs::Version::new([u64::from(release.major), u64::from(release.minor), 99]);
        let first = pep440_rs::Version::new([u64::from(release.major), u64::from(release.minor)]);
        specifiers.contains(&version) || specifiers.contains(&first)
    };
    RELEASES.iter().rev().find(allows).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_ordered() {
        assert_eq!(
            DjangoVersion::parse("5.2.7"),
            Some(DjangoVersion::new(5, 2))
        );
        assert_eq!(
            DjangoVersion::parse("6.1rc1"),
            Some(DjangoVersion::new(6, 1))
        );
        assert_eq!(DjangoVersion::parse("x"), None);
        assert!(DjangoVersion::new(4, 2) < DjangoVersion::new(5, 0));
        assert!(RELEASES.is_sorted());
    }

    #[test]
    fn ranges_allow_their_newest_release() {
        let newest = |text| newest_allowed(text).map(|version| version.to_string());
        assert_eq!(newest(">=4.2,<5.0").as_deref(), Some("4.2"));
        assert_eq!(newest("~=5.1.3").as_deref(), Some("5.1"));
        assert_eq!(newest("==5.2.*").as_deref(), Some("5.2"));
        assert_eq!(newest("<5.2").as_deref(), Some("5.1"));
        assert_eq!(newest(">=4.2"), RELEASES.last().map(ToString::to_string));
        assert_eq!(newest(""), None);
        assert_eq!(newest("nonsense"), None);
    }
}
