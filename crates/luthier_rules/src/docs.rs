//! A rule's docs: its page as Markdown, and the examples in it.
//!
//! ```text
//! One sentence that says what the rule fires on.
//!
//! ## Why it matters
//! ## Project     files around every example (optional)
//! ## Bad         lines that end in `# fires` are reported, no others
//! ## Fixed       exactly what the fixes make of Bad (where the rule has a fix)
//! ## Good        nothing is reported, near misses included
//! ```
//!
//! A fence with `file=path` is a file; all such fences under one heading make one project. A
//! deeper heading (`###`), or a file name that comes again, begins the next one. A fence without a
//! name is a project of its own, with the usual file name of its language. The n-th project of
//! Fixed belongs to the n-th of Bad and holds the files that change. `file=shop/{02..51}.py` stands
//! for a file of each number, `file=main:shop/models.py` for what the file was at the commit that changes
//! are compared with. Where there is such a commit, it has the files of Project too, and no others.

/// The length of `raw` without the one space that follows `///` on each line.
pub(crate) const fn dedented_len(raw: &str) -> usize {
    let bytes = raw.as_bytes();
    let (mut index, mut length, mut line_starts) = (0, 0, true);
    while index < bytes.len() {
        if !(line_starts && bytes[index] == b' ') {
            length += 1;
        }
        line_starts = bytes[index] == b'\n';
        index += 1;
    }
    length
}

/// `raw` without the one space that follows `///` on each line; at compile time, so that docs stay
/// plain static text.
pub(crate) const fn dedent<const N: usize>(raw: &str) -> [u8; N] {
    let bytes = raw.as_bytes();
    let mut clean = [0; N];
    let (mut index, mut length, mut line_starts) = (0, 0, true);
    while index < bytes.len() {
        if !(line_starts && bytes[index] == b' ') {
            clean[length] = bytes[index];
            length += 1;
        }
        line_starts = bytes[index] == b'\n';
        index += 1;
    }
    clean
}

/// The text that `dedent` made.
pub(crate) const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("only whole ASCII spaces were taken out"),
    }
}

/// What the path of a file begins with that is one of the commit that changes are compared with.
#[cfg(test)]
pub(crate) const AT_BASE: &str = "main:";

/// One in-memory project out of the docs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    pub files: Vec<ExampleFile>,
}

/// One file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    pub path: String,
    /// Without the marks.
    pub text: String,
    /// The lines (from 1) marked `# fires`.
    pub fires: Vec<u32>,
}

impl ExampleFile {
    /// A file of which `marked` is the text with marks.
    pub fn new(path: &str, marked: &str) -> Self {
        let mut text = String::with_capacity(marked.len());
        let mut fires = Vec::new();
        for (line, number) in marked.lines().zip(1..) {
            let unmarked = without_mark(line);
            if unmarked.is_some() {
                fires.push(number);
            }
            text.push_str(unmarked.unwrap_or(line));
            text.push('\n');
        }
        Self {
            path: path.to_owned(),
            text,
            fires,
        }
    }
}

/// The comments that say "this line is reported", in the languages of a Django repository. They are
/// taken out before the example is read: a Dockerfile allows no comment at the end of a line.
const MARKS: &[&str] = &["# fires", "{# fires #}", "<!-- fires -->"];

fn without_mark(line: &str) -> Option<&str> {
    let trimmed = line.trim_end();
    MARKS
        .iter()
        .find_map(|mark| trimmed.strip_suffix(mark))
        .map(str::trim_end)
}

/// The text under `## heading`, up to the next heading of that level.
pub fn section<'a>(docs: &'a str, heading: &str) -> Option<&'a str> {
    let mut in_fence = false;
    let mut start = None;
    let mut offset = 0;
    for line in docs.split_inclusive('\n') {
        if line.starts_with("```") {
            in_fence = !in_fence;
        } else if let Some(title) = line.strip_prefix("## ").filter(|_| !in_fence) {
            if let Some(start) = start {
                return docs.get(start..offset);
            }
            if title.trim() == heading {
                start = Some(offset + line.len());
            }
        }
        offset += line.len();
    }
    docs.get(start?..)
}

/// The files of `## Project`.
pub fn around(docs: &str) -> Vec<ExampleFile> {
    let projects = section(docs, "Project").map_or_else(Vec::new, projects);
    projects.into_iter().next().unwrap_or_default().files
}

/// The examples under `## heading`, each with the files of `## Project` around it.
pub fn examples(docs: &str, heading: &str) -> Vec<Example> {
    let around = around(docs);
    let mut found = section(docs, heading).map_or_else(Vec::new, projects);
    for example in &mut found {
        for file in &around {
            if !example.files.iter().any(|own| own.path == file.path) {
                example.files.push(file.clone());
            }
        }
    }
    found
}

/// The projects that the fences of one section make.
fn projects(section: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut current = Example::default();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("### ") {
            found.push(std::mem::take(&mut current));
        }
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let marked: String = lines
            .by_ref()
            .take_while(|line| !line.starts_with("```"))
            .flat_map(|line| [line, "\n"])
            .collect();
        let named = info
            .split_whitespace()
            .find_map(|word| word.strip_prefix("file="));
        let path = named.unwrap_or_else(|| usual_path(info));
        let again = current.files.iter().any(|file| file.path == path);
        if named.is_none() || again {
            found.push(std::mem::take(&mut current));
        }
        for path in numbered(path) {
            current.files.push(ExampleFile::new(&path, &marked));
        }
        if named.is_none() {
            found.push(std::mem::take(&mut current));
        }
    }
    found.push(current);
    found.retain(|example| !example.files.is_empty());
    found
}

/// The paths that `{02..51}` in one stands for, with as many digits as the first number has.
fn numbered(path: &str) -> Vec<String> {
    let parts = || {
        let (before, rest) = path.split_once('{')?;
        let (range, after) = rest.split_once('}')?;
        let (first, last) = range.split_once("..")?;
        let numbers = first.parse::<usize>().ok()?..=last.parse().ok()?;
        Some((before, numbers, first.len(), after))
    };
    match parts() {
        None => vec![path.to_owned()],
        Some((before, numbers, width, after)) => numbers
            .map(|number| format!("{before}{number:0width$}{after}"))
            .collect(),
    }
}

fn usual_path(info: &str) -> &'static str {
    match info.split_whitespace().next().unwrap_or("") {
        "html" | "django" => "templates/example.html",
        "dockerfile" => "Dockerfile",
        "toml" => "pyproject.toml",
        "yaml" => "docker-compose.yml",
        _ => "example.py",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_in_a_path_is_many_files() {
        assert_eq!(numbered("a/{08..10}.py"), ["a/08.py", "a/09.py", "a/10.py"]);
        assert_eq!(numbered("a/{b}.py"), ["a/{b}.py"]);
    }

    const DOCS: &str = "\
Summary.

## Project

```python file=manage.py
run()
```

## Bad

```python
x = 1  # fires
y = \"# fires here\"
```

Two files.

```dockerfile file=Dockerfile
FROM a  # fires
```

```html file=templates/a.html
<a> {# fires #}
```

### Another

```python file=manage.py
## Not a heading
```

## Good
";

    fn outline(examples: &[Example]) -> Vec<Vec<(&str, &[u32])>> {
        examples
            .iter()
            .map(|example| {
                let files = example.files.iter();
                files
                    .map(|file| (file.path.as_str(), file.fires.as_slice()))
                    .collect()
            })
            .collect()
    }

    #[test]
    fn fences_under_one_heading_make_a_project() {
        let bad = examples(DOCS, "Bad");
        assert_eq!(
            outline(&bad),
            [
                vec![("example.py", &[1][..]), ("manage.py", &[])],
                vec![
                    ("Dockerfile", &[1]),
                    ("templates/a.html", &[1]),
                    ("manage.py", &[])
                ],
                vec![("manage.py", &[])],
            ]
        );
        assert_eq!(bad[0].files[0].text, "x = 1\ny = \"# fires here\"\n");
        assert_eq!(bad[1].files[0].text, "FROM a\n");
        assert_eq!(bad[2].files[0].text, "## Not a heading\n");
        assert_eq!(examples(DOCS, "Good"), []);
    }

    #[test]
    fn one_space_a_line_goes() {
        const RAW: &str = " a\n   b\n\n ä c\n";
        const CLEAN: [u8; dedented_len(RAW)] = dedent(RAW);
        assert_eq!(text(&CLEAN), "a\n  b\n\nä c\n");
    }
}
