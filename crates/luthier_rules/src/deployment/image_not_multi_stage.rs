use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Place;
use luthier_project::deployment::Image;
use luthier_source::dockerfile::{CommandForm, Dockerfile, InstructionKind};
use luthier_source::shell::{ShellCommand, Word};

use super::application_images;
use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The image that runs also carries what it was built with.
    ///
    /// ## Why it matters
    ///
    /// Compilers and headers make the image several times larger, so every rollout and every new
    /// node waits for them, and they are the tools that an intruder would otherwise have to bring.
    /// A first stage that builds and a second one that only copies the result has neither.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim  # fires
    /// RUN apt-get update && apt-get install -y build-essential libpq-dev
    /// COPY requirements.txt .
    /// RUN pip install -r requirements.txt
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ## Good
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim AS build
    /// RUN apt-get update && apt-get install -y build-essential libpq-dev
    /// COPY requirements.txt .
    /// RUN pip install --prefix=/install -r requirements.txt
    /// FROM python:3.12-slim
    /// COPY --from=build /install /usr/local
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// One stage that needs no compiler, or removes it in the same step.
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// RUN apt-get install -y gcc && pip install uwsgi && apt-get purge -y gcc
    /// CMD ["uwsgi", "config.ini"]
    /// ```
    RULE = {
        code: "OPS012",
        name: "image-not-multi-stage",
        severity: Severity::Info,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    for image in application_images(project).filter(|image| image.start.is_some()) {
        let Some(dockerfile) = project.deployment.dockerfile(&project.files, image) else {
            continue;
        };
        let [stage] = dockerfile.stages.as_slice() else {
            continue;
        };
        let Some((tool, place)) = build_tool(dockerfile, image) else {
            continue;
        };
        let mut reported = ctx.report(
            Place::new(image.file, stage.image.span),
            format!("the image is built in one stage and keeps `{tool}`"),
        );
        reported.help("build in a first stage and copy the result into one without compilers");
        if place != Place::new(image.file, stage.image.span) {
            reported.related(place, format!("`{tool}` is installed here"));
        }
    }
}

/// Something to build with that stays in the only stage, and where it comes from.
fn build_tool(dockerfile: &Dockerfile, image: &Image) -> Option<(String, Place)> {
    let stage = dockerfile.stages.first()?;
    for instruction in &stage.instructions {
        let InstructionKind::Run(CommandForm::Shell(script)) = &instruction.kind else {
            continue;
        };
        if script.commands.iter().any(removes_packages) {
            continue;
        }
        let installed = script
            .commands
            .iter()
            .filter(|command| installs_packages(command))
            .flat_map(|command| &command.words);
        if let Some(tool) = installed.into_iter().find(|word| is_build_tool(&word.text)) {
            return Some((tool.text.clone(), Place::new(image.file, tool.span)));
        }
    }
    // The full Python image is Debian with compilers; `slim` and `alpine` are not.
    let base = stage.resolved_image.as_deref()?;
    let tag = base
        .strip_prefix("python:")
        .or_else(|| (base == "python").then_some(""))?;
    let is_full = !tag.contains("slim") && !tag.contains("alpine");
    is_full.then(|| ("gcc".to_owned(), Place::new(image.file, stage.image.span)))
}

fn words(command: &ShellCommand) -> impl Iterator<Item = &str> {
    command.words.iter().map(|word: &Word| word.text.as_str())
}

fn is_package_manager(command: &ShellCommand) -> bool {
    words(command)
        .take(2)
        .any(|word| matches!(word, "apt-get" | "apt" | "apk" | "dnf" | "yum" | "microdnf"))
}

fn installs_packages(command: &ShellCommand) -> bool {
    let for_now = words(command).any(|word| word.starts_with("--virtual") || word == "-t");
    is_package_manager(command)
        && !for_now
        && words(command).any(|word| matches!(word, "install" | "add"))
}

fn removes_packages(command: &ShellCommand) -> bool {
    is_package_manager(command)
        && words(command).any(|word| matches!(word, "purge" | "remove" | "del" | "autoremove"))
}

fn is_build_tool(package: &str) -> bool {
    let package = package
        .split(['=', '<', '>', '~'])
        .next()
        .unwrap_or(package);
    matches!(
        package,
        "build-essential"
            | "gcc"
            | "g++"
            | "clang"
            | "make"
            | "cmake"
            | "build-base"
            | "musl-dev"
            | "cargo"
            | "rustc"
            | "nodejs"
            | "npm"
    ) || package.ends_with("-dev")
        || package.ends_with("-devel")
}
