//! Which database an operation meets.

use std::fmt;

/// The databases of Django's own backends, Oracle left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    PostgreSql,
    MySql,
    MariaDb,
    Sqlite,
}

/// A release of a database as far as facts care: 8.0.29 of MySQL, 17 of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release(pub u16, pub u16, pub u16);

impl Release {
    /// Before anything that the facts speak of.
    pub const FIRST: Self = Self(0, 0, 0);

    /// Reads `17`, `17.2` or `8.0.29`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(str::parse);
        let major = numbers.next()?.ok()?;
        let mut next = || numbers.next().map_or(Some(0), Result::ok);
        Some(Self(major, next()?, next()?))
    }
}

/// A database that migrations run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    pub engine: Engine,
    /// `None` where nothing says it: only what all releases agree on is known then.
    pub release: Option<Release>,
}

impl Engine {
    /// The releases that facts are held for, each where something changed.
    pub fn releases(self) -> &'static [Release] {
        match self {
            Self::PostgreSql => &[
                Release(12, 0, 0),
                Release(13, 0, 0),
                Release(14, 0, 0),
                Release(15, 0, 0),
                Release(16, 0, 0),
                Release(17, 0, 0),
                Release(18, 0, 0),
            ],
            Self::MySql => &[
                Release(5, 7, 0),
                Release(8, 0, 0),
                Release(8, 0, 12),
                Release(8, 0, 13),
                Release(8, 0, 16),
                Release(8, 0, 29),
                Release(8, 4, 0),
            ],
            Self::MariaDb => &[Release(10, 6, 0), Release(10, 11, 0), Release(11, 2, 0)],
            Self::Sqlite => &[Release(3, 31, 0), Release(3, 35, 5)],
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Sqlite => "SQLite",
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(major, 0, 0) => write!(f, "{major}"),
            Self(major, minor, 0) => write!(f, "{major}.{minor}"),
            Self(major, minor, patch) => write!(f, "{major}.{minor}.{patch}"),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.release {
            Some(release) => write!(f, "{} {release}", self.engine),
            None => self.engine.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Engine, Release};

    #[test]
    fn releases_are_read_and_ordered() {
        assert_eq!(Release::parse("17"), Some(Release(17, 0, 0)));
        assert_eq!(Release::parse("8.0.29"), Some(Release(8, 0, 29)));
        assert_eq!(Release::parse("8.x"), None);
        for engine in [
            Engine::PostgreSql,
            Engine::MySql,
            Engine::MariaDb,
            Engine::Sqlite,
        ] {
            assert!(engine.releases().is_sorted());
        }
    }
}
