//! `luthier explain`: the page of a rule.

use luthier_analysis::select::Selector;
use luthier_report::{explain, rule_json};

use crate::arguments::{ExplainArguments, PageFormat};
use crate::failure::Failure;
use crate::{Verdict, output};

pub(crate) fn run(arguments: &ExplainArguments) -> Result<Verdict, Failure> {
    let rule = match Selector::parse(&arguments.rule) {
        Ok(selector @ Selector::Rule(_)) => selector.rules().into_iter().next(),
        Ok(_) => {
            return Err(
                Failure::new(format!("`{}` names several rules", arguments.rule))
                    .hint(format!("`luthier rules {}` lists them", arguments.rule)),
            );
        }
        Err(unknown) => return Err(Failure::new(unknown.to_string())),
    };
    let Some(rule) = rule else {
        return Err(Failure::new(format!("no rule `{}`", arguments.rule)));
    };
    let text = match arguments.output_format {
        PageFormat::Text => explain(&rule, output::look(None)),
        PageFormat::Markdown => format!("# {} {}\n\n{}", rule.code, rule.name, rule.docs),
        PageFormat::Json => rule_json(&rule),
    };
    output::write(&text, None)?;
    Ok(Verdict::Clean)
}
