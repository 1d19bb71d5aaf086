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

/// What is said of columns and indexes in a project with these migrations released on `main`, and more
/// of them on a branch.
fn since(folder: &Folder, options: &[&str]) -> String {
    let rules = [
        "check",
        "--select",
        "MIG005,MIG012",
        "--output-format",
        "concise",
    ];
    let mut command = folder.command(&[&rules, options].concat());
    let path = env::var_os("PATH").unwrap_or_default();
    folder.shown(&command.env("PATH", path).output().expect("luthier runs"))
}

#[test]
fn what_is_released_does_no_harm() {
    let folder = branched();
    let change = |name: &str, before: &str, operations: &str| {
        let text = migration(operations).replace(
            "    operations",
            &format!("    dependencies = [('shop', '{before}')]\n    operations"),
        );
        folder.write(&format!("shop/migrations/{name}.py"), text);
    };
    let id = "('id', models.BigAutoField(primary_key=True))";
    folder.write(
        "shop/migrations/0001_initial.py",
        migration(&format!("migrations.CreateModel('Order', [{id}])")),
    );
    std::fs::remove_file(folder.path("shop/migrations/0003_note.py")).unwrap();
    change("0002_total", "0001_initial", ADD);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "released"]);
    git(&folder, &["tag", "v1.0"]);
    change(
        "0003_lines",
        "0002_total",
        &format!(
            "migrations.CreateModel('Line', [{id}, ('amount', models.IntegerField())]), migrations.AddIndex('order', models.Index(fields=['total'], name='by_total'))"
        ),
    );
    change(
        "0004_index",
        "0003_lines",
        "migrations.AddIndex('line', models.Index(fields=['amount'], name='by_amount'))",
    );
    assert_snapshot!(since(&folder, &[]), @r"
    exit code 1
    ----- stdout -----
    shop/migrations/0002_total.py:6:19: MIG005 `Order.total` is added NOT NULL without a value: the migration fails where the table has rows, and so do INSERTs of processes that still run the release before
    shop/migrations/0003_lines.py:6:135: MIG012 the index `by_total` of `Order` is built while writes of the table wait on PostgreSQL, for long where it is large
    shop/migrations/0004_index.py:6:19: MIG012 the index `by_amount` of `Line` is built while writes of the table wait on PostgreSQL, for long where it is large
    ");
    assert_snapshot!(since(&folder, &["--since", "v1.0"]), @r"
    exit code 1
    ----- stdout -----
    shop/migrations/0003_lines.py:6:135: MIG012 the index `by_total` of `Order` is built while writes of the table wait on PostgreSQL, for long where it is large
    ");
    assert_snapshot!(since(&folder, &["--since", "shop.0003_lines"]), @r"
    exit code 1
    ----- stdout -----
    shop/migrations/0004_index.py:6:19: MIG012 the index `by_amount` of `Line` is built while writes of the table wait on PostgreSQL, for long where it is large
    ");
    assert_snapshot!(since(&folder, &["--base", "v1.0"]), @r"
    exit code 1
    ----- stdout -----
    shop/migrations/0003_lines.py:6:135: MIG012 the index `by_total` of `Order` is built while writes of the table wait on PostgreSQL, for long where it is large
    ");
    assert_snapshot!(since(&folder, &["--since", "shop.0009_gone"]), @r"
    exit code 2
    ----- stderr -----
    error: neither a commit nor a migration of the project: shop.0009_gone
     hint: --since takes what git knows as a commit, or the last migration that is released: `app.name`
    ");
    assert_snapshot!(since(&folder, &["--since", "v2"]), @r"
    exit code 2
    ----- stderr -----
    error: cannot tell what `v2` released: no such commit: v2
     hint: --since takes what git knows as a commit, or the last migration that is released: `app.name`
    ");
}
