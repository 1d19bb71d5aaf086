//! `docs/migrations.md`: what luthier says of migrations, beside what others say.

use std::fmt::Write as _;

use luthier_rules::registry;
use luthier_rules::sql_hazards::{self, Hazard, Verdict};

use super::risks::{COMING, Here, ONLY_HERE, RISKS, Risk};
use super::{confidence, severity};

const HEAD: &str = include_str!("migrations.md");

pub(super) fn page() -> String {
    let risks = table(RISKS, true);
    let only = table(ONLY_HERE, false);
    let squawk = hazards(sql_hazards::SQUAWK);
    let own = hazards(sql_hazards::OWN);
    let counted = RISKS.len().to_string();
    HEAD.replace("{risks}", risks.trim_end())
        .replace("{count}", &counted)
        .replace("{only}", only.trim_end())
        .replace("{squawk}", squawk.trim_end())
        .replace("{own}", own.trim_end())
}

fn table(risks: &[Risk], has_others: bool) -> String {
    let mut text = match has_others {
        true => "| # | what goes wrong | luthier | databases | other tools |\n| --- | --- | --- | --- | --- |\n".to_owned(),
        false => "| what goes wrong | luthier | databases |\n| --- | --- | --- |\n".to_owned(),
    };
    for (index, risk) in risks.iter().enumerate() {
        let here: Vec<String> = risk.here.iter().map(shown).collect();
        let here = here.join("; ");
        if has_others {
            let elsewhere = risk.elsewhere.iter();
            let elsewhere: Vec<String> = elsewhere
                .map(|(tool, names)| format!("{}: {names}", tool.name()))
                .collect();
            let _ = writeln!(
                text,
                "| {} | {} | {here} | {} | {} |",
                index + 1,
                risk.what,
                risk.databases,
                elsewhere.join(" · ")
            );
        } else {
            let _ = writeln!(text, "| {} | {here} | {} |", risk.what, risk.databases);
        }
    }
    text
}

fn shown(here: &Here) -> String {
    match here {
        Here::Rule(code) => match registry::find(code) {
            Some(rule) => format!("[{code}](rules/{code}.md) {}", rule.name),
            None if COMING.contains(code) => format!("{code}, not there yet"),
            None => panic!("no rule {code}"),
        },
        Here::Sql(name) => {
            let hazard = hazard(name).expect("rows name rules that there are");
            match hazard.verdict {
                Verdict::Told(_) => format!("[MIG024](rules/MIG024.md) `{name}`"),
                Verdict::By(other) => format!("{other}, for `{name}`"),
                Verdict::Left(why) => format!("left out on purpose (`{name}`): {why}"),
            }
        }
        Here::Word(word) => (*word).to_owned(),
    }
}

fn hazard(name: &str) -> Option<&'static Hazard> {
    let mut hazards = sql_hazards::SQUAWK.iter().chain(sql_hazards::OWN);
    hazards.find(|hazard| hazard.name == name)
}

/// Rules about SQL with what becomes of each.
fn hazards(hazards: &[Hazard]) -> String {
    let mut text = String::from("| rule | luthier |\n| --- | --- |\n");
    for hazard in hazards {
        let verdict = match hazard.verdict {
            Verdict::Told(told) => {
                let what = told
                    .what
                    .replace("{table}", "the table")
                    .replace("{column}", "name")
                    .replace(" on {server}", "")
                    .replace("{statement}", "the statement");
                format!(
                    "{}, {}: {what}",
                    severity(told.severity),
                    confidence(told.confidence)
                )
            }
            Verdict::By(other) => match registry::find(other) {
                Some(_) => format!("said by [{other}](rules/{other}.md)"),
                None => format!("said by `{other}`, on every database"),
            },
            Verdict::Left(why) => format!("left out: {why}"),
        };
        let _ = writeln!(text, "| `{}` | {verdict} |", hazard.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use luthier_diagnostics::Category;
    use luthier_rules::registry;

    use super::super::risks::{COMING, Here, ONLY_HERE, RISKS, Risk};
    use super::{hazard, page};

    fn all() -> impl Iterator<Item = &'static Risk> {
        RISKS.iter().chain(ONLY_HERE)
    }

    #[test]
    fn rows_name_rules_that_there_are() {
        for here in all().flat_map(|risk| risk.here) {
            match here {
                Here::Rule(code) => assert!(
                    registry::all().iter().any(|rule| rule.code == *code) || COMING.contains(code),
                    "{code}"
                ),
                Here::Sql(name) => assert!(hazard(name).is_some(), "{name}"),
                Here::Word(_) => {}
            }
        }
    }

    #[test]
    fn what_is_there_is_not_said_to_come() {
        for code in COMING {
            assert!(registry::find(code).is_none(), "{code}");
        }
    }

    #[test]
    fn every_rule_about_migrations_is_in_a_row() {
        let named: BTreeSet<&str> = all()
            .flat_map(|risk| risk.here)
            .filter_map(|here| match here {
                Here::Rule(code) => Some(*code),
                Here::Sql(_) => Some("MIG024"),
                Here::Word(_) => None,
            })
            .collect();
        for rule in registry::all() {
            let is_about_migrations = rule.category == Category::Migrations;
            assert!(
                !is_about_migrations || named.contains(rule.code),
                "{}",
                rule.code
            );
        }
    }

    #[test]
    fn every_row_of_other_tools_is_there_and_all_holes_are_filled() {
        assert_eq!(RISKS.len(), 47);
        assert!(
            RISKS
                .iter()
                .all(|risk| !risk.here.is_empty() && !risk.elsewhere.is_empty())
        );
        assert!(!page().contains('{'), "{}", page());
    }
}
