use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Place;
use luthier_project::deployment::Environment;
use luthier_source::FileId;
use luthier_source::dockerfile::Dockerfile;
use rustc_hash::FxHashSet;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// An image is taken without a version.
    ///
    /// ## Why it matters
    ///
    /// The next build takes whatever is newest: another Python, another distribution, a database
    /// that does not read the old files. The build that worked yesterday cannot be made again, and a
    /// rollback does not bring the old base back.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:latest  # fires
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ```dockerfile file=worker/Dockerfile
    /// FROM python:3-slim  # fires
    /// CMD ["celery", "-A", "config", "worker"]
    /// ```
    ///
    /// ```yaml file=docker-compose.yml
    /// services:
    ///   web:
    ///     build: .
    ///   db:
    ///     image: postgres  # fires
    /// ```
    ///
    /// ## Good
    ///
    /// Versions, digests, versions from an argument, earlier stages, and images that a service
    /// builds itself.
    ///
    /// ```dockerfile file=Dockerfile
    /// ARG PYTHON=3.12
    /// ARG BASE
    /// FROM python:${PYTHON}-slim AS base
    /// FROM base AS build
    /// FROM $BASE AS other
    /// FROM node@sha256:8d0f16fe841577f9317ab49011c6d819e1fa81f8d4af7ece7ae0ac815e07ac84 AS assets
    /// FROM scratch AS export
    /// FROM base
    /// ```
    ///
    /// ```yaml file=docker-compose.yml
    /// services:
    ///   web:
    ///     image: shop
    ///     build: .
    ///   worker:
    ///     image: shop
    ///   db:
    ///     image: postgres:16
    /// ```
    ///
    /// ### Only what development needs beside the code
    ///
    /// ```yaml file=docker-compose.yml
    /// services:
    ///   db:
    ///     image: postgres
    /// ```
    RULE = {
        code: "OPS014",
        name: "unpinned-base-image",
        severity: Severity::Warning,
        category: Category::Operations,
        dimension: Some(Dimension::Deployment),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let deployment = &project.deployment;
    for image in deployment
        .images
        .iter()
        .filter(|image| image.environment != Environment::Development)
    {
        let Some(dockerfile) = deployment.dockerfile(&project.files, image) else {
            continue;
        };
        for (index, stage) in dockerfile.stages.iter().enumerate() {
            if let Some(base) = unpinned_base(dockerfile, index) {
                report(ctx, Place::new(image.file, stage.image.span), base);
            }
        }
    }
    let builders = || deployment.services.iter().filter(|service| service.builds);
    // A service that builds an image names it for the others.
    let built: FxHashSet<&str> = builders()
        .filter_map(|service| service.image.as_deref())
        .collect();
    let building: FxHashSet<FileId> = builders().map(|service| service.place.file).collect();
    for service in &deployment.services {
        let (Some(name), Some(place)) = (&service.image, service.image_place) else {
            continue;
        };
        // Files with nothing but databases are for whoever runs the code beside them.
        let is_deployed = match service.environment {
            Environment::Production => true,
            Environment::Development => false,
            Environment::Unknown => building.contains(&service.place.file),
        };
        if is_deployed && !built.contains(name.as_str()) && !is_pinned(name) {
            report(ctx, place, name);
        }
    }
}

fn report(ctx: &mut Context<'_>, place: Place, image: &str) {
    ctx.report(
        place,
        format!("`{image}` is whatever is newest when it is pulled"),
    )
    .help("name the version that you test with, such as `python:3.12-slim`");
}

/// The image of a stage, where it is a public one without a version.
fn unpinned_base(dockerfile: &Dockerfile, stage: usize) -> Option<&str> {
    let image = dockerfile.stages[stage].resolved_image.as_deref()?;
    let is_own = image == "scratch" || dockerfile.stage_named(image, stage).is_some();
    (!is_own && !is_pinned(image)).then_some(image)
}

/// Whether an image has a digest, or a tag that says a version. Python's tags need the minor
/// version: `python:3` moves to a new one each year.
fn is_pinned(image: &str) -> bool {
    if image.contains('@') {
        return true;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let Some((name, tag)) = name.split_once(':') else {
        return false;
    };
    if tag == "latest" {
        return false;
    }
    if name != "python" {
        return true;
    }
    let version = tag.split('-').next().unwrap_or(tag);
    version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
}
