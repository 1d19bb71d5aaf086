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

#[test]
fn an_import_goes_with_its_last_use() {
    let models = |imports: &str, rest: &str| {
        format!(
            "{imports}from django.db import models\n\n\nclass Customer(models.Model):\n    user = models.OneToOneField(User, models.CASCADE)\n    agent = models.ForeignKey(User, models.CASCADE, related_name=\"+\")\n    other = models.ForeignKey(User, models.CASCADE, related_name=\"+\")\n{rest}"
        )
    };
    let settings = "from django.conf import settings\n";
    let user = "from django.contrib.auth.models import User\n";
    let exported = "__all__ = [\"User\"]\n";
    let folder = Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "ROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = [\"django.contrib.auth\", \"one\", \"two\", \"three\"]\n",
        ),
        ("one/__init__.py", ""),
        ("one/models.py", &models(&format!("{settings}{user}"), "")),
        ("two/__init__.py", ""),
        (
            "two/models.py",
            &models(
                "from django.contrib.auth.models import Group, User\n",
                "group = Group\n",
            ),
        ),
        ("three/__init__.py", ""),
        ("three/models.py", &models(user, exported)),
    ]);
    folder.run(&["check", "--fix", "--select", "ARC002"]);
    let fixed = |imports: &str, rest: &str| {
        models(imports, rest).replace("(User,", "(settings.AUTH_USER_MODEL,")
    };
    assert_eq!(folder.read("one/models.py"), fixed(settings, ""));
    assert_eq!(
        folder.read("two/models.py"),
        fixed(
            &format!("{settings}from django.contrib.auth.models import Group\n"),
            "group = Group\n"
        )
    );
    assert_eq!(
        folder.read("three/models.py"),
        fixed(&format!("{settings}{user}"), exported)
    );
}
