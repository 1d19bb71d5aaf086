//! Dockerfiles: instruction by instruction, stage by stage.
//!
//! Read as Docker reads them: continuations, comments between them, heredocs, the `escape`
//! directive, exec and shell form. Nothing is run and no base image is looked up.

mod parse;
mod words;

use serde::{Deserialize, Serialize};

use crate::shell::{ShellScript, Word};
use crate::{Problem, Span};

pub use parse::parse_dockerfile;
pub use words::expand_variables;

/// A whole Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// `ARG` before the first `FROM`: only image names see them.
    pub global_args: Vec<Variable>,
    pub stages: Vec<Stage>,
    pub problems: Vec<Problem>,
}

/// One `FROM` and what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The image or earlier stage as written.
    pub image: Word,
    /// The same with the defaults of the global `ARG`s put in; `None` when one has none.
    pub resolved_image: Option<String>,
    /// The name after `AS`, in lower case.
    pub name: Option<String>,
    pub instructions: Vec<Instruction>,
    /// The whole `FROM` instruction.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    pub kind: InstructionKind,
    /// Keyword to last argument, in all lines.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstructionKind {
    Run(CommandForm),
    Cmd(CommandForm),
    Entrypoint(CommandForm),
    /// `None` for `HEALTHCHECK NONE`.
    Healthcheck(Option<CommandForm>),
    User(Word),
    Workdir(Word),
    Env(Vec<Variable>),
    Arg(Vec<Variable>),
    Copy(Copy),
    /// An instruction that says nothing about how the container runs, with its keyword.
    Other(String),
}

/// `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// The stage or image of `--from`.
    pub from: Option<String>,
    pub sources: Vec<Word>,
    pub destination: Option<Word>,
}

/// A variable with its value; `ARG NAME` has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    pub name: String,
    pub value: Option<Word>,
    pub span: Span,
}

/// A command as a list of arguments, or as text for a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandForm {
    Exec(Vec<Word>),
    Shell(ShellScript),
}

impl Dockerfile {
    /// The stage that is built when none is named.
    pub fn final_stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// The earlier stage that `stage` builds on, if it builds on one.
    pub fn parent(&self, index: usize) -> Option<usize> {
        let stage = self.stages.get(index)?;
        self.stage_named(stage.resolved_image.as_deref()?, index)
    }

    /// The stage called `name` (or numbered so) among those before `before`.
    pub fn stage_named(&self, name: &str, before: usize) -> Option<usize> {
        let earlier = &self.stages[..before.min(self.stages.len())];
        let lower = name.to_lowercase();
        let named = earlier
            .iter()
            .rposition(|stage| stage.name.as_deref() == Some(&lower));
        named.or_else(|| lower.parse().ok().filter(|number| *number < earlier.len()))
    }

    /// The stage at `index` and the earlier ones that it builds on, itself first.
    pub fn lineage(&self, index: usize) -> Vec<usize> {
        // A stage can only build on an earlier one, so this ends.
        std::iter::successors((index < self.stages.len()).then_some(index), |stage| {
            self.parent(*stage)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(file: &Dockerfile) -> Vec<String> {
        let words = |words: &[Word]| {
            words
                .iter()
                .map(|w| format!("<{}>", w.text))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let command = |form: &CommandForm| match form {
            CommandForm::Exec(arguments) => format!("exec {}", words(arguments)),
            CommandForm::Shell(script) => {
                let commands: Vec<String> =
                    script.commands.iter().map(|c| words(&c.words)).collect();
                format!("shell {}", commands.join(" ; "))
            }
        };
        let variables = |variables: &[Variable]| {
            let shown = variables
                .iter()
                .map(|v| format!("{}={:?}", v.name, v.value.as_ref().map(|w| w.text.as_str())));
            shown.collect::<Vec<_>>().join(" ")
        };
        let mut lines = vec![format!("args {}", variables(&file.global_args))];
        for stage in &file.stages {
            lines.push(format!(
                "stage {} {:?} {:?}",
                stage.image.text, stage.resolved_image, stage.name
            ));
            lines.extend(
                stage
                    .instructions
                    .iter()
                    .map(|instruction| match &instruction.kind {
                        InstructionKind::Run(form) => format!("  run {}", command(form)),
                        InstructionKind::Cmd(form) => format!("  cmd {}", command(form)),
                        InstructionKind::Entrypoint(form) => {
                            format!("  entrypoint {}", command(form))
                        }
                        InstructionKind::Healthcheck(form) => {
                            format!("  health {:?}", form.as_ref().map(command))
                        }
                        InstructionKind::User(word) => format!("  user {}", word.text),
                        InstructionKind::Workdir(word) => format!("  workdir {}", word.text),
                        InstructionKind::Env(list) => format!("  env {}", variables(list)),
                        InstructionKind::Arg(list) => format!("  arg {}", variables(list)),
                        InstructionKind::Copy(copy) => {
                            let to = copy.destination.as_ref().map_or("", |word| &word.text);
                            format!("  copy {:?} {} -> {to}", copy.from, words(&copy.sources))
                        }
                        InstructionKind::Other(keyword) => format!("  other {keyword}"),
                    }),
            );
        }
        lines
    }

    #[test]
    fn reads_stages_and_instructions() {
        let text = r#"# syntax=docker/dockerfile:1
ARG PYTHON=3.12
ARG TAG
FROM --platform=linux/amd64 python:${PYTHON}-slim AS Build
ENV PATH="/app/bin:$PATH" \
    # between
    A=1

ENV LEGACY some value
RUN --mount=type=cache,target=/root/.cache \
    pip install -r requirements.txt && \
    # a note

    python manage.py collectstatic --noinput
from build
COPY --from=Build --chown=app:app /app /srv/app
ADD ["a b", "c/"]
USER app:app
HEALTHCHECK --interval=5s CMD curl -f http://localhost/ || exit 1
ENTRYPOINT ["/entry.sh", "a\"b"]
CMD gunicorn shop.wsgi -b 0.0.0.0:$PORT
LABEL a=b
FROM x:$TAG
"#;
        let file = parse_dockerfile(text);
        let expected = r#"args PYTHON=Some("3.12") TAG=None
stage python:${PYTHON}-slim Some("python:3.12-slim") Some("build")
  env PATH=Some("/app/bin:$PATH") A=Some("1")
  env LEGACY=Some("some value")
  run shell <pip> <install> <-r> <requirements.txt> ; <python> <manage.py> <collectstatic> <--noinput>
stage build Some("build") None
  copy Some("Build") </app> -> /srv/app
  copy None <a b> -> c/
  user app:app
  health Some("shell <curl> <-f> <http://localhost/> ; <exit> <1>")
  entrypoint exec </entry.sh> <a"b>
  cmd shell <gunicorn> <shop.wsgi> <-b> <0.0.0.0:$PORT>
  other LABEL
stage x:$TAG None None"#;
        assert_eq!(outline(&file).join("\n"), expected);
        assert_eq!(file.lineage(1), [1, 0]);
        assert!(file.problems.is_empty(), "{:?}", file.problems);
        let InstructionKind::Run(CommandForm::Shell(script)) = &file.stages[0].instructions[2].kind
        else {
            panic!("a RUN in shell form");
        };
        assert_eq!(
            script.commands[1].span.text(text),
            "python manage.py collectstatic --noinput"
        );
    }

    #[test]
    fn heredocs_are_scripts_and_files() {
        let text = "FROM a\nRUN <<EOF\nset -e\npython manage.py migrate\nEOF\nCOPY <<-\"X\" <<Y /etc/\n\tone\n\tX\ntwo\nY\nUSER app\n";
        let file = parse_dockerfile(text);
        let expected = "args \nstage a Some(\"a\") None\n  run shell <set> <-e> ; <python> <manage.py> <migrate>\n  copy None  -> /etc/\n  user app";
        assert_eq!(outline(&file).join("\n"), expected);
        let InstructionKind::Run(CommandForm::Shell(script)) = &file.stages[0].instructions[0].kind
        else {
            panic!("a RUN in shell form");
        };
        assert_eq!(
            script.commands[1].span.text(text),
            "python manage.py migrate"
        );
    }

    #[test]
    fn the_escape_directive_changes_continuations() {
        let text = "# escape=`\nFROM a\nRUN a `\n  b C:\\\nUSER x\n";
        let expected = "args \nstage a Some(\"a\") None\n  run shell <a> <b> <C:>\n  user x";
        assert_eq!(outline(&parse_dockerfile(text)).join("\n"), expected);
    }

    #[test]
    fn broken_files_have_problems_and_never_panic() {
        let file = parse_dockerfile("RUN x\nFROM\nNONSENSE y\nFROM a\nONBUILD USER b\n");
        assert_eq!(file.problems.len(), 3);
        assert_eq!(file.stages.len(), 1);
        let text = "# escape=\\\nFROM é AS ü\nRUN [\"a\\u00e9\", \"b] \\\r\n # c\nENV A='x \"$B\nCOPY <<E a\nb\nE\nCMD [\"x\",]\n";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            parse_dockerfile(&text[..end]);
            parse_dockerfile(&text[end..]);
        }
    }
}
