//! Django's own checks of settings: which luthier knows, and in which versions they exist.
//!
//! These are the checks tagged `security`, `caches`, `files` and `translation`, the ones that
//! only `check --deploy` runs, and those that Django REST framework and django-cors-headers
//! register. `SEC` and the number of a `security` check of Django's are luthier's code of it, up to
//! `security.W027`; the two numbers that Django has retired for good, 7 and 17, are taken by the
//! deployment checks of other tags. Then come the others in the order of Django's documentation.
//!
//! Left out, because settings say nothing about it: `gis.W001`, which is tagged `security` and asks
//! for the version of the GDAL library on the machine.

use super::DjangoVersion;

/// One check of Django's, or the checks of one package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DjangoCheck {
    /// luthier's code.
    pub code: &'static str,
    /// Django's ids: what is printed in parentheses and what `SILENCED_SYSTEM_CHECKS` names.
    pub ids: &'static [&'static str],
    /// The first release that has it, where that is later than 4.2.
    pub since: Option<DjangoVersion>,
    /// Whether only `check --deploy` runs it.
    pub deploy: bool,
}

impl DjangoCheck {
    /// Whether a release of Django runs it.
    pub fn exists_in(&self, version: DjangoVersion) -> bool {
        self.since.is_none_or(|since| since <= version)
    }
}

const fn deploy(code: &'static str, ids: &'static [&'static str]) -> DjangoCheck {
    DjangoCheck {
        code,
        ids,
        since: None,
        deploy: true,
    }
}

const fn always(code: &'static str, ids: &'static [&'static str]) -> DjangoCheck {
    DjangoCheck {
        deploy: false,
        ..deploy(code, ids)
    }
}

const fn since(major: u16, minor: u16, check: DjangoCheck) -> DjangoCheck {
    DjangoCheck {
        since: Some(DjangoVersion::new(major, minor)),
        ..check
    }
}

/// Every check, by code.
pub const CHECKS: &[DjangoCheck] = &[
    deploy("SEC001", &["security.W001"]),
    deploy("SEC002", &["security.W002"]),
    deploy("SEC003", &["security.W003"]),
    deploy("SEC004", &["security.W004"]),
    deploy("SEC005", &["security.W005"]),
    deploy("SEC006", &["security.W006"]),
    deploy("SEC007", &["async.E001"]),
    deploy("SEC008", &["security.W008"]),
    deploy("SEC009", &["security.W009"]),
    deploy("SEC010", &["security.W010"]),
    deploy("SEC011", &["security.W011"]),
    deploy("SEC012", &["security.W012"]),
    deploy("SEC013", &["security.W013"]),
    deploy("SEC014", &["security.W014"]),
    deploy("SEC015", &["security.W015"]),
    deploy("SEC016", &["security.W016"]),
    since(6, 1, deploy("SEC017", &["mail.E001"])),
    deploy("SEC018", &["security.W018"]),
    deploy("SEC019", &["security.W019"]),
    deploy("SEC020", &["security.W020"]),
    deploy("SEC021", &["security.W021"]),
    deploy("SEC022", &["security.W022"]),
    deploy("SEC023", &["security.E023"]),
    deploy("SEC024", &["security.E024"]),
    deploy("SEC025", &["security.W025"]),
    since(6, 0, always("SEC026", &["security.E026"])),
    since(6, 1, always("SEC027", &["security.W027"])),
    always("SEC028", &["security.E101"]),
    always("SEC029", &["security.E102"]),
    always("SEC030", &["caches.E001"]),
    deploy("SEC031", &["caches.W002"]),
    always("SEC032", &["caches.W003"]),
    always("SEC033", &["files.E001"]),
    always("SEC034", &["translation.E001"]),
    always("SEC035", &["translation.E002"]),
    always("SEC036", &["translation.E003"]),
    always("SEC037", &["translation.E004"]),
    always("SEC038", &["rest_framework.W001"]),
    always(
        "SEC039",
        &[
            "corsheaders.E001",
            "corsheaders.E002",
            "corsheaders.E003",
            "corsheaders.E004",
            "corsheaders.E005",
            "corsheaders.E006",
            "corsheaders.E007",
            "corsheaders.E008",
            "corsheaders.E009",
            "corsheaders.E012",
            "corsheaders.E013",
            "corsheaders.E014",
            "corsheaders.E015",
        ],
    ),
];

/// The check with luthier's code.
pub fn by_code(code: &str) -> Option<&'static DjangoCheck> {
    CHECKS.iter().find(|check| check.code == code)
}

/// The checks of models that luthier's rules name as well.
const MODEL_CHECKS: &[&str] = &["fields.E302", "fields.E303", "fields.E304", "fields.E305"];

/// One of Django's ids, read from somewhere, as the one of these tables.
pub fn id(text: &str) -> Option<&'static str> {
    let of_settings = CHECKS.iter().flat_map(|check| check.ids);
    let mut ids = of_settings.chain(MODEL_CHECKS);
    ids.find(|id| **id == text).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_without_a_gap() {
        for (number, check) in (1..).zip(CHECKS) {
            assert_eq!(check.code, format!("SEC{number:03}"));
        }
        assert_eq!(CHECKS.len(), 39);
    }

    #[test]
    fn codes_of_security_checks_are_their_numbers() {
        for check in &CHECKS[..27] {
            if let Some(number) = check.ids[0].strip_prefix("security.") {
                assert_eq!(check.code[3..], number[1..]);
            }
        }
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = CHECKS.iter().flat_map(|check| check.ids).collect();
        ids.sort();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn later_checks_do_not_exist_earlier() {
        let csp = by_code("SEC026").unwrap();
        assert!(!csp.exists_in(DjangoVersion::new(5, 2)));
        assert!(csp.exists_in(DjangoVersion::new(6, 0)));
    }
}
