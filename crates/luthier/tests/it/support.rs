//! A folder for one test, and runs of luthier in it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    /// Files by relative path.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let this = Self { folder };
        for (path, text) in files {
            this.write(path, text);
        }
        this
    }

    /// A project that nothing is wrong with but what its files say.
    pub(crate) fn project(files: &[(&str, &str)]) -> Self {
        let this = Self::with(files);
        this.write("manage.py", MANAGE);
        this
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("can be made");
        fs::write(path, text).expect("can be written");
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("can be read")
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        // Folders of tests may lie behind links; luthier shows full paths.
        let folder = fs::canonicalize(self.folder.path()).expect("is there");
        folder.join(path)
    }

    /// Runs luthier in the folder; exit code, standard output and standard error as one text.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.shown(&self.output(arguments))
    }

    /// The same with luthier's own findings only, so that no other rule changes the result.
    pub(crate) fn quiet(&self, arguments: &[&str]) -> String {
        self.run(&[arguments, &["--select", "LUT"]].concat())
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("luthier runs")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luthier"));
        command
            .args(arguments)
            .current_dir(self.path("."))
            .env_clear()
            .env("COLUMNS", "80")
            .env("XDG_CACHE_HOME", self.path("../.luthier-test-cache-unused"))
            .env("LUTHIER_TEST", "1")
            .stdin(Stdio::null());
        let reads_project = matches!(
            arguments.first(),
            Some(&("check" | "review" | "compare" | "graph" | "migrations" | "queries"))
        );
        if reads_project && !arguments.contains(&"--cache-dir") {
            command.arg("--no-cache");
        }
        command
    }

    /// With what differs from run to run replaced.
    pub(crate) fn shown(&self, output: &Output) -> String {
        let mut text = String::new();
        let code = output.status.code();
        let _ = writeln!(
            text,
            "exit code {}",
            code.map_or_else(|| "none".to_owned(), |code| code.to_string())
        );
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                let _ = writeln!(text, "----- {name} -----");
                text.push_str(&String::from_utf8_lossy(bytes));
            }
        }
        let folder = self.path(".");
        let folder = folder.to_string_lossy();
        let text = text.replace(folder.trim_end_matches("/."), "[FOLDER]");
        without_seconds(&text)
    }
}

/// `0.12 s`, `"seconds": 0.12` and `time="0.123"` become `[T]`.
fn without_seconds(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let mut line = line.to_owned();
        for (before, after) in [
            ("\"seconds\": ", "\n"),
            ("time=\"", "\""),
            ("lines · ", "\n"),
        ] {
            if let Some(start) = line.find(before) {
                let start = start + before.len();
                let end = line[start..]
                    .find(after)
                    .map_or(line.len(), |end| start + end);
                line.replace_range(start..end, "[T]");
            }
        }
        out.push_str(&line);
    }
    out
}

/// Runs a command whose readers went away, as in `luthier check | head -1`.
pub(crate) fn closed_early(mut command: Command) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("luthier runs");
    drop(child.stdout.take());
    drop(child.stderr.take());
    child.wait_with_output().expect("it ends")
}

/// As Django writes it.
pub(crate) const MANAGE: &str = "\
import os
import sys

if __name__ == \"__main__\":
    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"config.settings\")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
";

/// Whether a path is there.
pub(crate) fn exists(path: &Path) -> bool {
    fs::exists(path).expect("can be asked")
}
