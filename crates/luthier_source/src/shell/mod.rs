//! POSIX shell as far as deployment uses it: which commands does a script run, with which words?
//!
//! Expansions are not evaluated; a word that holds one says so. What runs only under a condition
//! is marked, so that "the image starts the development server" can be told from "the image
//! starts it when asked to". One pass over the bytes, no recursion.

mod scan;

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::mapped::Positions;

/// The simple commands of a script in the order in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellScript {
    pub commands: Vec<ShellCommand>,
}

/// One simple command; redirections are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellCommand {
    /// `NAME=value` before the command, or alone.
    pub assignments: Vec<ShellAssignment>,
    /// The command's name and arguments; empty when there are only assignments.
    pub words: Vec<Word>,
    /// Inside `if`, `case`, a loop on a condition, a function, or behind `||` or a test.
    pub conditional: bool,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShellAssignment {
    pub name: String,
    pub value: Word,
}

/// One word with its quotes resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub text: String,
    /// Whether the text is what the program will get: it holds no expansion.
    pub literal: bool,
    pub span: Span,
}

impl Word {
    /// The text when it is known.
    pub fn as_literal(&self) -> Option<&str> {
        self.literal.then_some(self.text.as_str())
    }
}

/// Reads a script or command line whose first byte is at `offset` of its file.
pub fn parse_shell(text: &str, offset: u32) -> ShellScript {
    parse_shell_at(text, Positions::From(offset))
}

/// Reads the script in a word, such as the one behind `sh -c`; everything in it is at the word.
pub fn parse_shell_word(word: &Word) -> ShellScript {
    parse_shell_at(&word.text, Positions::Fixed(word.span))
}

/// Reads a script whose text was put together from pieces of its file.
pub(crate) fn parse_shell_at(text: &str, positions: Positions<'_>) -> ShellScript {
    scan::Scanner::new(text, positions).run()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a command: `?` marks conditional ones, `$word` those with expansions.
    #[track_caller]
    fn check(script: &str, expected: &[&str]) {
        let outline: Vec<String> = parse_shell(script, 0)
            .commands
            .iter()
            .map(|command| {
                let mut parts: Vec<String> = Vec::new();
                parts.extend(command.conditional.then(|| "?".to_owned()));
                parts.extend(
                    command
                        .assignments
                        .iter()
                        .map(|a| format!("{}={}", a.name, a.value.text)),
                );
                parts.extend(command.words.iter().map(|word| format!("<{}>", word.text)));
                parts.join(" ")
            })
            .collect();
        assert_eq!(outline, expected, "{script}");
    }

    #[test]
    fn splits_words_and_commands() {
        check(
            "python  manage.py 'migrate --x' && exec gunicorn \"a b\":c",
            &[
                "<python> <manage.py> <migrate --x>",
                "<exec> <gunicorn> <a b:c>",
            ],
        );
        check(
            "A=1 B=\"x y\" cmd C=2 # note\nD=3",
            &["A=1 B=x y <cmd> <C=2>", "D=3"],
        );
        check("a \\\n  b\\ c|d;e&f", &["<a> <b c>", "<d>", "<e>", "<f>"]);
        check(
            "gunicorn -b 0.0.0.0:${PORT:-80 00} $(nproc --all) `id -u`",
            &["<gunicorn> <-b> <0.0.0.0:${PORT:-80 00}> <$(nproc --all)> <`id -u`>"],
        );
    }

    #[test]
    fn redirections_and_heredocs_are_no_words() {
        check("a >out 2>&1 <in b >> log", &["<a> <b>"]);
        check(
            "cat <<-'EOF' > f && next\n\trunserver\n\tEOF\nlast",
            &["<cat>", "<next>", "<last>"],
        );
        check("cat <<EOF\nnever closed", &["<cat>"]);
        check("a <<< text b", &["<a> <b>"]);
    }

    #[test]
    fn conditions_are_marked() {
        check(
            "if [ \"$X\" = 1 ]; then a; else b; fi; c",
            &["<[> <$X> <=> <1> <]>", "? <a>", "? <b>", "<c>"],
        );
        check(
            "[ -n \"$X\" ] && a && b; c || d; e && f",
            &[
                "<[> <-n> <$X> <]>",
                "? <a>",
                "? <b>",
                "<c>",
                "? <d>",
                "<e>",
                "<f>",
            ],
        );
        check(
            "case \"$1\" in\n web|worker) a;;\n *)\n  b ;;\nesac\nc",
            &["? <a>", "? <b>", "<c>"],
        );
        check(
            "start() {\n a\n}\nfunction go { b; }\n{ c; }\n(d)",
            &["? <a>", "? <b>", "<c>", "<d>"],
        );
        check(
            "until pg_isready -h db; do sleep 1; done\nfor x in 1 2; do e; done",
            &["<pg_isready> <-h> <db>", "? <sleep> <1>", "<e>"],
        );
    }

    #[test]
    fn words_know_their_place_and_whether_they_are_literal() {
        let script = "run \"$X\"/y '$no'";
        let words = &parse_shell(script, 0).commands[0].words;
        assert_eq!(
            words
                .iter()
                .map(|word| word.span.text(script))
                .collect::<Vec<_>>(),
            ["run", "\"$X\"/y", "'$no'"]
        );
        assert_eq!(
            words.iter().map(|word| word.literal).collect::<Vec<_>>(),
            [true, false, true]
        );
    }

    #[test]
    fn broken_scripts_end_without_panic() {
        let script = "if a; then \"ü$(b 'c' `d` ${e:-\"f\"}) \\\n<<X g() { case h in i) j;; esac }\nX\n) } fi done é";
        for end in (0..=script.len()).filter(|end| script.is_char_boundary(*end)) {
            parse_shell(&script[..end], 0);
            parse_shell(&script[end..], 0);
        }
        parse_shell(&"$(".repeat(100_000), 0);
        parse_shell(&"<<a ".repeat(100_000), 0);
        parse_shell(&"case x in (".repeat(50_000), 0);
    }
}
