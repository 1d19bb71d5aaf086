use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Place;
use luthier_source::dockerfile::{CommandForm, InstructionKind, Stage};
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
        let place = Place::new(image.file, stage.image.span);
        let (message, evidence) = if let Some(tool) = kept_tool(stage) {
            let evidence = (
                Place::new(image.file, tool.span),
                format!("`{}` is installed here", tool.text),
            );
            (
                format!("the image is built in one stage and keeps `{}`", tool.text),
                Some(evidence),
            )
        } else if is_full_python(stage) {
            (
                format!(
                    "the image is built in one stage on `{}`, compilers included",
                    stage.image.text
                ),
                None,
            )
        } else {
            continue;
        };
        let mut reported = ctx.report(place, message);
        reported.help("build in a first stage and copy the result into one on a `slim` image");
        if let Some((place, what)) = evidence {
            reported.related(place, what);
        }
    }
}

/// Something to build with that is installed and stays.
fn kept_tool(stage: &Stage) -> Option<&Word> {
    let scripts = stage
        .instructions
        .iter()
        .filter_map(|instruction| match &instruction.kind {
            InstructionKind::Run(CommandForm::Shell(script)) => Some(script),
            _ => None,
        });
    let kept = scripts.filter(|script| !script.commands.iter().any(removes_packages));
    let installed = kept
        .flat_map(|script| &script.commands)
        .filter(|command| installs_packages(command));
    installed
        .flat_map(|command| &command.words)
        .find(|word| is_build_tool(&word.text))
}

/// The full Python image is Debian with compilers; `slim` and `alpine` are not.
fn is_full_python(stage: &Stage) -> bool {
    let base = stage.resolved_image.as_deref().unwrap_or("");
    let tag = base
        .strip_prefix("python:")
        .or_else(|| (base == "python").then_some(""));
    tag.is_some_and(|tag| !tag.contains("slim") && !tag.contains("alpine"))
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
