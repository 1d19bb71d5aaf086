use luthier_diagnostics::{Category, Dimension, Severity};
use luthier_project::Place;
use luthier_project::deployment::Environment;
use luthier_source::Span;
use luthier_source::dockerfile::{CommandForm, Dockerfile, Instruction, InstructionKind, Variable};
use luthier_source::shell::Word;

use crate::{Check, Context, declare_rule};

declare_rule! {
    /// A secret is baked into an image.
    ///
    /// ## Why it matters
    ///
    /// Whoever can pull the image has it: `docker history` shows every `ENV`, `ARG` and `RUN`, and a
    /// file that a later layer deletes is still in the earlier one. Rotating the secret then means
    /// rebuilding and rolling out every image.
    ///
    /// ## Bad
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// ENV DJANGO_SECRET_KEY=k8f2m!x93hq0-lw  # fires
    /// COPY .env /app/.env  # fires
    /// RUN pip install --extra-index-url https://ci:gx7Wq2pL@pypi.example.com/simple shop  # fires
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    ///
    /// ## Good
    ///
    /// Values given at run time or mounted for one step, and stand-ins that only let a step run.
    ///
    /// ```dockerfile file=Dockerfile
    /// FROM python:3.12-slim
    /// ARG INDEX_TOKEN
    /// ENV TOKENIZERS_PARALLELISM=false \
    ///     PASSWORD_RESET_TIMEOUT=3600 \
    ///     SECRET_KEY_FILE=/run/secrets/key
    /// RUN --mount=type=secret,id=token pip install -r requirements.txt
    /// RUN SECRET_KEY=dummy python manage.py collectstatic --noinput
    /// COPY .env.example /app/.env
    /// CMD ["gunicorn", "config.wsgi"]
    /// ```
    RULE = {
        code: "OPS013",
        name: "secret-in-image",
        severity: Severity::Error,
        category: Category::Operations,
        dimension: Some(Dimension::Security),
        check: Check::Project(check),
    }
}

fn check(ctx: &mut Context<'_>) {
    let project = ctx.project;
    let images = project
        .deployment
        .images
        .iter()
        .filter(|image| image.environment != Environment::Development);
    for image in images {
        let Some(dockerfile) = project.deployment.dockerfile(&project.files, image) else {
            continue;
        };
        for (span, what) in secrets(dockerfile, image.stage) {
            ctx.report(Place::new(image.file, span), format!("{what} stays in the image"))
                .help("give it when the container starts, or mount it for one step with `RUN --mount=type=secret`");
        }
    }
}

/// Secrets in the layers of a stage, in file order.
fn secrets(dockerfile: &Dockerfile, stage: usize) -> Vec<(Span, String)> {
    let mut lineage = dockerfile.lineage(stage);
    lineage.reverse();
    let instructions = lineage
        .iter()
        .flat_map(|stage| &dockerfile.stages[*stage].instructions);
    instructions.flat_map(in_instruction).collect()
}

fn in_instruction(instruction: &Instruction) -> Vec<(Span, String)> {
    match &instruction.kind {
        InstructionKind::Env(variables) | InstructionKind::Arg(variables) => {
            let secret = variables.iter().filter(|variable| is_secret(variable));
            secret
                .map(|variable| (variable.span, format!("the value of `{}`", variable.name)))
                .collect()
        }
        InstructionKind::Copy(copy) if copy.from.is_none() => {
            let secret = copy
                .sources
                .iter()
                .filter(|source| is_secret_file(&source.text));
            secret
                .map(|source| (source.span, format!("`{}`", source.text)))
                .collect()
        }
        InstructionKind::Run(form) => {
            let words: Vec<&Word> = match form {
                CommandForm::Exec(words) => words.iter().collect(),
                CommandForm::Shell(script) => script
                    .commands
                    .iter()
                    .flat_map(|command| &command.words)
                    .collect(),
            };
            let secret = words.into_iter().filter(|word| has_credentials(&word.text));
            secret
                .map(|word| (word.span, "a password in an address".to_owned()))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn is_secret(variable: &Variable) -> bool {
    let Some(value) = variable.value.as_ref().and_then(|value| value.as_literal()) else {
        return false;
    };
    has_credentials(value) || names_secret(&variable.name) && looks_secret(value)
}

/// Whether a variable of this name holds a secret itself, not where one is or how long it lives.
fn names_secret(name: &str) -> bool {
    let upper = name.to_uppercase();
    let words: Vec<&str> = upper.split('_').collect();
    match words.as_slice() {
        [
            ..,
            "SECRET" | "PASSWORD" | "PASSWD" | "PASSPHRASE" | "TOKEN" | "APIKEY" | "SECRETKEY",
        ] => true,
        [.., kind, "KEY"] => matches!(
            *kind,
            "SECRET" | "API" | "PRIVATE" | "ACCESS" | "SIGNING" | "ENCRYPTION"
        ),
        _ => false,
    }
}

/// Words that stand where a secret will be.
const STAND_INS: [&str; 27] = [
    "build",
    "change",
    "changeme",
    "collectstatic",
    "default",
    "dev",
    "django",
    "dummy",
    "example",
    "fake",
    "foo",
    "insecure",
    "invalid",
    "key",
    "none",
    "not",
    "nothing",
    "placeholder",
    "postgres",
    "replace",
    "sample",
    "secret",
    "temp",
    "temporary",
    "test",
    "unused",
    "xxx",
];

fn looks_secret(value: &str) -> bool {
    let lower = value.to_lowercase();
    let stands_in = lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| STAND_INS.contains(&word));
    let is_path = value.starts_with(['/', '.']);
    let kinds = value
        .chars()
        .collect::<std::collections::BTreeSet<char>>()
        .len();
    !stands_in && !is_path && value.len() >= 8 && kinds >= 5
}

fn is_secret_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_sample = ["example", "sample", "template", "dist"]
        .iter()
        .any(|word| name.contains(word));
    let is_env = name == ".env" || name.starts_with(".env.");
    let is_key = matches!(
        name,
        "id_rsa" | "id_ed25519" | ".netrc" | ".pypirc" | ".git-credentials"
    );
    !is_sample && (is_env || is_key)
}

/// `scheme://user:password@host` with both parts written out.
fn has_credentials(text: &str) -> bool {
    let addresses = text
        .match_indices("://")
        .map(|(at, mark)| &text[at + mark.len()..]);
    addresses.into_iter().any(|rest| {
        let authority = rest
            .split(['/', '?', '#', ' ', '"', '\''])
            .next()
            .unwrap_or(rest);
        let Some((user, password)) = authority
            .rsplit_once('@')
            .and_then(|(login, _)| login.split_once(':'))
        else {
            return false;
        };
        !user.contains(['$', '{', '<'])
            && !password.contains(['$', '{', '<'])
            && looks_secret(password)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_told_from_what_looks_like_them() {
        let named = [
            "SECRET_KEY",
            "STRIPE_API_KEY",
            "POSTGRES_PASSWORD",
            "GITHUB_TOKEN",
            "WEBHOOK_SECRET",
        ];
        assert!(named.iter().all(|name| names_secret(name)));
        let others = [
            "TOKEN_URL",
            "SECRET_KEY_FILE",
            "PRIMARY_KEY",
            "TOKENIZERS_PARALLELISM",
            "PASSWORD_HASHERS",
            "CACHE_KEY",
        ];
        assert!(!others.iter().any(|name| names_secret(name)));
        assert!(looks_secret("whsec_0000example0000"));
        assert!(!looks_secret("django-insecure-xyz12345"));
        assert!(!looks_secret("not-a-real-key"));
        assert!(!looks_secret("aaaaaaaaaaaa"));
        assert!(!has_credentials("postgres://postgres:postgres@db/x"));
        assert!(!has_credentials("https://$USER:$TOKEN@host"));
        assert!(has_credentials("postgres://shop:h8Kq2-zz91@db/shop"));
    }
}
