//! `luthier config`: the configuration that holds, its schema, or the project's settings.

use std::slice;

use luthier_analysis::Target;
use luthier_analysis::config::{schema, to_json, to_toml};
use luthier_analysis::inspect::{self, Secrets};
use luthier_report::{settings, settings_json};

use crate::arguments::{ConfigArguments, ListFormat};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &ConfigArguments) -> Result<Verdict, Failure> {
    let text = if arguments.schema {
        schema()
    } else if arguments.settings {
        settings_of_project(arguments)?
    } else {
        configuration(arguments)?
    };
    output::write(&text, None)?;
    Ok(Verdict::Clean)
}

fn settings_of_project(arguments: &ConfigArguments) -> Result<String, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    let secrets = if arguments.show_secrets {
        Secrets::Shown
    } else {
        Secrets::Masked
    };
    let found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::settings(&request, secrets)
    })?;
    request::expect_django(&request, &found.sources)?;
    if found.value.is_empty() {
        let message = format!("no settings module in {}", request.root.display());
        return Err(Failure::new(message)
            .hint("name it in the configuration: settings = \"config.settings.production\""));
    }
    Ok(match arguments.output_format {
        ListFormat::Text => settings(&found.sources, &found.value, output::look(None)),
        ListFormat::Json => settings_json(&found.sources, &found.value),
    })
}

fn configuration(arguments: &ConfigArguments) -> Result<String, Failure> {
    let target = Target::find(slice::from_ref(&arguments.path))?;
    let loaded = request::configuration(&target.root, &arguments.run)?;
    if arguments.output_format == ListFormat::Json {
        return Ok(to_json(&loaded));
    }
    let found = match &loaded.path {
        Some(path) => format!("# from {}\n", path.display()),
        None => "# no luthier.toml and no [tool.luthier] found: everything as usual\n".to_owned(),
    };
    Ok(format!("{found}{}", to_toml(&loaded.config)))
}
