//! `luthier check --base`: what changed since the commit where a branch left another one.

use std::env;
use std::process::Command;

use insta::assert_snapshot;

use crate::Folder;

/// Runs git in the folder, as nobody in particular.
pub(crate) fn git(folder: &Folder, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.c"])
        .args(arguments)
        .current_dir(folder.path("."))
        .status()
        .expect("git runs");
    assert!(status.success(), "git {arguments:?}");
}

fn migration(operations: &str) -> String {
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    operations = [{operations}]\n"
    )
}

const ADD: &str = "migrations.AddField('order', 'total', models.IntegerField())";

/// A project whose migrations are on `main`, on a branch of its own.
fn branched() -> Folder {
    let folder = Folder::project(&[
        (
            "config/settings.py",
            "INSTALLED_APPS = ['shop']\nSECRET_KEY = 'x'\n",
        ),
        ("shop/__init__.py", ""),
        ("shop/migrations/__init__.py", ""),
        ("shop/migrations/0001_initial.py", &migration("")),
        ("shop/migrations/0002_total.py", &migration(ADD)),
        ("shop/migrations/0003_note.py", &migration("")),
    ]);
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
    git(&folder, &["checkout", "-q", "-b", "branch"]);
    folder
}

fn compared(folder: &Folder, revision: &str) -> String {
    let mut command = folder.command(&[
        "check",
        "--base",
        revision,
        "--select",
        "MIG004",
        "--output-format",
        "concise",
    ]);
    let path = env::var_os("PATH").unwrap_or_default();
    folder.shown(&command.env("PATH", path).output().expect("luthier runs"))
}

#[test]
fn edited_and_removed_migrations_are_reported() {
    let folder = branched();
    folder.write(
        "shop/migrations/0002_total.py",
        migration("migrations.AddField('order', 'total', models.TextField())"),
    );
    std::fs::remove_file(folder.path("shop/migrations/0003_note.py")).unwrap();
    folder.write("shop/migrations/0004_new.py", migration(ADD));
    assert_snapshot!(compared(&folder, "main"), @"
    exit code 1
    ----- stdout -----
    shop/migrations/0002_total.py:4:7: MIG004 `shop.0002_total` was changed since it was on the base branch: its operations
    shop/migrations/0004_new.py:4:7: MIG004 `shop.0003_note` is on the base branch and is gone
    ");
}

#[test]
fn what_main_got_since_is_no_change_of_the_branch() {
    let folder = branched();
    git(&folder, &["checkout", "-q", "main"]);
    folder.write("shop/migrations/0004_of_main.py", migration(ADD));
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "second"]);
    git(&folder, &["checkout", "-q", "branch"]);
    assert_snapshot!(compared(&folder, "main"), @"exit code 0");
}

#[test]
fn what_git_does_not_know() {
    assert_snapshot!(compared(&branched(), "nowhere"), @"
    exit code 2
    ----- stderr -----
    error: cannot compare with `nowhere`: no such commit: nowhere
     hint: --base takes what git knows as a commit; in CI, fetch the branch that it is on
    ");
    let elsewhere = compared(&Folder::project(&[("shop/__init__.py", "")]), "main");
    assert!(elsewhere.contains("not a git repository"), "{elsewhere}");
}
