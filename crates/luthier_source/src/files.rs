//! The files of a repository: found by one parallel walk, read once, each handed to one function
//! while its text is still warm.

use std::fs;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use ignore::overrides::OverrideBuilder;
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::kind::FileKind;
use crate::line_index::{LineColumn, LineIndex};
use crate::span::Span;

/// Files above this many bytes are skipped: nobody writes them by hand, and reading one would
/// cost more than the rest of a project.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// Folders that never hold a project's own code.
const SKIPPED_FOLDERS: &[&str] = &[
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".idea",
    ".ipynb_checkpoints",
    ".luthier_cache",
    ".mypy_cache",
    ".nox",
    ".pyenv",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "_build",
    "bower_components",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
];

/// One file of the repository, by its place in path order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A range of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    pub file: FileId,
    pub span: Span,
}

impl Location {
    pub fn new(file: FileId, span: Span) -> Self {
        Self { file, span }
    }
}

/// One file that was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub path: Box<str>,
    pub kind: FileKind,
    pub text: Box<str>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    pub fn new(path: &str, kind: FileKind, text: String) -> Self {
        Self {
            path: path.into(),
            kind,
            text: text.into_boxed_str(),
            lines: OnceLock::new(),
        }
    }

    /// Made on first use: most files have no finding.
    pub fn line_index(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    pub fn line_column(&self, offset: u32) -> LineColumn {
        self.line_index().line_column(&self.text, offset)
    }

    /// The text at `span`.
    pub fn at(&self, span: Span) -> &str {
        span.text(&self.text)
    }
}

/// A file that was found but not analysed, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

/// What a walk takes in.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Glob patterns as in .gitignore; what they match is not read.
    pub exclude: Vec<String>,
    /// Told how far reading has come.
    pub progress: Option<Arc<Progress>>,
}

/// How far a run has come, for whoever watches it from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    found: AtomicUsize,
    read: AtomicUsize,
}

impl Progress {
    /// Files that the walk found; 0 while it goes on.
    pub fn found(&self) -> usize {
        self.found.load(Ordering::Relaxed)
    }

    /// Files that were read so far.
    pub fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }
}

/// All files of one repository, in path order; [`FileId`] indexes them.
#[derive(Debug, Default)]
pub struct Sources {
    pub root: PathBuf,
    files: Vec<SourceFile>,
    by_path: FxHashMap<Box<str>, FileId>,
    pub skipped: Vec<Skipped>,
}

impl Sources {
    /// Walks `root`, reads every file of a known kind, and calls `extract` on each, in parallel.
    /// Results come back in file order. An error only when `root` itself cannot be listed.
    pub fn load<T: Send>(
        root: &Path,
        options: &WalkOptions,
        extract: impl Fn(&SourceFile) -> T + Sync,
    ) -> io::Result<(Self, Vec<T>)> {
        if root.is_dir() {
            fs::read_dir(root)?;
        } else {
            fs::metadata(root)?;
            return Err(io::Error::new(io::ErrorKind::NotADirectory, "not a folder"));
        }
        let (found, mut skipped) = walk(root, options);
        let progress = options.progress.as_deref();
        if let Some(progress) = progress {
            progress.found.store(found.len(), Ordering::Relaxed);
        }
        let read: Vec<Result<(SourceFile, T), Skipped>> = found
            .into_par_iter()
            .map(|(path, kind)| {
                let result = match read_text(&root.join(&path)) {
                    Ok(text) => {
                        let file = SourceFile::new(&path, kind, text);
                        let extracted = extract(&file);
                        Ok((file, extracted))
                    }
                    Err(reason) => Err(Skipped { path, reason }),
                };
                if let Some(progress) = progress {
                    progress.read.fetch_add(1, Ordering::Relaxed);
                }
                result
            })
            .collect();
        let mut files = Vec::with_capacity(read.len());
        let mut extracted = Vec::with_capacity(read.len());
        for result in read {
            match result {
                Ok((file, value)) => {
                    files.push(file);
                    extracted.push(value);
                }
                Err(skip) => skipped.push(skip),
            }
        }
        skipped.sort();
        Ok((Self::new(root.to_path_buf(), files, skipped), extracted))
    }

    /// A repository that exists only in memory: for tests and examples.
    pub fn in_memory(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<SourceFile> = files
            .iter()
            .filter_map(|(path, text)| {
                Some(SourceFile::new(
                    path,
                    FileKind::of(path)?,
                    (*text).to_owned(),
                ))
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self::new(PathBuf::new(), files, Vec::new())
    }

    /// The same repository with other texts at some paths, some of them new, and `kept` (one value a
    /// file) beside it: `None` for the files whose text changed.
    #[must_use]
    pub fn with_texts<T>(self, texts: &[(String, String)], kept: Vec<T>) -> (Self, Vec<Option<T>>) {
        let mut files: Vec<(SourceFile, Option<T>)> = Vec::with_capacity(self.files.len());
        for (file, value) in self.files.into_iter().zip(kept) {
            match texts.iter().find(|(path, _)| **path == *file.path) {
                Some((_, text)) => {
                    files.push((SourceFile::new(&file.path, file.kind, text.clone()), None));
                }
                None => files.push((file, Some(value))),
            }
        }
        for (path, text) in texts {
            let kind = FileKind::of(path).filter(|_| !self.by_path.contains_key(path.as_str()));
            if let Some(kind) = kind {
                files.push((SourceFile::new(path, kind, text.clone()), None));
            }
        }
        files.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        let (files, kept) = files.into_iter().unzip();
        (Self::new(self.root, files, self.skipped), kept)
    }

    fn new(root: PathBuf, files: Vec<SourceFile>, skipped: Vec<Skipped>) -> Self {
        let by_path = files
            .iter()
            .enumerate()
            .map(|(index, file)| (file.path.clone(), FileId(index as u32)))
            .collect();
        Self {
            root,
            files,
            by_path,
            skipped,
        }
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The file at a relative path with forward slashes.
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// Whether there is a file at a relative path, also one that is ignored or of no known kind.
    pub fn has_file(&self, path: &str) -> bool {
        self.find(path).is_some()
            || (!self.root.as_os_str().is_empty() && self.root.join(path).is_file())
    }

    /// Whether there is a folder at a relative path, also one that holds nothing of a known kind.
    pub fn has_folder(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let next = self.files.partition_point(|file| *file.path < *below);
        let holds_files = self
            .files
            .get(next)
            .is_some_and(|file| file.path.starts_with(&below));
        path.is_empty()
            || holds_files
            || (!self.root.as_os_str().is_empty() && self.root.join(path).is_dir())
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (FileId(index as u32), file))
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// The text of one file, or in a few words why there is none.
pub fn read_text(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| in_words(&error))?;
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    if metadata.len() > MAX_FILE_BYTES {
        let size = metadata.len() / (1024 * 1024);
        return Err(format!(
            "{size} MiB; files over {} MiB are not read",
            MAX_FILE_BYTES / (1024 * 1024)
        ));
    }
    let bytes = fs::read(path).map_err(|error| in_words(&error))?;
    String::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
}

/// Paths of known kinds below `root`, relative and sorted, and what was passed over.
fn walk(root: &Path, options: &WalkOptions) -> (Vec<(String, FileKind)>, Vec<Skipped>) {
    let found = Mutex::new(Vec::new());
    let skipped = Mutex::new(Vec::new());
    walker(root, options).build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) => match visit(root, &entry) {
                    Visit::File(path, kind) => found
                        .lock()
                        .expect("no panic while held")
                        .push((path, kind)),
                    Visit::Skip(skip) => skipped.lock().expect("no panic while held").push(skip),
                    Visit::Nothing => {}
                },
                Err(error) => skipped
                    .lock()
                    .expect("no panic while held")
                    .push(not_walked(root, &error)),
            }
            WalkState::Continue
        })
    });
    let mut found = found.into_inner().expect("the walk has ended");
    found.par_sort_unstable();
    (found, skipped.into_inner().expect("the walk has ended"))
}

/// What the walk could not enter, and why.
fn not_walked(root: &Path, error: &ignore::Error) -> Skipped {
    let mut path = ".".to_owned();
    let mut inner = error;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = relative(root, at);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let reason = match inner {
        ignore::Error::Io(error) => in_words(error),
        error => error.to_string(),
    };
    Skipped { path, reason }
}

/// Why a file cannot be read, the same on every system.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::NotFound => "not there any more".to_owned(),
        _ => error.to_string(),
    }
}

fn walker(root: &Path, options: &WalkOptions) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .require_git(false)
        .threads(rayon::current_num_threads());
    builder.filter_entry(|entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0 || !is_folder || !is_skipped_folder(entry)
    });
    let mut overrides = OverrideBuilder::new(root);
    for pattern in &options.exclude {
        // A pattern that is no glob excludes nothing; the configuration refuses it.
        let _ = exclude(&mut overrides, pattern);
    }
    if let Ok(overrides) = overrides.build() {
        builder.overrides(overrides);
    }
    builder
}

fn exclude(overrides: &mut OverrideBuilder, pattern: &str) -> Result<(), ignore::Error> {
    overrides.add(&format!("!{pattern}")).map(|_| ())
}

/// Why a pattern of [`WalkOptions::exclude`] is none, where it is none.
pub fn pattern_problem(pattern: &str) -> Option<String> {
    let error = exclude(&mut OverrideBuilder::new(""), pattern).err()?;
    let mut inner = &error;
    while let ignore::Error::WithPath { err, .. } | ignore::Error::WithLineNumber { err, .. } =
        inner
    {
        inner = err;
    }
    Some(match inner {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    })
}

fn is_skipped_folder(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_str().unwrap_or("");
    SKIPPED_FOLDERS.contains(&name) || entry.path().join("pyvenv.cfg").is_file()
}

enum Visit {
    File(String, FileKind),
    Skip(Skipped),
    Nothing,
}

fn visit(root: &Path, entry: &DirEntry) -> Visit {
    let Some(file_type) = entry.file_type() else {
        return Visit::Nothing;
    };
    let path = relative(root, entry.path());
    let Some(kind) = FileKind::of(&path) else {
        return Visit::Nothing;
    };
    if file_type.is_file() {
        return Visit::File(path, kind);
    }
    if file_type.is_dir() {
        return Visit::Nothing;
    }
    if !file_type.is_symlink() {
        return Visit::Skip(Skipped {
            path,
            reason: "not a regular file".to_owned(),
        });
    }
    match fs::canonicalize(entry.path()) {
        // What a link within the project leads to is read under its own name.
        Ok(target) if fs::canonicalize(root).is_ok_and(|root| target.starts_with(root)) => {
            Visit::Nothing
        }
        Ok(_) => Visit::Skip(Skipped {
            path,
            reason: "a link that leaves the project".to_owned(),
        }),
        Err(_) => Visit::Skip(Skipped {
            path,
            reason: "a link that leads nowhere".to_owned(),
        }),
    }
}

/// `path` below `root` with forward slashes.
fn relative(root: &Path, path: &Path) -> String {
    // The walk puts names behind the root as it was given; most have nothing to be rewritten.
    if let (Some(around), Some(text)) = (root.to_str(), path.to_str())
        && MAIN_SEPARATOR == '/'
        && let Some(below) = text.strip_prefix(around.trim_end_matches('/'))
        && let Some(below) = below.strip_prefix('/')
        && !around.is_empty()
        && !below.starts_with('/')
        && !below.contains("//")
    {
        return below.to_owned();
    }
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_from_the_root_on() {
        let below = |root: &str, path: &str| relative(Path::new(root), Path::new(path));
        assert_eq!(
            below("/project", "/project/shop/models.py"),
            "shop/models.py"
        );
        assert_eq!(below("/project/", "/project/shop"), "shop");
        assert_eq!(below(".", "./shop/models.py"), "shop/models.py");
        assert_eq!(below("/project", "/project-two/a.py"), "//project-two/a.py");
        assert_eq!(below("a", "a//b.py"), "b.py");
        assert_eq!(below("/", "/a.py"), "a.py");
    }

    #[test]
    fn what_cannot_be_entered_is_named_within_the_root() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = ignore::Error::WithDepth {
            depth: 2,
            err: Box::new(ignore::Error::WithPath {
                path: "/project/shop/closed".into(),
                err: Box::new(ignore::Error::Io(denied)),
            }),
        };
        let skipped = not_walked(Path::new("/project"), &error);
        assert_eq!(skipped.path, "shop/closed");
        assert_eq!(skipped.reason, "permission denied");
    }
}
