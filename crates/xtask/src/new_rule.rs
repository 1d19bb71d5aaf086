//! `cargo xtask new-rule`: the file of a rule, and its line in the registry.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use luthier_diagnostics::Category;
use luthier_rules::registry;

use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Code of the rule as in the catalogue, such as ORM023
    code: String,
    /// Name that reads well after "ignore", such as random-order
    name: String,
    /// Folder of the noun that it judges, such as querysets
    noun: String,
    /// What the rule is called for
    #[arg(long, value_enum, default_value_t = Subject::Project)]
    subject: Subject,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Subject {
    /// Once for the project
    Project,
    /// Each file
    File,
}

/// Families with the name of their variant and the rubric line that they usually bear on.
const FAMILIES: &[(Category, &str, &str)] = &[
    (Category::Architecture, "Architecture", "Architecture"),
    (Category::Orm, "Orm", "OrmUsage"),
    (Category::Integrity, "Integrity", "ErrorHandling"),
    (Category::Drf, "Drf", "Security"),
    (Category::Security, "Security", "Security"),
    (Category::Migrations, "Migrations", "Migrations"),
    (Category::Caching, "Caching", "Performance"),
    (Category::Tasks, "Tasks", "ErrorHandling"),
    (Category::Tests, "Tests", "Testing"),
    (Category::Operations, "Operations", "Deployment"),
    (Category::Patterns, "Patterns", "Architecture"),
    (Category::Modernization, "Modernization", "Architecture"),
];

pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let Arguments { code, name, .. } = arguments;
    for taken in [code, name] {
        if let Some(rule) = registry::find(taken) {
            bail!("`{taken}` is taken by {} in {}", rule.name, rule.file);
        }
    }
    let folder = folder(&arguments.noun)?;
    let module = name.replace('-', "_");
    let file = folder.join(format!("{module}.rs"));
    ensure!(!file.exists(), "{} exists", file.display());
    fs::write(&file, skeleton(code, name, arguments.subject)?)?;

    let list = folder.join("mod.rs");
    let text = fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let text = with_module(&text, &module).with_context(|| list.display().to_string())?;
    fs::write(&list, text)?;
    let mut rustfmt = workspace::cargo();
    workspace::run(rustfmt.args(["fmt", "--package", "luthier_rules"]))?;
    println!("{}", file.display());
    println!("Write its docs and its check; `cargo test -p luthier_rules {module}` runs the docs.");
    Ok(true)
}

fn folder(noun: &str) -> Result<PathBuf> {
    let rules = workspace::root().join("crates/luthier_rules/src");
    let folder = rules.join(noun);
    if folder.join("mod.rs").exists() {
        return Ok(folder);
    }
    let mut known = Vec::new();
    for entry in fs::read_dir(&rules)? {
        let path = entry?.path();
        if path.join("mod.rs").exists() {
            known.extend(path.file_name().map(|name| name.display().to_string()));
        }
    }
    known.sort();
    bail!("no noun `{noun}`; there are: {}", known.join(", "))
}

fn skeleton(code: &str, name: &str, subject: Subject) -> Result<String> {
    let (_, category, dimension) = FAMILIES
        .iter()
        .find(|(category, _, _)| code.starts_with(category.prefix()))
        .with_context(|| format!("`{code}` begins with the letters of no family"))?;
    let (import, check, parameters) = match subject {
        Subject::Project => ("", "Project", "ctx: &mut Context<'_>"),
        Subject::File => (
            "use luthier_source::FileId;\n",
            "File",
            "ctx: &mut Context<'_>, file: FileId",
        ),
    };
    Ok(format!(
        r#"use luthier_diagnostics::{{Category, Confidence, Dimension, Severity}};
{import}
use crate::{{Check, Context, declare_rule}};

declare_rule! {{
    /// One sentence that says what the rule fires on.
    ///
    /// ## Why it matters
    ///
    /// What breaks, for whom, and when.
    ///
    /// ## Bad
    ///
    /// ```python file=shop/models.py
    /// x = 1  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// What looks the same and is fine.
    ///
    /// ```python file=shop/models.py
    /// x = 2
    /// ```
    RULE = {{
        code: "{code}",
        name: "{name}",
        severity: Severity::Warning,
        category: Category::{category},
        dimension: Some(Dimension::{dimension}),
        confidence: Confidence::Certain,
        check: Check::{check}(check),
    }}
}}

fn check({parameters}) {{
}}
"#
    ))
}

/// The folder's `mod.rs` with one more module and its rule at the end of the list.
fn with_module(text: &str, module: &str) -> Result<String> {
    let opening = "static RULES: &[&Rule] = &[";
    let (head, rest) = text.split_once(opening).context("no list `RULES`")?;
    let (list, tail) = rest.split_once("];").context("the list does not end")?;

    let mut lines: Vec<&str> = head.lines().collect();
    let declaration = format!("mod {module};");
    let is_module = |line: &str| line.starts_with("mod ");
    let later = |line: &&str| is_module(line) && **line > *declaration;
    if let Some(place) = lines.iter().position(later) {
        lines.insert(place, &declaration);
    } else if let Some(place) = lines.iter().rposition(|line| is_module(line)) {
        lines.insert(place + 1, &declaration);
    } else {
        let imports = lines.iter().rposition(|line| line.starts_with("use "));
        let place = imports.context("no `use crate::Rule;`")? + 1;
        lines.splice(place..place, ["", declaration.as_str()]);
    }
    let list = list.trim().trim_end_matches(',');
    let separator = if list.is_empty() { "" } else { ", " };
    Ok(format!(
        "{}{opening}{list}{separator}&{module}::RULE];{tail}",
        joined(&lines, head)
    ))
}

/// The lines as text that ends the way `original` ends.
fn joined(lines: &[&str], original: &str) -> String {
    let mut text = lines.join("\n");
    if original.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::with_module;

    #[test]
    fn the_first_rule_of_a_folder_is_listed() {
        let text = "//! Rules.\n\nuse crate::Rule;\n\n/// Every rule.\npub(crate) static RULES: &[&Rule] = &[];\n";
        let expected = "//! Rules.\n\nuse crate::Rule;\n\nmod random_order;\n\n/// Every rule.\npub(crate) static RULES: &[&Rule] = &[&random_order::RULE];\n";
        assert_eq!(with_module(text, "random_order").unwrap(), expected);
    }

    #[test]
    fn modules_stay_in_order() {
        let text = "use crate::Rule;\n\nmod a;\nmod c;\n\npub(crate) static RULES: &[&Rule] = &[\n    &a::RULE,\n    &c::RULE,\n];\n";
        let expected = "use crate::Rule;\n\nmod a;\nmod b;\nmod c;\n\npub(crate) static RULES: &[&Rule] = &[&a::RULE,\n    &c::RULE, &b::RULE];\n";
        assert_eq!(with_module(text, "b").unwrap(), expected);
    }
}
