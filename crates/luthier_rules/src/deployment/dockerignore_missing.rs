use luthier_diagnostics::{Category, Dimension, Fix, FixAvailability, Severity};
use luthier_project::Place;
use luthier_project::deployment::{Environment, Image};
use luthier_source::dockerfile::{Dockerfile, Instruction, InstructionKind};

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// The whole folder is copied into the image and nothing is left out.
    ///
    /// ## Why it matters
    ///
    /// `COPY . .` takes everything that lies beside the code: `.env` with its secrets, `.git` with
    /// all history, local databases, media, virtual environments. It goes into a layer that anyone
    /// who pulls the image can read, and every local change throws the build cache away.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY . /app  # fires
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ## Fixed
    ///
    /// ```text file=.dockerignore
    /// .git
    /// .venv
    /// venv
    /// __pycache__
    /// *.pyc
    /// .env
    /// .env.*
    /// !.env.example
    /// *.sqlite3
    /// media
    /// node_modules
    /// .pytest_cache
    /// .coverage
    /// ```
    ///
    /// ## Good
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// COPY . /app
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ```text file=.dockerignore
    /// .git
    /// .env
    /// ```
    ///
    /// Single folders, and copies out of another stage.
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim AS build
    /// COPY shop /app/shop
    /// FROM python:3.12-slim
    /// COPY --from=build . /app
    /// ```
    RULE = {
        code: "OPS015",
        name: "dockerignore-missing",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        fix: FixAvailability::Sometimes,
        check: Check::Project(check),
    }
}

const IGNORED: &str = "\
.git
.venv
venv
__pycache__
*.pyc
.env
.env.*
!.env.example
*.sqlite3
media
node_modules
.pytest_cache
.coverage
";

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    // One for several Dockerfiles: which folder is whose context, only whoever builds them says.
    if !project.deployment.dockerignores.is_empty() {
        return;
    }
    let images = project
        .deployment
        .images
        .iter()
        .filter(|image| image.environment != Environment::Development);
    let copying: Vec<(&Image, Place)> = images
        .filter_map(|image| {
            let dockerfile = project.deployment.dockerfile(&project.files, image)?;
            Some((image, Place::new(image.file, whole_copy(dockerfile)?.span)))
        })
        .collect();
    let Some(((image, place), others)) = copying.split_first() else {
        return;
    };
    let path = &ctx.sources.file(image.file).path;
    let fix = (!path.contains('/'))
        .then(|| Fix::safe("Leave out what no image needs").create(".dockerignore", IGNORED));
    let mut reported = ctx.report(
        *place,
        "everything beside the code goes into the image: there is no `.dockerignore`",
    );
    reported
        .help("add a `.dockerignore` that leaves out `.git`, `.env` and local data")
        .fix(fix);
    for (_, place) in others {
        reported.related(*place, "copied here too");
    }
}

/// The instruction that copies the whole build context.
fn whole_copy(dockerfile: &Dockerfile) -> Option<&Instruction> {
    let instructions = dockerfile
        .stages
        .iter()
        .flat_map(|stage| &stage.instructions);
    instructions
        .into_iter()
        .find(|instruction| match &instruction.kind {
            InstructionKind::Copy(copy) => {
                copy.from.is_none()
                    && copy
                        .sources
                        .iter()
                        .any(|source| matches!(source.text.as_str(), "." | "./" | "*" | "./*"))
            }
            _ => false,
        })
}
