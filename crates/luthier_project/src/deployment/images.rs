//! What an image is, as far as its Dockerfile tells.

use luthier_source::FileId;
use luthier_source::dockerfile::{CommandForm, Dockerfile, InstructionKind, expand_variables};

use super::Environment;
use super::commands::{self, Unwrapped};
use crate::place::Place;

/// What one Dockerfile builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub file: FileId,
    pub environment: Environment,
    /// The stage that goes to production, by index: the last one that is not for development.
    pub stage: usize,
    /// Whether Python runs in that stage; images of databases and web servers are told so.
    pub runs_python: bool,
    pub user: User,
    /// What starts in that stage: its entrypoint and command.
    pub start: Option<Place>,
}

/// As whom the container runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// As root, because the place says so: a `USER`, or a `FROM` whose image runs as root.
    Root(Place),
    Other(Place),
    Unknown,
}

/// The user that the stage ends with.
pub(super) fn user_of(file: FileId, dockerfile: &Dockerfile, stage: usize) -> User {
    let lineage = dockerfile.lineage(stage);
    let instructions = lineage
        .iter()
        .flat_map(|stage| dockerfile.stages[*stage].instructions.iter().rev());
    let last = instructions.filter_map(|instruction| match &instruction.kind {
        InstructionKind::User(word) => Some((word, instruction.span)),
        _ => None,
    });
    if let Some((word, span)) = last.into_iter().next() {
        let place = Place::new(file, span);
        let Some(name) = expand_variables(&word.text, |name| variable(dockerfile, &lineage, name))
        else {
            return User::Unknown;
        };
        let name = name.split(':').next().unwrap_or("");
        return if matches!(name, "root" | "0") {
            User::Root(place)
        } else {
            User::Other(place)
        };
    }
    let Some(base) = lineage.last().map(|stage| &dockerfile.stages[*stage]) else {
        return User::Unknown;
    };
    match base.resolved_image.as_deref().and_then(runs_as_root) {
        Some(true) => User::Root(Place::new(file, base.image.span)),
        _ => User::Unknown,
    }
}

/// The value of an `ENV` or the default of an `ARG` of the stages, or of a global `ARG`.
fn variable(dockerfile: &Dockerfile, lineage: &[usize], name: &str) -> Option<String> {
    let instructions = lineage
        .iter()
        .flat_map(|stage| dockerfile.stages[*stage].instructions.iter().rev());
    let own = instructions.filter_map(|instruction| match &instruction.kind {
        InstructionKind::Env(list) | InstructionKind::Arg(list) => Some(list),
        _ => None,
    });
    let all = own.flatten().chain(dockerfile.global_args.iter().rev());
    let value = all
        .into_iter()
        .filter(|variable| variable.name == name)
        .find_map(|variable| variable.value.as_ref())?;
    value.literal.then(|| value.text.clone())
}

/// Whether containers of a public base image run as root when nothing else is said; `None` for
/// images whose user is not known.
fn runs_as_root(image: &str) -> Option<bool> {
    const ROOT: [&str; 19] = [
        "alpine",
        "almalinux",
        "amazonlinux",
        "archlinux",
        "astral-sh/uv",
        "buildpack-deps",
        "centos",
        "continuumio/anaconda3",
        "continuumio/miniconda3",
        "debian",
        "fedora",
        "golang",
        "node",
        "nikolaik/python-nodejs",
        "pypy",
        "python",
        "rockylinux",
        "tiangolo/uvicorn-gunicorn",
        "ubuntu",
    ];
    let (name, tag) = split_image(image);
    if tag.contains("nonroot") {
        return Some(false);
    }
    ROOT.contains(&name).then_some(true)
}

/// An image's name without registry and tag, and its tag.
pub(super) fn split_image(image: &str) -> (&str, &str) {
    let image = image.split('@').next().unwrap_or(image);
    let slash = image.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match image[slash..].find(':') {
        Some(colon) => (&image[..slash + colon], &image[slash + colon + 1..]),
        None => (image, ""),
    };
    // A first part with a dot or port is a registry.
    let name = match name.split_once('/') {
        Some((registry, rest)) if registry.contains(['.', ':']) || registry == "localhost" => rest,
        _ => name,
    };
    (
        name.strip_prefix("docker/library/")
            .or_else(|| name.strip_prefix("library/"))
            .unwrap_or(name),
        tag,
    )
}

/// Whether the stage holds Python: its base image, what is installed into it, or what it starts.
pub(super) fn runs_python(dockerfile: &Dockerfile, stage: usize, start: &[Unwrapped]) -> bool {
    const PROGRAMS: [&str; 13] = [
        "python",
        "manage.py",
        "gunicorn",
        "uvicorn",
        "daphne",
        "hypercorn",
        "granian",
        "uwsgi",
        "celery",
        "pip",
        "uv",
        "poetry",
        "pipenv",
    ];
    let is_python = |command: &Unwrapped| {
        PROGRAMS.contains(
            &command
                .program
                .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'),
        )
    };
    if start.iter().any(is_python) {
        return true;
    }
    let lineage = dockerfile.lineage(stage);
    let base = lineage
        .last()
        .and_then(|stage| dockerfile.stages[*stage].resolved_image.as_deref())
        .unwrap_or("");
    let (name, tag) = split_image(base);
    if name.contains("python")
        || name.contains("pypy")
        || name.contains("conda")
        || tag.contains("python")
    {
        return true;
    }
    let instructions = lineage
        .iter()
        .flat_map(|stage| &dockerfile.stages[*stage].instructions);
    let mut runs = instructions.filter_map(|instruction| match &instruction.kind {
        InstructionKind::Run(form) => Some(commands::of_form(form)),
        _ => None,
    });
    runs.any(|commands| {
        commands
            .iter()
            .any(|command| is_python(command) || installs_python(command))
    })
}

/// `apt-get install python3`, `apk add python3`
fn installs_python(command: &Unwrapped) -> bool {
    matches!(
        command.program.as_str(),
        "apt-get" | "apt" | "apk" | "dnf" | "yum" | "microdnf"
    ) && command
        .arguments
        .iter()
        .any(|word| word.text == "python3" || word.text.starts_with("python3."))
}

/// The `ENTRYPOINT` and `CMD` that hold in a stage.
pub(super) fn start_forms(
    dockerfile: &Dockerfile,
    stage: usize,
) -> (Option<&CommandForm>, Option<&CommandForm>) {
    let lineage = dockerfile.lineage(stage);
    let mut command = None;
    for stage in lineage {
        for instruction in dockerfile.stages[stage].instructions.iter().rev() {
            match &instruction.kind {
                InstructionKind::Cmd(form) if command.is_none() => command = Some(form),
                // A CMD of an earlier stage is dropped by an ENTRYPOINT of a later one.
                InstructionKind::Entrypoint(form) => return (Some(form), command),
                _ => {}
            }
        }
    }
    (None, command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_names_are_taken_apart() {
        let cases = [
            ("python:3.12-slim", ("python", "3.12-slim")),
            ("docker.io/library/python", ("python", "")),
            ("public.ecr.aws/docker/library/python:3", ("python", "3")),
            (
                "ghcr.io/astral-sh/uv:python3.12",
                ("astral-sh/uv", "python3.12"),
            ),
            ("localhost:5000/own/app@sha256:ab", ("own/app", "")),
        ];
        for (image, expected) in cases {
            assert_eq!(split_image(image), expected, "{image}");
        }
        assert_eq!(runs_as_root("python:3.12"), Some(true));
        assert_eq!(runs_as_root("company/base"), None);
        assert_eq!(runs_as_root("ubuntu:nonroot"), Some(false));
    }
}
