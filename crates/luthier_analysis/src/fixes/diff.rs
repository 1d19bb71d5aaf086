//! Changes as a unified diff, for `--diff`.

use luthier_source::write::Change;
use similar::TextDiff;

/// All changes as one text that `patch -p1` and `git apply` take.
pub fn diff(changes: &[Change]) -> String {
    let mut text = String::new();
    for change in changes {
        let before = change.before.as_deref().unwrap_or("");
        let old_name = match change.before {
            Some(_) => format!("a/{}", change.path),
            None => "/dev/null".to_owned(),
        };
        let after = change.after.as_deref().unwrap_or("");
        let new_name = match change.after {
            Some(_) => format!("b/{}", change.path),
            None => "/dev/null".to_owned(),
        };
        let diff = TextDiff::from_lines(before, after);
        let mut unified = diff.unified_diff();
        unified.context_radius(3);
        unified.header(&old_name, &new_name);
        text.push_str(&unified.to_string());
    }
    text
}
