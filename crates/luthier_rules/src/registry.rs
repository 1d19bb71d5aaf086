//! All rules there are.

use crate::rule::Rule;
use crate::{
    apps, dependencies, deployment, internal, migrations, models, querysets, routes, serializers,
    settings, tasks, templates, tests, views,
};

/// One slice a folder.
static RULES: &[&[&Rule]] = &[
    internal::RULES,
    settings::RULES,
    apps::RULES,
    models::RULES,
    migrations::RULES,
    querysets::RULES,
    views::RULES,
    serializers::RULES,
    routes::RULES,
    templates::RULES,
    tasks::RULES,
    tests::RULES,
    dependencies::RULES,
    deployment::RULES,
];

/// Every rule, by code.
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = RULES.iter().copied().flatten().copied().collect();
    rules.sort_by_key(|rule| rule.code);
    rules
}

/// The rule with this code or name; letter case does not matter.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().flatten().copied().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "looks for rule files among the sources of this crate"
)]
mod checks {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use luthier_diagnostics::FixAvailability;

    use super::all;
    use crate::docs::section;

    fn rule_files(folder: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the sources are there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                rule_files(&path, found);
            } else if fs::read_to_string(&path).is_ok_and(|text| text.contains("\ndeclare_rule! {"))
            {
                found.insert(path);
            }
        }
    }

    #[test]
    fn every_rule_file_is_listed_under_its_name() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeSet::new();
        rule_files(&src, &mut files);
        let stem = |path: &Path| {
            path.file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .replace('_', "-")
        };
        let in_files: BTreeSet<String> = files.iter().map(|path| stem(path)).collect();
        let listed: BTreeSet<String> = all().iter().map(|rule| rule.name.to_owned()).collect();
        assert_eq!(in_files, listed);
        for rule in all() {
            assert_eq!(stem(Path::new(rule.file)), rule.name, "{}", rule.code);
        }
    }

    #[test]
    fn codes_and_names_are_unique_and_of_their_category() {
        let rules = all();
        let codes: BTreeSet<_> = rules.iter().map(|rule| rule.code).collect();
        let names: BTreeSet<_> = rules.iter().map(|rule| rule.name).collect();
        assert_eq!((codes.len(), names.len()), (rules.len(), rules.len()));
        for rule in rules {
            let number = rule.code.strip_prefix(rule.category.prefix());
            let well_formed = number.is_some_and(|digits| {
                digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
            });
            assert!(well_formed, "{} in {:?}", rule.code, rule.category);
            let kebab =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(rule.name.bytes().all(kebab), "{}", rule.name);
        }
    }

    #[test]
    fn docs_have_their_sections() {
        for rule in all() {
            let mut lines = rule.docs.lines();
            let summary = lines.next().unwrap_or("");
            assert!(
                summary.ends_with('.'),
                "{}: summary is a sentence",
                rule.code
            );
            assert_eq!(lines.next(), Some(""), "{}: summary is one line", rule.code);
            for heading in ["Why it matters", "Bad", "Good"] {
                assert!(
                    section(rule.docs, heading).is_some(),
                    "{}: {heading}",
                    rule.code
                );
            }
            assert_eq!(
                section(rule.docs, "Fixed").is_some(),
                rule.fix != FixAvailability::None,
                "{}: `## Fixed` is there exactly where a fix is",
                rule.code
            );
            assert_eq!(
                rule.docs
                    .lines()
                    .filter(|line| line.starts_with("```"))
                    .count()
                    % 2,
                0,
                "{}: every fence is closed",
                rule.code
            );
        }
    }
}
