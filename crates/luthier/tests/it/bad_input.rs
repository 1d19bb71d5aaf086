//! What should not be there, cannot be read, or never ends: a clear word, the right exit code,
//! and the rest is still analysed.

use std::fmt::Write;
use std::process::Command;

use insta::assert_snapshot;

use crate::Folder;

/// A finding of the file that is fine to analyse, beside one that is not.
const WITNESS: (&str, &str) = ("shop/witness.py", "total = (\n");

fn beside(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::project(&[WITNESS]);
    for (path, text) in files {
        folder.write(path, text);
    }
    folder
}

fn concise(folder: &Folder) -> String {
    folder.quiet(&["check", "--output-format", "concise"])
}

#[test]
fn no_such_path() {
    assert_snapshot!(Folder::with(&[]).run(&["check", "nowhere"]), @"
    exit code 2
    ----- stderr -----
    error: no such file or folder: nowhere
     hint: PATH is the folder of a Django project, or a part of one
    ");
    assert_snapshot!(Folder::with(&[]).run(&["review", "nowhere"]), @"
    exit code 2
    ----- stderr -----
    error: no such file or folder: nowhere
     hint: PATH is the folder of a Django project, or a part of one
    ");
}

#[test]
fn no_project() {
    let folder = Folder::with(&[("notes.txt", "hello\n"), ("tool.py", "print(1)\n")]);
    assert_snapshot!(folder.run(&["check"]), @"
    exit code 2
    ----- stderr -----
    error: no Django project in [FOLDER]
      looked for manage.py and for Python files that name Django: read 1 file, none does
     hint: give the folder of the project as PATH; what .gitignore excludes is not read
    ");
    assert_snapshot!(folder.run(&["review"]), @"
    exit code 2
    ----- stderr -----
    error: no Django project in [FOLDER]
      looked for manage.py and for Python files that name Django: read 1 file, none does
     hint: give the folder of the project as PATH; what .gitignore excludes is not read
    ");
    assert_snapshot!(Folder::with(&[]).run(&["check"]), @"
    exit code 2
    ----- stderr -----
    error: no Django project in [FOLDER]
      looked for manage.py and for Python files that name Django: read 0 files, none does
     hint: give the folder of the project as PATH; what .gitignore excludes is not read
    ");
}

#[test]
fn bytes_that_are_no_text() {
    let folder = beside(&[]);
    folder.write("shop/latin.py", b"name = '\xe4\xff'\n");
    folder.write("shop/nul.py", "name = '\0'\n");
    folder.write("shop/utf16.py", [0xff, 0xfe, b'x', 0]);
    let arguments = ["check", "--show-skipped", "--output-format", "text"];
    assert_snapshot!(folder.quiet(&arguments), @"
    exit code 1
    ----- stdout -----
    shop/witness.py ────────────────────────────────────────────────────── 1 finding

    error LUT001 this file does not parse: unexpected EOF while parsing
      ╭▸ shop/witness.py:2:1 · syntax-error
    2 │
      │ ━
      │
      ╰ help: mend the syntax; the rest of the file was read as far as possible

    Not analysed

      shop/latin.py  not UTF-8 at byte 8
      shop/utf16.py  not UTF-8 at byte 0

    1 finding (1 error)
    2 files not analysed
    ");
}

#[cfg(unix)]
#[test]
fn pipes_links_and_loops() {
    use std::os::unix::fs::symlink;

    let folder = beside(&[]);
    let made = Command::new("mkfifo")
        .arg(folder.path("shop/pipe.py"))
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    symlink(folder.path("."), folder.path("shop/loop")).unwrap();
    symlink(folder.path("shop/itself.py"), folder.path("shop/itself.py")).unwrap();
    symlink("/etc/hostname", folder.path("shop/outside.py")).unwrap();
    symlink(folder.path("shop/gone.py"), folder.path("shop/dangling.py")).unwrap();
    assert_snapshot!(folder.quiet(&["check", "--show-skipped"]), @"
    exit code 1
    ----- stdout -----
    shop/witness.py ────────────────────────────────────────────────────── 1 finding

    error LUT001 this file does not parse: unexpected EOF while parsing
      ╭▸ shop/witness.py:2:1 · syntax-error
    2 │
      │ ━
      │
      ╰ help: mend the syntax; the rest of the file was read as far as possible

    Not analysed

      shop/dangling.py  a link that leads nowhere
      shop/itself.py  a link that leads nowhere
      shop/outside.py  a link that leaves the project
      shop/pipe.py  not a regular file

    1 finding (1 error)
    4 files not analysed
    ");
    assert_snapshot!(folder.quiet(&["check", "shop/pipe.py"]), @"
    exit code 2
    ----- stderr -----
    error: neither a file nor a folder: shop/pipe.py
     hint: PATH must be a folder or a regular file
    ");
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let folder = beside(&[("shop/secret.py", "x = 1\n")]);
    let secret = folder.path("shop/secret.py");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&secret).is_ok() {
        // An administrator may read everything.
        return;
    }
    let text = folder.quiet(&["check", "--show-skipped"]);
    assert!(text.starts_with("exit code 1\n"), "{text}");
    assert!(
        text.contains("  shop/secret.py  Permission denied"),
        "{text}"
    );
    assert!(text.contains("shop/witness.py:2:1"), "{text}");
}

#[test]
fn a_file_of_fifty_megabytes() {
    let folder = beside(&[]);
    folder.write("shop/huge.py", vec![b'#'; 50 * 1024 * 1024]);
    assert_snapshot!(folder.quiet(&["check", "--show-skipped"]), @"
    exit code 1
    ----- stdout -----
    shop/witness.py ────────────────────────────────────────────────────── 1 finding

    error LUT001 this file does not parse: unexpected EOF while parsing
      ╭▸ shop/witness.py:2:1 · syntax-error
    2 │
      │ ━
      │
      ╰ help: mend the syntax; the rest of the file was read as far as possible

    Not analysed

      shop/huge.py  50 MiB; files over 8 MiB are not read

    1 finding (1 error)
    1 file not analysed
    ");
}

#[test]
fn a_long_line() {
    let folder = beside(&[]);
    folder.write("shop/long.py", format!("x = [{}\n", "1, ".repeat(300_000)));
    let text = folder.quiet(&["check"]);
    assert!(text.starts_with("exit code 1\n"), "{}", &text[..200]);
    assert!(text.len() < 10_000, "the excerpt is cut");
}

#[test]
fn code_that_nests_deep() {
    let folder = beside(&[]);
    let depth = 10_000;
    let nested =
        |open: &str, close: &str| format!("x = {}1{}\n", open.repeat(depth), close.repeat(depth));
    folder.write("shop/lists.py", nested("[", "]"));
    folder.write("shop/calls.py", nested("f(", ")"));
    folder.write("shop/minus.py", nested("-", ""));
    folder.write("shop/strings.py", nested("f'{", "}'"));
    folder.write("shop/sums.py", format!("x = 1{}\n", " + 1".repeat(depth)));
    folder.write("shop/chain.py", format!("x = a{}\n", ".b()".repeat(depth)));
    folder.write("shop/lambdas.py", nested("lambda: ", ""));
    let mut blocks = String::new();
    for level in 0..90 {
        let _ = writeln!(blocks, "{}if x:", " ".repeat(level));
    }
    folder.write(
        "shop/blocks.py",
        format!("{blocks}{}pass\n", " ".repeat(90)),
    );
    folder.write(
        "shop/elifs.py",
        format!("if x: pass\n{}", "elif y: pass\n".repeat(depth)),
    );
    folder.write("templates/deep.html", "{% if x %}".repeat(depth));
    folder.write("deep.toml", format!("x = {}", "[".repeat(depth)));
    folder.write("compose.yml", format!("x: {}", "[".repeat(depth)));
    let output = folder.output(&["check", "--output-format", "concise"]);
    let text = folder.shown(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("shop/witness.py:2:1: LUT001"), "{text}");
}

#[test]
fn settings_that_import_themselves() {
    let folder = beside(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "from config.settings import *\nfrom .other import *\nDEBUG = DEBUG\n",
        ),
        (
            "config/other.py",
            "from .settings import *\nINSTALLED_APPS = INSTALLED_APPS + INSTALLED_APPS\n",
        ),
    ]);
    assert_snapshot!(concise(&folder), @"
    exit code 1
    ----- stdout -----
    shop/witness.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    ");
    let text = folder.run(&["config", "--settings", "--no-cache"]);
    assert!(!text.starts_with("exit code 3"), "{text}");
}

#[test]
fn models_in_circles() {
    let folder = beside(&[
        ("shop/__init__.py", ""),
        (
            "shop/models.py",
            "from django.db import models\nfrom .more import B\n\n\nclass A(B):\n    b = models.ForeignKey(\"shop.A\", on_delete=models.CASCADE)\n\n\nclass C(C):\n    pass\n",
        ),
        (
            "shop/more.py",
            "from .models import A\n\n\nclass B(A):\n    pass\n",
        ),
    ]);
    assert_snapshot!(concise(&folder), @"
    exit code 1
    ----- stdout -----
    shop/witness.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    ");
}

#[test]
fn names_that_nobody_would_choose() {
    let folder = beside(&[
        ("shop/a b/ünïcödé,x:1.py", "total = (\n"),
        ("shop/::error::.py", "total = (\n"),
        ("shop/-rf.py", "total = (\n"),
    ]);
    assert_snapshot!(concise(&folder), @"
    exit code 1
    ----- stdout -----
    shop/-rf.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    shop/::error::.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    shop/a b/ünïcödé,x:1.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    shop/witness.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    ");
    assert_snapshot!(folder.quiet(&["check", "--output-format", "github"]), @"
    exit code 1
    ----- stdout -----
    ::error title=LUT001 syntax-error,file=shop/-rf.py,line=2,endLine=2,col=1,endColumn=1::this file does not parse: unexpected EOF while parsing%0Amend the syntax; the rest of the file was read as far as possible
    ::error title=LUT001 syntax-error,file=shop/%3A%3Aerror%3A%3A.py,line=2,endLine=2,col=1,endColumn=1::this file does not parse: unexpected EOF while parsing%0Amend the syntax; the rest of the file was read as far as possible
    ::error title=LUT001 syntax-error,file=shop/a b/ünïcödé%2Cx%3A1.py,line=2,endLine=2,col=1,endColumn=1::this file does not parse: unexpected EOF while parsing%0Amend the syntax; the rest of the file was read as far as possible
    ::error title=LUT001 syntax-error,file=shop/witness.py,line=2,endLine=2,col=1,endColumn=1::this file does not parse: unexpected EOF while parsing%0Amend the syntax; the rest of the file was read as far as possible
    ");
}

#[test]
fn an_empty_file_and_a_byte_order_mark() {
    let folder = beside(&[("shop/empty.py", "")]);
    folder.write("shop/mark.py", "\u{feff}x = 1\n");
    folder.write("shop/mac.py", "x = 1\ry = (\r");
    assert_snapshot!(concise(&folder), @"
    exit code 1
    ----- stdout -----
    shop/mac.py:3:1: LUT001 this file does not parse: unexpected EOF while parsing
    shop/witness.py:2:1: LUT001 this file does not parse: unexpected EOF while parsing
    ");
}
