//! `luthier review`. What it says of the example project is tested with the analysis.

use crate::Folder;

fn project() -> Folder {
    Folder::project(&[
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "ROOT_URLCONF = \"config.urls\"\nINSTALLED_APPS = []\nSECRET_KEY = \"x\"\n",
        ),
        ("config/urls.py", "urlpatterns = []\n"),
    ])
}

#[test]
fn the_page_in_every_format() {
    for format in ["text", "json", "markdown", "html"] {
        let output = project().output(&["review", "--output-format", format, "--exit-zero"]);
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert!(output.stderr.is_empty(), "{format}");
        assert!(!output.stdout.is_empty(), "{format}");
    }
}
