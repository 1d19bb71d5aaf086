use luthier_source::{SitePackages, Sources};

use crate::Project;

fn outline(files: &[(&str, &str)]) -> String {
    let sources = Sources::in_memory(files);
    let project = Project::from_sources(&sources);
    let dependencies = &project.dependencies;
    let mut lines: Vec<String> = dependencies
        .declared
        .iter()
        .map(|d| {
            let path = &sources.file(d.place.file).path;
            let open = if d.is_open() { " open" } else { "" };
            format!("{path} {} {:?} {:?}{open}", d.name, d.purpose, d.manner)
        })
        .collect();
    let django = dependencies.django(None, &SitePackages::default());
    lines.push(format!(
        "django {} {}",
        django.version,
        format!("{:?}", django.source)
            .split('(')
            .next()
            .unwrap_or("")
    ));
    lines.join("\n")
}

#[test]
fn requirements_files_are_told_apart() {
    let found = outline(&[
        ("requirements/base.in", "django>=5.2,<5.3\n"),
        ("requirements/base.txt", "django==5.2.7 --hash=sha256:x\n"),
        (
            "requirements/production.txt",
            "-r base.txt\n-r local.txt\ngunicorn\n",
        ),
        ("requirements/local.txt", "whitenoise~=6.0\n"),
        ("requirements/dev.txt", "-r base.txt\npytest>=8\n"),
    ]);
    let expected = "\
requirements/base.in django Production CompiledInput
requirements/base.txt django Production Requirements
requirements/dev.txt pytest Development Requirements open
requirements/local.txt whitenoise Production Requirements
requirements/production.txt gunicorn Production Requirements open
django 5.2 Pinned";
    assert_eq!(found, expected);
}

#[test]
fn metadata_and_locks_are_read() {
    let found = outline(&[
        (
            "pyproject.toml",
            "[project]\ndependencies=['Django>=4.2']\n[dependency-groups]\ndev=['ruff']\n[project.optional-dependencies]\ns3=['boto3']\n",
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n  celery>=5\n  redis\n",
        ),
        (
            "setup.py",
            "from setuptools import setup\nREQ = ['pillow']\nsetup(install_requires=REQ, extras_require={'test': ['tox']})\n",
        ),
        ("uv.lock", "[[package]]\nname='django'\nversion='5.1.4'\n"),
    ]);
    let expected = "\
pyproject.toml django Production Metadata open
pyproject.toml boto3 Optional Metadata open
pyproject.toml ruff Development Metadata open
setup.cfg celery Production Metadata open
setup.cfg redis Production Metadata open
setup.py pillow Production Metadata open
setup.py tox Development Metadata open
django 5.1 Locked";
    assert_eq!(found, expected);
}

#[test]
fn a_range_gives_its_newest_release_and_nothing_is_assumed_else() {
    assert!(outline(&[("requirements.txt", "Django~=4.2.1\n")]).ends_with("django 4.2 Range"));
    assert!(outline(&[("requirements.txt", "x\n")]).ends_with("django 5.2 Assumed"));
}
