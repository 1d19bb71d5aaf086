//! `luthier rules`: the list.

use luthier_analysis::select::Selector;
use luthier_report::{rules, rules_json};

use crate::arguments::{ListFormat, RulesArguments};
use crate::failure::Failure;
use crate::{Verdict, output};

pub(crate) fn run(arguments: &RulesArguments) -> Result<Verdict, Failure> {
    let all = [Selector::All];
    let selectors = if arguments.select.is_empty() {
        &all[..]
    } else {
        &arguments.select
    };
    let mut listed: Vec<_> = selectors.iter().flat_map(Selector::rules).collect();
    listed.sort_by_key(|rule| (rule.category, rule.code));
    listed.dedup_by_key(|rule| rule.code);
    let text = match arguments.output_format {
        ListFormat::Text => rules(&listed, output::look(None)),
        ListFormat::Json => rules_json(&listed),
    };
    output::write(&text, None)?;
    Ok(Verdict::Clean)
}
