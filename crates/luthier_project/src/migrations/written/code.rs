//! Python code that is not there yet, laid out as Black does.

use std::collections::BTreeSet;
use std::fmt::Write;

/// An expression with what it has to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    shape: Shape,
    pub(in crate::migrations) imports: BTreeSet<Import>,
}

/// `import module`, or `from module import name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Import {
    pub module: String,
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Plain(String),
    Bracketed {
        /// What comes before the items, the bracket included.
        open: String,
        /// Each with what comes before it: `name=`, `"key": `.
        items: Vec<(String, Shape)>,
        close: char,
        /// Whether each item has a line of its own however short they are.
        is_broken: bool,
    },
}

const WIDTH: usize = 88;
const STEP: &str = "    ";

impl Code {
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            shape: Shape::Plain(text.into()),
            imports: BTreeSet::new(),
        }
    }

    /// A text in double quotes.
    pub fn text(text: &str) -> Self {
        Self::plain(quoted(text))
    }

    /// A text over several lines, in three quotes.
    pub fn long_text(text: &str) -> Self {
        let text = text.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
        Self::plain(format!("\"\"\"\n{text}\n\"\"\""))
    }

    /// A call without arguments so far.
    pub fn call(callee: &str) -> Self {
        Self::bracketed(format!("{callee}("), ')')
    }

    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let list = Self::bracketed("[".to_owned(), ']');
        items.into_iter().fold(list, Self::item)
    }

    pub(super) fn bracketed(open: String, close: char) -> Self {
        Self {
            shape: Shape::Bracketed {
                open,
                items: Vec::new(),
                close,
                is_broken: false,
            },
            imports: BTreeSet::new(),
        }
    }

    #[must_use]
    pub fn item(self, item: Self) -> Self {
        self.item_after("", item)
    }

    #[must_use]
    pub fn argument(self, name: &str, value: Self) -> Self {
        self.item_after(&format!("{name}="), value)
    }

    #[must_use]
    pub(super) fn item_after(mut self, before: &str, item: Self) -> Self {
        if let Shape::Bracketed { items, .. } = &mut self.shape {
            items.push((before.to_owned(), item.shape));
        }
        self.imports.extend(item.imports);
        self
    }

    /// With a line for each item.
    #[must_use]
    pub fn broken(mut self) -> Self {
        if let Shape::Bracketed { is_broken, .. } = &mut self.shape {
            *is_broken = true;
        }
        self
    }

    #[must_use]
    pub fn import(mut self, module: &str) -> Self {
        self.imports.insert(Import {
            module: module.to_owned(),
            name: None,
        });
        self
    }

    #[must_use]
    pub fn import_from(mut self, module: &str, name: &str) -> Self {
        self.imports.insert(Import {
            module: module.to_owned(),
            name: Some(name.to_owned()),
        });
        self
    }

    /// A call of it without arguments.
    #[must_use]
    pub fn called(self) -> Self {
        let text = self.laid_out(0, 0, 0);
        Self {
            shape: Shape::Plain(format!("{text}()")),
            ..self
        }
    }

    pub fn imports(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter()
    }

    /// The code at a depth of indentation, without a line break at its end; `before` and `after` are
    /// what else is on its first and last line.
    pub fn laid_out(&self, depth: usize, before: usize, after: usize) -> String {
        self.shape.laid_out(depth, before, after)
    }
}

impl Shape {
    fn laid_out(&self, depth: usize, before: usize, after: usize) -> String {
        let indent = STEP.repeat(depth);
        match self {
            // The lines of a text are a part of it.
            Self::Plain(text) => text.clone(),
            Self::Bracketed {
                open, items, close, ..
            } => {
                let flat = self.flat();
                let room = WIDTH.saturating_sub(indent.len() + before + after);
                match flat {
                    Some(flat) if flat.chars().count() <= room => flat,
                    _ if items.is_empty() => format!("{open}{close}"),
                    _ => {
                        let mut out = format!("{open}\n");
                        for (name, item) in items {
                            let item = item.laid_out(depth + 1, name.len(), 1);
                            let _ = writeln!(out, "{indent}{STEP}{name}{item},");
                        }
                        out.extend([&*indent, &close.to_string()]);
                        out
                    }
                }
            }
        }
    }

    /// In one line, where that may be.
    fn flat(&self) -> Option<String> {
        match self {
            Self::Plain(text) => (!text.contains('\n')).then(|| text.clone()),
            Self::Bracketed {
                is_broken: true,
                items,
                ..
            } if !items.is_empty() => None,
            Self::Bracketed {
                open, items, close, ..
            } => {
                let parts: Option<Vec<String>> = items
                    .iter()
                    .map(|(name, item)| Some(format!("{name}{}", item.flat()?)))
                    .collect();
                let parts = parts?;
                let is_tuple_of_one = open == "(" && parts.len() == 1;
                let comma = if is_tuple_of_one { "," } else { "" };
                Some(format!("{open}{}{comma}{close}", parts.join(", ")))
            }
        }
    }
}

/// A text as Python writes it, in double quotes unless it has some and no single ones.
pub(super) fn quoted(text: &str) -> String {
    let quote = match text.contains('"') && !text.contains('\'') {
        true => '\'',
        false => '"',
    };
    let mut out = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => out.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::{Code, quoted};

    #[test]
    fn short_calls_stay_in_one_line_and_long_ones_do_not() {
        let field = |length: &str| {
            Code::call("models.CharField")
                .argument("max_length", Code::plain(length))
                .argument("null", Code::plain("True"))
        };
        let operation = Code::call("migrations.AddField")
            .argument("name", Code::text("reference"))
            .argument("field", field("20"))
            .broken();
        assert_eq!(
            operation.laid_out(2, 0, 1),
            "migrations.AddField(\n            name=\"reference\",\n            \
             field=models.CharField(max_length=20, null=True),\n        )"
        );
        let long = field(&"1".repeat(60)).laid_out(1, 0, 0);
        assert!(long.ends_with(",\n        null=True,\n    )"), "{long}");
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("it's"), "\"it's\"");
        assert_eq!(quoted("a \"b\""), "'a \"b\"'");
        assert_eq!(quoted("'\"\n"), "\"'\\\"\\n\"");
    }
}
