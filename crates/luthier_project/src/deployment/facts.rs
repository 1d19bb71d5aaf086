//! What names tell: where a file, stage or service is meant to run.

use super::Environment;

const DEVELOPMENT_WORDS: &[&str] = &[
    "ci",
    "debug",
    "demo",
    "dev",
    "devcontainer",
    "devel",
    "develop",
    "developer",
    "development",
    "docs",
    "e2e",
    "example",
    "examples",
    "local",
    "override",
    "sandbox",
    "test",
    "tester",
    "testing",
    "tests",
    "tox",
    "lint",
    "debugger",
];
const PRODUCTION_WORDS: &[&str] = &[
    "deploy",
    "deployment",
    "live",
    "prod",
    "production",
    "release",
    "staging",
    "swarm",
];

/// What a name says: `docker-compose.prod.yml`, `compose/local/django/Dockerfile`, a stage `dev`.
pub(super) fn environment_of_name(name: &str) -> Environment {
    let lower = name.to_lowercase();
    let says = |words: &[&str]| {
        lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| words.contains(&word))
    };
    if says(PRODUCTION_WORDS) {
        Environment::Production
    } else if says(DEVELOPMENT_WORDS) {
        Environment::Development
    } else {
        Environment::Unknown
    }
}

/// What a path says; the nearer part of it decides.
pub(super) fn environment_of_path(path: &str) -> Environment {
    path.rsplit('/')
        .map(environment_of_name)
        .find(|environment| *environment != Environment::Unknown)
        .unwrap_or(Environment::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_where_they_run() {
        let cases = [
            ("Dockerfile", Environment::Unknown),
            ("compose/local/django/Dockerfile", Environment::Development),
            ("docker-compose.production.yml", Environment::Production),
            ("docker-compose.override.yml", Environment::Development),
            (".devcontainer/Dockerfile", Environment::Development),
            ("Dockerfile.dev", Environment::Development),
            ("deploy/Dockerfile", Environment::Production),
            ("development/Dockerfile.prod", Environment::Production),
            ("devices/Dockerfile", Environment::Unknown),
        ];
        for (path, environment) in cases {
            assert_eq!(environment_of_path(path), environment, "{path}");
        }
    }
}
