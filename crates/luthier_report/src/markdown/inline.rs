//! Untrusted text within a line of Markdown, also within a table.

use crate::plain;

/// A message: what stands between backticks stays code, everything else is shown as it is.
pub(super) fn prose(text: &str) -> String {
    let line = plain::line(text);
    if !line.matches('`').count().is_multiple_of(2) {
        return literal(&line);
    }
    let mut out = String::with_capacity(line.len());
    for (index, part) in line.split('`').enumerate() {
        if index % 2 == 0 {
            out.push_str(&literal(part));
        } else {
            out.push_str(&code(part));
        }
    }
    out
}

/// A code span. Its fence is longer than any run of backticks within.
pub(super) fn code(text: &str) -> String {
    let line = plain::line(text);
    if line.trim().is_empty() {
        return String::new();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in line.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    // In a table, a bar ends the cell even within code.
    format!("{fence}{space}{}{space}{fence}", line.replace('|', "\\|"))
}

/// No markup, no HTML, and no one notified.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_backticks_are_markup() {
        assert_eq!(
            prose("`a|b` <b>*x*</b> @team"),
            "`a\\|b` &lt;b&gt;\\*x\\*&lt;/b&gt; &#64;team"
        );
        assert_eq!(prose("one ` alone"), "one \\` alone");
        assert_eq!(code("a``b"), "``` a``b ```");
    }
}
