//! `luthier config`: the configuration that holds, its schema, or the project's settings.

use std::slice;

use luthier_analysis::Target;
use luthier_analysis::config::{schema, to_toml};

use crate::arguments::ConfigArguments;
use crate::failure::Failure;
use crate::{Verdict, output, request};

pub(crate) fn run(arguments: &ConfigArguments) -> Result<Verdict, Failure> {
    let text = if arguments.schema {
        schema()
    } else {
        configuration(arguments)?
    };
    output::write(&text, None)?;
    Ok(Verdict::Clean)
}

fn configuration(arguments: &ConfigArguments) -> Result<String, Failure> {
    let target = Target::find(slice::from_ref(&arguments.path))?;
    let loaded = request::configuration(&target.root, &arguments.run)?;
    let found = match &loaded.path {
        Some(path) => format!("# from {}\n", path.display()),
        None => "# no luthier.toml and no [tool.luthier] found: everything as usual\n".to_owned(),
    };
    Ok(format!("{found}{}", to_toml(&loaded.config)))
}
