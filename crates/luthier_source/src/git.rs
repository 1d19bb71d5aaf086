//! The texts that files had at another commit, asked of `git` itself.
//!
//! Three calls whatever the size of the repository: where the histories part, which files differ from
//! there, and all their texts at once.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

/// What differs between a commit and the files as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differing {
    /// The commit where the two histories part.
    pub commit: String,
    /// The files that were there and were changed or removed since, in order: the path below the
    /// root, and the text.
    pub files: Vec<(String, Arc<str>)>,
}

/// The files of a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub commit: String,
    /// Below the root.
    pub paths: BTreeSet<String>,
}

/// Why a commit cannot be compared with.
#[derive(Debug)]
pub enum GitError {
    /// `git` cannot be started.
    Start(io::Error),
    /// What `git` said.
    Refused(String),
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(f, "cannot start git: {error}"),
            Self::Refused(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for GitError {}

/// The files below `root` whose path is wanted and that differ from what they were where the history
/// of `revision` and the current one part. What was never committed was not there.
pub fn differing(
    root: &Path,
    revision: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<Differing, GitError> {
    let commit = parting(root, revision)?;
    let listed = git(
        root,
        &[
            "diff",
            "--name-only",
            "--no-renames",
            "--relative",
            "--diff-filter=a",
            "-z",
            &commit,
            "--",
            ".",
        ],
        "",
    )?;
    let paths: Vec<&str> = listed
        .split('\0')
        .filter(|path| !path.is_empty() && !path.contains('\n') && wanted(path))
        .collect();
    let asked: String = paths
        .iter()
        .map(|path| format!("{commit}:./{path}\n"))
        .collect();
    let texts = run(root, &["cat-file", "--batch"], &asked)?.stdout;
    Ok(Differing {
        files: paired(&paths, &texts),
        commit,
    })
}

/// The files below `root` that a commit has.
pub fn listed(root: &Path, revision: &str) -> Result<Listed, GitError> {
    let commit = named(root, revision)?;
    let names = git(root, &["ls-tree", "-r", "-z", "--name-only", &commit], "")?;
    let paths = names.split('\0').filter(|path| !path.is_empty());
    Ok(Listed {
        paths: paths.map(str::to_owned).collect(),
        commit,
    })
}

/// The commit that a revision names.
fn named(root: &Path, revision: &str) -> Result<String, GitError> {
    let wanted = format!("{revision}^{{commit}}");
    let commit = git(
        root,
        &[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &wanted,
        ],
        "",
    )
    .map_err(|error| match error {
        GitError::Refused(reason) if reason.is_empty() => {
            GitError::Refused(format!("no such commit: {revision}"))
        }
        error => error,
    })?;
    Ok(commit.trim().to_owned())
}

/// The last commit that both histories have; the one that is named where they have none, as in a clone
/// that is cut off.
fn parting(root: &Path, revision: &str) -> Result<String, GitError> {
    let commit = named(root, revision)?;
    match git(root, &["merge-base", &commit, "HEAD"], "") {
        Ok(parting) => Ok(parting.trim().to_owned()),
        Err(GitError::Refused(_)) => Ok(commit),
        Err(error) => Err(error),
    }
}

/// The answers of `cat-file --batch`: a line with the size, the text, a line break. What is no text is
/// left out.
fn paired(paths: &[&str], mut answers: &[u8]) -> Vec<(String, Arc<str>)> {
    let mut files = Vec::new();
    for path in paths {
        let Some(end) = answers.iter().position(|byte| *byte == b'\n') else {
            break;
        };
        let head = String::from_utf8_lossy(&answers[..end]);
        let size = head
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse::<usize>().ok());
        answers = &answers[end + 1..];
        // Without a size there is no text: `missing`.
        let Some(text) = size.and_then(|size| answers.get(..size)) else {
            continue;
        };
        answers = answers.get(text.len() + 1..).unwrap_or_default();
        if let Ok(text) = std::str::from_utf8(text) {
            files.push(((*path).to_owned(), Arc::from(text)));
        }
    }
    files
}

fn git(root: &Path, arguments: &[&str], input: &str) -> Result<String, GitError> {
    let output = run(root, arguments, input)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run(root: &Path, arguments: &[&str], input: &str) -> Result<Output, GitError> {
    let mut child = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(GitError::Start)?;
    // Written beside reading: `cat-file` answers before it has read all.
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // It may end before it has read everything, and says why then.
            let _ = stdin.map(|mut stdin| stdin.write_all(input.as_bytes()));
        });
        child.wait_with_output()
    });
    let output = output.map_err(GitError::Start)?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().next().unwrap_or_default();
    Err(GitError::Refused(
        line.trim_start_matches("fatal: ").to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// A repository with one commit on `main`, in a folder of its own.
    fn repository(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("luthier-git-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("shop")).unwrap();
        fs::write(root.join("shop/a.py"), "a = 1\n").unwrap();
        fs::write(root.join("shop/b.py"), "b = 1\n").unwrap();
        fs::write(root.join("shop/c.py"), "c = 1\n").unwrap();
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["add", "."],
            &[
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "commit",
                "-q",
                "-m",
                "first",
            ],
        ] {
            git(&root, arguments, "").unwrap();
        }
        root
    }

    #[test]
    fn what_was_changed_or_removed_comes_with_its_text() {
        let root = repository("changed");
        fs::write(root.join("shop/a.py"), "a = 2\n").unwrap();
        fs::write(root.join("shop/new.py"), "").unwrap();
        fs::remove_file(root.join("shop/b.py")).unwrap();
        let expected = vec![
            ("a.py".to_owned(), Arc::from("a = 1\n")),
            ("b.py".to_owned(), Arc::from("b = 1\n")),
        ];
        let found = differing(&root.join("shop"), "main", |path| path.contains(".py"));
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found.unwrap().files, expected);
    }

    #[test]
    fn the_files_of_a_commit_are_listed_below_the_root() {
        let root = repository("listed");
        fs::write(root.join("shop/new.py"), "").unwrap();
        let found = listed(&root.join("shop"), "main");
        fs::remove_dir_all(&root).unwrap();
        let paths: Vec<String> = found.unwrap().paths.into_iter().collect();
        assert_eq!(paths, ["a.py", "b.py", "c.py"]);
    }

    #[test]
    fn an_unknown_commit_is_an_error() {
        let root = repository("unknown");
        let found = differing(&root, "nowhere", |_| true);
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found.unwrap_err().to_string(), "no such commit: nowhere");
    }
}
