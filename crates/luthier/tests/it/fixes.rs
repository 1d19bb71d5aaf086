//! `--fix` and `--diff`.

use insta::assert_snapshot;

use crate::Folder;

const UNUSED: &[(&str, &str)] = &[(
    "shop/views.py",
    "count = 1  # luthier: ignore[LUT001]\ntotal = 2\n",
)];

#[test]
fn a_diff_changes_nothing() {
    let folder = Folder::project(UNUSED);
    assert_snapshot!(folder.quiet(&["check", "--diff"]), @"
    exit code 1
    ----- stdout -----
    --- a/shop/views.py
    +++ b/shop/views.py
    @@ -1,2 +1,2 @@
    -count = 1  # luthier: ignore[LUT001]
    +count = 1
     total = 2
    ----- stderr -----
    1 finding would be mended in 1 file (1 LUT002)
    ");
    assert_eq!(folder.read("shop/views.py"), UNUSED[0].1);
}

#[test]
fn a_fix_changes_the_file() {
    let folder = Folder::project(UNUSED);
    assert_snapshot!(folder.quiet(&["check", "--fix"]), @"
    exit code 0
    ----- stdout -----
    No findings.
    ----- stderr -----
    1 finding mended in 1 file (1 LUT002)
    ");
    assert_snapshot!(folder.read("shop/views.py"), @"
    count = 1
    total = 2
    ");
    assert_snapshot!(folder.quiet(&["check", "--fix"]), @"
    exit code 0
    ----- stdout -----
    No findings.
    ");
}

#[test]
fn unsafe_fixes_need_a_verb() {
    assert_snapshot!(Folder::project(UNUSED).quiet(&["check", "--unsafe-fixes"]), @"
    exit code 2
    ----- stderr -----
    error: --unsafe-fixes alone changes nothing
     hint: add --diff to see the changes, --fix to make them
    ");
}

#[test]
fn what_contradicts_is_refused() {
    assert_snapshot!(Folder::project(UNUSED).quiet(&["check", "--fix", "--diff"]), @"
    exit code 2
    ----- stderr -----
    error: the argument '--fix' cannot be used with '--diff'

    Usage: luthier check --fix --select <RULES> --no-cache [PATH]...

    For more information, try '--help'.
    ");
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let folder = Folder::project(&[]);
    let outside = Folder::with(&[("views.py", UNUSED[0].1)]);
    std::os::unix::fs::symlink(outside.path("views.py"), folder.path("views.py")).unwrap();
    assert_snapshot!(folder.quiet(&["check", "--fix", "--show-skipped"]), @"
    exit code 0
    ----- stdout -----
    Not analysed

      views.py  a link that leaves the project

    No findings.
    1 file not analysed
    ");
    assert_eq!(outside.read("views.py"), UNUSED[0].1);
}
