//! `luthier migrations plan`: unsafe changes, release by release.

use std::path::Path;
use std::slice;

use luthier_analysis::{Change, Request, Sources, inspect, write_all};
use luthier_generate::{NewFile, PlanRequest, PlanStep, kept, plans, release};
use luthier_report::{plans as plans_text, plans_json};

use super::migrations::expect_apps;
use crate::arguments::{ListFormat, PlanArguments};
use crate::failure::Failure;
use crate::{Verdict, output, progress, request};

pub(crate) fn run(arguments: &PlanArguments) -> Result<Verdict, Failure> {
    let mut request = request::new(slice::from_ref(&arguments.path), &arguments.run)?;
    if let Some(file) = &arguments.from {
        return go_on(arguments, &request, file);
    }
    request.base = arguments
        .base
        .as_deref()
        .map(|revision| request::base(&request.root, revision))
        .transpose()?;
    let since = arguments.since.as_deref();
    request.since = request::since(&request.root, since, request.base.as_deref())?;
    let mut found = progress::watched(|progress| {
        request.progress = Some(progress);
        inspect::inspect(&request, |projects, sources| {
            let migrations = projects
                .iter()
                .flat_map(|project| project.migrations.all())
                .map(|(_, migration)| (migration.app.to_string(), migration.name.to_string()));
            let migrations: Vec<_> = migrations.collect();
            let asked = PlanRequest {
                apps: arguments.app.clone(),
                migrations: whole_names(&arguments.migration, &migrations),
                unreleased: arguments.base.is_some() || since.is_some(),
            };
            let plans: Vec<_> = projects
                .iter()
                .map(|project| plans(project, sources, &asked))
                .collect();
            (migrations, asked.migrations, plans)
        })
    })?;
    request::expect_django(&request, &found.sources)?;
    let (migrations, named, plans) = &mut found.value;
    let labels: Vec<&str> = migrations.iter().map(|(app, _)| &**app).collect();
    expect_apps(&request, &arguments.app, &labels)?;
    expect_migrations(named, migrations)?;
    let steps = || {
        plans
            .iter()
            .flat_map(|it| &it.plans)
            .flat_map(|it| &it.steps)
    };
    if arguments.write {
        write(arguments, &request, &found.sources, steps())?;
        let is_last = steps().all(|step| step.number <= arguments.release);
        let is_kept =
            arguments.output_file.is_some() && matches!(arguments.output_format, ListFormat::Json);
        if !is_last && !is_kept {
            output::say(
                "once these files are there, later releases are not planned again; a plan that is kept \
                 with `--output-format json --output-file plan.json` goes on with `--write --from plan.json --release 2`",
            );
        }
    }
    let file = arguments.output_file.as_deref();
    let text = match arguments.output_format {
        ListFormat::Text => plans_text(plans, output::look(file)),
        ListFormat::Json => plans_json(plans),
    };
    output::write(&text, file)?;
    let is_planned = plans.iter().any(|plans| !plans.plans.is_empty());
    let has_none = plans.iter().any(|plans| !plans.unplanned.is_empty());
    if is_planned && !arguments.write {
        output::say("nothing is written yet: --write writes the files of the first release");
    }
    Ok(match has_none || is_planned && !arguments.write {
        true => Verdict::Findings,
        false => Verdict::Clean,
    })
}

/// Writes a release of a plan that was kept.
fn go_on(arguments: &PlanArguments, request: &Request, file: &Path) -> Result<Verdict, Failure> {
    let text = request::text_of(file)?;
    let all = kept(&text).map_err(|reason| {
        Failure::new(format!("{}: {reason}", file.display()))
            .hint("`luthier migrations plan --output-format json` writes one")
    })?;
    let steps: Vec<PlanStep> = all
        .iter()
        .filter(|step| step.number == arguments.release)
        .cloned()
        .collect();
    if steps.is_empty() {
        let (file, number) = (file.display(), arguments.release);
        return Err(Failure::new(format!(
            "{file}: there is no release {number} in this plan"
        )));
    }
    let found = inspect::inspect(request, |_, _| ())?;
    request::expect_django(request, &found.sources)?;
    // Where releases have other code, what is there is that of any of them.
    let texts: Vec<&NewFile> = all.iter().flat_map(|step| &step.code).collect();
    let has_changed = |planned: &&NewFile| {
        let there = found.sources.find(&planned.path);
        let mut known = texts.iter().filter(|it| it.path == planned.path);
        there.is_none_or(|there| !known.any(|it| *it.text == *found.sources.file(there).text))
    };
    let code = steps.iter().flat_map(|step| &step.code);
    let code = code.filter(has_changed).map(|file| &file.path);
    let adapted = steps.iter().flat_map(|step| &step.adapted);
    let adapted = adapted.filter(|file| {
        let there = found.sources.find(&file.path);
        there.is_none_or(|there| *file.before != *found.sources.file(there).text)
    });
    if let Some(path) = code.chain(adapted.map(|file| &file.path)).next() {
        return Err(
            Failure::new(format!("{path} is not what it was when the plan was made"))
                .hint("no file was written; the texts of the migrations are in the plan"),
        );
    }
    write(arguments, request, &found.sources, steps.iter())?;
    Ok(Verdict::Clean)
}

fn write<'a>(
    arguments: &PlanArguments,
    request: &Request,
    sources: &Sources,
    steps: impl Iterator<Item = &'a PlanStep>,
) -> Result<(), Failure> {
    let changes: Vec<Change> = release(steps, arguments.release, sources);
    if changes.is_empty() {
        output::say(&format!(
            "release {} has nothing to write",
            arguments.release
        ));
        return Ok(());
    }
    write_all(&request.root, &changes).map_err(|refused| {
        Failure::new(format!("cannot write {}: {}", refused.path, refused.reason))
            .hint("no file was written")
    })?;
    for change in &changes {
        let verb = if change.after.is_some() {
            "wrote"
        } else {
            "removed"
        };
        output::say(&format!("{verb} {}", change.path));
    }
    Ok(())
}

/// Migrations as `app.name`, where only the beginning of the name may be given: `migrate` takes that too.
fn whole_names(wanted: &[String], all: &[(String, String)]) -> Vec<String> {
    let whole = |wanted: &String| {
        let (app, start) = wanted.split_once('.')?;
        let mut names = all.iter().filter(|(own, _)| own == app);
        if names.any(|(_, name)| name == start) {
            return None;
        }
        let mut begun = all
            .iter()
            .filter(|(own, name)| own == app && name.starts_with(start));
        let (_, name) = begun.next()?;
        begun.next().is_none().then(|| format!("{app}.{name}"))
    };
    wanted
        .iter()
        .map(|wanted| whole(wanted).unwrap_or_else(|| wanted.clone()))
        .collect()
}

/// Refuses migrations that are not there.
fn expect_migrations(wanted: &[String], all: &[(String, String)]) -> Result<(), Failure> {
    let is_there = |name: &String| {
        let known = |(app, migration): &(String, String)| format!("{app}.{migration}") == *name;
        all.iter().any(known)
    };
    match wanted.iter().find(|name| !is_there(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::new(format!("no migration `{name}`")).hint(
            "--migration takes the label of the app and the name, or its beginning: orders.0007",
        )),
    }
}
