//! Which files matter, told from their names alone.

use serde::{Deserialize, Serialize};

/// What a file is, as far as luthier reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileKind {
    Python,
    /// `.html`, `.txt` and `.xml` below a folder named `templates` (or `jinja2`).
    Template,
    /// `pyproject.toml`
    Pyproject,
    /// `setup.cfg`, `pytest.ini`, `tox.ini`, `.coveragerc`
    Ini,
    /// `requirements*.txt`, `requirements*.in`, and such files in a folder `requirements`
    Requirements,
    UvLock,
    PoetryLock,
    Pipfile,
    PipfileLock,
    Dockerfile,
    Dockerignore,
    Compose,
    /// `.github/workflows/*.yml`
    Workflow,
    GitlabCi,
    Procfile,
    /// `.env.example` and kin, never a real `.env`
    EnvExample,
    /// Shell scripts: entrypoints of images and release steps.
    Shell,
    /// luthier's own configuration, `luthier.toml`
    LuthierToml,
}

impl FileKind {
    /// The kind of the file at `path` (relative, forward slashes); `None` for files not read.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = path.strip_suffix(name).unwrap_or("").trim_end_matches('/');
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        match name {
            "pyproject.toml" => return Some(Self::Pyproject),
            "luthier.toml" => return Some(Self::LuthierToml),
            "setup.cfg" | "pytest.ini" | "tox.ini" | ".coveragerc" => return Some(Self::Ini),
            "uv.lock" => return Some(Self::UvLock),
            "poetry.lock" => return Some(Self::PoetryLock),
            "Pipfile" => return Some(Self::Pipfile),
            "Pipfile.lock" => return Some(Self::PipfileLock),
            ".dockerignore" => return Some(Self::Dockerignore),
            ".gitlab-ci.yml" | ".gitlab-ci.yaml" => return Some(Self::GitlabCi),
            "Procfile" => return Some(Self::Procfile),
            _ => {}
        }
        if matches!(extension, "dockerignore" | "containerignore") {
            return Some(Self::Dockerignore);
        }
        if name.starts_with("Dockerfile")
            || name.starts_with("Containerfile")
            || extension == "Dockerfile"
        {
            return Some(Self::Dockerfile);
        }
        if name.starts_with(".env.")
            || name.starts_with("env.")
            || stem == "env" && extension == "example"
        {
            let sample = ["example", "sample", "template", "dist"];
            return sample
                .iter()
                .any(|word| name.contains(word))
                .then_some(Self::EnvExample);
        }
        match extension {
            "py" => Some(Self::Python),
            "sh" | "bash" => Some(Self::Shell),
            "yml" | "yaml" if folder.ends_with(".github/workflows") => Some(Self::Workflow),
            "yml" | "yaml"
                if stem.starts_with("docker-compose")
                    || stem == "compose"
                    || stem.starts_with("compose.") =>
            {
                Some(Self::Compose)
            }
            "txt" | "in"
                if stem.starts_with("requirements") || in_folder(folder, "requirements") =>
            {
                Some(Self::Requirements)
            }
            "html" | "txt" | "xml" | "htm"
                if in_folder(folder, "templates") || in_folder(folder, "jinja2") =>
            {
                Some(Self::Template)
            }
            "" if name == "entrypoint" || name == "start" || name.ends_with("-entrypoint") => {
                Some(Self::Shell)
            }
            _ => None,
        }
    }
}

/// Whether one of the folders in `path` is named `name`.
fn in_folder(path: &str, name: &str) -> bool {
    path.split('/').any(|part| part == name)
}

#[cfg(test)]
mod tests {
    use super::FileKind;

    #[test]
    fn kinds_are_told_from_names() {
        let cases = [
            ("shop/models.py", Some(FileKind::Python)),
            ("shop/templates/shop/mail.txt", Some(FileKind::Template)),
            ("docs/notes.txt", None),
            ("requirements/base.txt", Some(FileKind::Requirements)),
            ("requirements-dev.in", Some(FileKind::Requirements)),
            (".github/workflows/ci.yml", Some(FileKind::Workflow)),
            ("compose.production.yaml", Some(FileKind::Compose)),
            ("compose/django/Dockerfile", Some(FileKind::Dockerfile)),
            ("Dockerfile.dockerignore", Some(FileKind::Dockerignore)),
            (".env.example", Some(FileKind::EnvExample)),
            (".env.production", None),
            (".env", None),
        ];
        for (path, kind) in cases {
            assert_eq!(FileKind::of(path), kind, "{path}");
        }
    }
}
