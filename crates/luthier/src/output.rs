//! Where results go, and what can be shown there.

use std::env;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

use luthier_report::Look;

use crate::failure::Failure;

/// Columns where there is no terminal to ask: what continuous integration shows without wrapping.
const COLUMNS: usize = 100;

/// Writes results to the file where one is named, else to standard output. A reader that went away
/// (`luthier check | head`) has seen enough.
pub(crate) fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = file {
        return fs::write(path, text)
            .map_err(|error| Failure::new(format!("cannot write {}: {error}", path.display())));
    }
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(format!(
            "cannot write to standard output: {error}"
        ))),
        _ => Ok(()),
    }
}

/// Says something on standard error; where nobody listens, it is left unsaid.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// What the reader of the results can see.
pub(crate) fn look(file: Option<&Path>) -> Look {
    Look {
        color: file.is_none() && is_colored(io::stdout().is_terminal()),
        width: width(),
    }
}

fn is_colored(is_terminal: bool) -> bool {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if variable("NO_COLOR").is_some() {
        return false;
    }
    if let Some(force) = variable("FORCE_COLOR") {
        return force != "0";
    }
    is_terminal && variable("TERM").is_none_or(|terminal| terminal != "dumb")
}

fn width() -> usize {
    let asked = env::var("COLUMNS").ok();
    let asked = asked.and_then(|columns| columns.parse::<usize>().ok());
    let columns = asked.filter(|&columns| columns > 0).or_else(|| {
        let (width, _) = terminal_size::terminal_size()?;
        Some(usize::from(width.0))
    });
    columns.unwrap_or(COLUMNS).max(40)
}

/// Whether a person watches standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

pub(crate) fn bold_red(text: &str) -> String {
    on_stderr("\u{1b}[1;91m", text)
}

pub(crate) fn cyan(text: &str) -> String {
    on_stderr("\u{1b}[36m", text)
}

fn on_stderr(start: &str, text: &str) -> String {
    if is_colored(is_watched()) {
        format!("{start}{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
