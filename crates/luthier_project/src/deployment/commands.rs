//! From words to what is really run.

use luthier_source::dockerfile::{CommandForm, Variable};
use luthier_source::shell::{ShellCommand, Word, parse_shell_word};

/// A command without its wrappers.
pub(super) struct Unwrapped {
    pub(super) program: String,
    pub(super) arguments: Vec<Word>,
    pub(super) span: luthier_source::Span,
    pub(super) conditional: bool,
    /// Variables set for it alone.
    pub(super) variables: Vec<(String, Word)>,
    /// Whether a wrapper gave up root's rights for it.
    pub(super) drops_root: bool,
}

/// Programs that run another one as another user.
const USER_SWITCHERS: [&str; 10] = [
    "gosu",
    "su-exec",
    "s6-setuidgid",
    "setpriv",
    "runuser",
    "su",
    "chpst",
    "sudo",
    "start-stop-daemon",
    "setuidgid",
];

/// How many wrappers are taken off, `sh -c` included.
const WRAPPER_LIMIT: usize = 12;

/// Every command of a command form.
pub(super) fn of_form(form: &CommandForm) -> Vec<Unwrapped> {
    let mut found = Vec::new();
    match form {
        CommandForm::Exec(words) => unwrap(words, false, Vec::new(), WRAPPER_LIMIT, &mut found),
        CommandForm::Shell(script) => of_script(&script.commands, &mut found),
    }
    found
}

/// Every command of a script.
pub(super) fn of_script(commands: &[ShellCommand], found: &mut Vec<Unwrapped>) {
    let mut exported: Vec<(String, Word)> = Vec::new();
    for command in commands {
        let variables: Vec<(String, Word)> = command
            .assignments
            .iter()
            .map(|assignment| (assignment.name.clone(), assignment.value.clone()))
            .collect();
        if command.words.is_empty() {
            exported.extend(variables);
        } else if command.words[0].text == "export" {
            exported.extend(command.words[1..].iter().filter_map(split_assignment));
            found.push(plain(&command.words, command.conditional, Vec::new()));
        } else {
            unwrap(
                &command.words,
                command.conditional,
                variables,
                WRAPPER_LIMIT,
                found,
            );
        }
    }
    // Variables of the script hold for everything behind them; the first command carries them.
    if let Some(first) = found.first_mut() {
        first.variables.extend(exported);
    }
}

/// The variables that are set for a command alone.
pub(super) fn own_variables(command: &Unwrapped) -> Vec<Variable> {
    let variables = command.variables.iter();
    variables
        .map(|(name, value)| Variable {
            name: name.clone(),
            value: Some(value.clone()),
            span: value.span,
        })
        .collect()
}

fn split_assignment(word: &Word) -> Option<(String, Word)> {
    let (name, value) = word.text.split_once('=')?;
    Some((
        name.to_owned(),
        Word {
            text: value.to_owned(),
            ..*word
        },
    ))
}

fn plain(words: &[Word], conditional: bool, variables: Vec<(String, Word)>) -> Unwrapped {
    let span = words
        .iter()
        .map(|word| word.span)
        .reduce(luthier_source::Span::cover)
        .unwrap_or_default();
    Unwrapped {
        program: base_name(&words[0].text).to_owned(),
        arguments: words[1..].to_vec(),
        span,
        conditional,
        variables,
        drops_root: false,
    }
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn unwrap(
    words: &[Word],
    conditional: bool,
    variables: Vec<(String, Word)>,
    budget: usize,
    found: &mut Vec<Unwrapped>,
) {
    let Some(first) = words.first() else { return };
    let program = base_name(&first.text);
    if USER_SWITCHERS.contains(&program) {
        let from = found.len();
        unwrap_once(words, program, conditional, variables, budget, found);
        for command in &mut found[from..] {
            command.drops_root = true;
        }
        return;
    }
    unwrap_once(words, program, conditional, variables, budget, found);
}

fn unwrap_once(
    words: &[Word],
    program: &str,
    conditional: bool,
    mut variables: Vec<(String, Word)>,
    budget: usize,
    found: &mut Vec<Unwrapped>,
) {
    if budget == 0 {
        found.push(plain(words, conditional, variables));
        return;
    }
    if is_shell(program)
        && let Some(option) = words.iter().position(|word| is_command_option(&word.text))
        && let Some(script) = words.get(option + 1)
    {
        for command in &parse_shell_word(script).commands {
            let mut own = variables.clone();
            own.extend(
                command
                    .assignments
                    .iter()
                    .map(|assignment| (assignment.name.clone(), assignment.value.clone())),
            );
            unwrap(
                &command.words,
                conditional || command.conditional,
                own,
                budget - 1,
                found,
            );
        }
        return;
    }
    if is_shell(program)
        && let Some(script) = words[1..]
            .iter()
            .position(|word| !word.text.starts_with('-'))
    {
        return unwrap(
            &words[script + 1..],
            conditional,
            variables,
            budget - 1,
            found,
        );
    }
    if program == "env" {
        let taken = words[1..]
            .iter()
            .take_while(|word| word.text.contains('=') || word.text.starts_with('-'))
            .count();
        variables.extend(words[1..=taken].iter().filter_map(split_assignment));
        return unwrap(
            &words[taken + 1..],
            conditional,
            variables,
            budget - 1,
            found,
        );
    }
    if let Some(taken) = wrapper_length(program, &words[1..]) {
        let rest = &words[taken + 1..];
        if !rest.is_empty() {
            return unwrap(rest, conditional, variables, budget - 1, found);
        }
    }
    found.push(normalised(words, conditional, variables));
}

fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh")
}

/// `-c`, also together with other letters: `-lc`, `-euxc`.
fn is_command_option(text: &str) -> bool {
    text.starts_with('-') && !text.starts_with("--") && text.ends_with('c') && text.len() <= 6
}

/// How many words behind a wrapper belong to it; `None` for programs that run no other.
fn wrapper_length(program: &str, rest: &[Word]) -> Option<usize> {
    let options = || {
        rest.iter()
            .take_while(|word| word.text.starts_with('-'))
            .count()
    };
    let behind_dashes = || {
        rest.iter()
            .position(|word| word.text == "--")
            .map(|at| at + 1)
    };
    let run_only = || rest.first().filter(|word| word.text == "run").map(|_| 1);
    match program {
        "exec"
        | "nohup"
        | "time"
        | "tini"
        | "dumb-init"
        | "catatonit"
        | "ddtrace-run"
        | "opentelemetry-instrument"
        | "setsid"
        | "nice"
        | "stdbuf"
        | "xvfb-run"
        | "command" => Some(options()),
        "gosu" | "su-exec" | "s6-setuidgid" | "with-contenv" => Some(1.min(rest.len())),
        "sudo" => {
            let user = usize::from(rest.iter().take(options()).any(|word| word.text == "-u"));
            Some(options() + user)
        }
        "poetry" | "pipenv" | "pdm" | "hatch" | "rye" => run_only(),
        "uv" => run_only().map(|taken| taken + uv_options(&rest[1..])),
        "newrelic-admin" => rest
            .first()
            .filter(|word| word.text == "run-program")
            .map(|_| 1),
        "coverage" => run_only().map(|taken| {
            taken
                + rest[1..]
                    .iter()
                    .take_while(|word| word.text.starts_with('-'))
                    .count()
        }),
        "doppler" | "infisical" | "chamber" | "aws-vault" | "timeout" | "wait-for-it"
        | "wait-for-it.sh" | "wait-for" | "wait-for.sh" | "wait_for_it.sh" => behind_dashes(),
        "docker-compose" => compose_length(rest),
        "docker" => rest
            .first()
            .filter(|word| word.text == "compose")
            .and_then(|_| Some(compose_length(&rest[1..])? + 1)),
        _ => None,
    }
}

/// Options of `uv run`, those with a value of their own included.
fn uv_options(rest: &[Word]) -> usize {
    const WITH_VALUE: [&str; 8] = [
        "--with",
        "--group",
        "--extra",
        "--python",
        "-p",
        "--no-group",
        "--package",
        "--env-file",
    ];
    let mut taken = 0;
    while let Some(word) = rest.get(taken).filter(|word| word.text.starts_with('-')) {
        taken += if WITH_VALUE.contains(&word.text.as_str()) {
            2
        } else {
            1
        };
    }
    taken.min(rest.len())
}

/// The words of `docker compose` up to the command that runs inside a service.
fn compose_length(rest: &[Word]) -> Option<usize> {
    const WITH_VALUE: [&str; 12] = [
        "-f",
        "--file",
        "-p",
        "--profile",
        "--project-name",
        "--env-file",
        "-e",
        "--env",
        "-u",
        "--user",
        "-w",
        "--entrypoint",
    ];
    let mut at = 0;
    let skip_options = |mut at: usize| {
        while let Some(word) = rest.get(at).filter(|word| word.text.starts_with('-')) {
            at += if WITH_VALUE.contains(&word.text.as_str()) {
                2
            } else {
                1
            };
        }
        at
    };
    at = skip_options(at);
    let runs = rest
        .get(at)
        .is_some_and(|word| matches!(word.text.as_str(), "run" | "exec"));
    at = skip_options(at + 1) + 1;
    (runs && at < rest.len()).then_some(at)
}

/// The program by one name however it is called.
fn normalised(words: &[Word], conditional: bool, variables: Vec<(String, Word)>) -> Unwrapped {
    let mut command = plain(words, conditional, variables);
    if is_python(&command.program) {
        let options = command
            .arguments
            .iter()
            .take_while(|word| word.text.starts_with('-') && word.text != "-m" && word.text != "-c")
            .count();
        let rest = command.arguments.split_off(options);
        match rest.split_first() {
            Some((option, rest)) if option.text == "-m" && !rest.is_empty() => {
                command.program.clone_from(&rest[0].text);
                command.arguments = rest[1..].to_vec();
            }
            Some((script, arguments)) if has_extension(&script.text, "py") => {
                base_name(&script.text).clone_into(&mut command.program);
                command.arguments = arguments.to_vec();
            }
            _ => command.arguments.extend(rest),
        }
    }
    if matches!(
        command.program.as_str(),
        "django-admin" | "django-admin.py" | "django"
    ) {
        "manage.py".clone_into(&mut command.program);
    }
    if command.program == "coverage"
        && command
            .arguments
            .first()
            .is_some_and(|word| word.text == "run")
    {
        let inner: Vec<Word> = command.arguments[1..]
            .iter()
            .skip_while(|word| word.text.starts_with('-'))
            .cloned()
            .collect();
        if let Some(script) = inner.first().filter(|word| has_extension(&word.text, "py")) {
            base_name(&script.text).clone_into(&mut command.program);
            command.arguments = inner[1..].to_vec();
        }
    }
    command
}

pub(super) fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, found)| found == extension)
}

fn is_python(program: &str) -> bool {
    let version = program
        .strip_prefix("python")
        .or_else(|| program.strip_prefix("pypy"));
    version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use luthier_source::shell::parse_shell;

    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &[&str]) {
        let mut found = Vec::new();
        of_script(&parse_shell(script, 0).commands, &mut found);
        let outline: Vec<String> = found
            .iter()
            .map(|command| {
                let words = command.arguments.iter().map(|word| word.text.as_str());
                std::iter::once(command.program.as_str())
                    .chain(words)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        assert_eq!(outline, expected, "{script}");
    }

    #[test]
    fn wrappers_are_taken_off() {
        check(
            "exec gosu app python3.12 -u ./manage.py migrate --noinput",
            &["manage.py migrate --noinput"],
        );
        check(
            "poetry run python -m gunicorn config.wsgi",
            &["gunicorn config.wsgi"],
        );
        check(
            "uv run --no-sync --group dev django-admin check",
            &["manage.py check"],
        );
        check(
            "bash -lc 'cd /app && DEBUG=1 ./manage.py runserver'",
            &["cd /app", "manage.py runserver"],
        );
        check("tini -- /usr/local/bin/gunicorn a:b", &["gunicorn a:b"]);
        check("env A=1 B=2 celery -A x worker", &["celery -A x worker"]);
        check(
            "wait-for-it.sh db:5432 -t 5 -- python manage.py runserver",
            &["manage.py runserver"],
        );
        check(
            "docker compose -f a.yml run --rm -e X=1 web pytest -x",
            &["pytest -x"],
        );
        check("bash -e docker/start.sh web", &["start.sh web"]);
        check("docker-compose up -d", &["docker-compose up -d"]);
        check(
            "coverage run --source=. manage.py test",
            &["manage.py test"],
        );
        check(
            "python -m coverage run manage.py test a",
            &["manage.py test a"],
        );
        check("python -c 'print(1)'", &["python -c print(1)"]);
        check("exec \"$@\"", &["$@"]);
    }
}
