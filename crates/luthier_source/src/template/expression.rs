//! Filter expressions: `order.total|floatformat:2|default:"-"`.

use super::split::Bit;
use super::{Expression, Filter, Operand};
use crate::Span;

/// Reads an expression that fills `text`, whose first byte is at `offset` of its file. `None`
/// when Django would refuse it.
pub fn parse_expression(text: &str, offset: u32) -> Option<Expression> {
    let mut rest = Rest { text, at: 0 };
    let operand = rest.constant().or_else(|| rest.variable())?;
    let mut filters = Vec::new();
    while let Some(start) = rest.pipe() {
        let name = rest
            .take(|c| c.is_alphanumeric() || c == '_')
            .filter(|name| !name.is_empty())?;
        let argument = if rest.skip(":") {
            Some(rest.constant().or_else(|| rest.variable())?)
        } else {
            None
        };
        let span = Span::new(offset + start as u32, offset + rest.at as u32);
        filters.push(Filter {
            name: name.to_owned(),
            argument,
            span,
        });
    }
    let whole = rest.at == text.len();
    whole.then(|| Expression {
        operand,
        filters,
        span: Span::new(offset, offset + text.len() as u32),
    })
}

pub(super) fn bit_expression(bit: Bit<'_>) -> Option<Expression> {
    parse_expression(bit.text, bit.start)
}

struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    fn take(&mut self, accept: impl Fn(char) -> bool) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end)
    }

    /// `|` with blanks around it: where the filter's name starts.
    fn pipe(&mut self) -> Option<usize> {
        let body = self.rest().trim_start().strip_prefix('|')?.trim_start();
        self.at = self.text.len() - body.len();
        Some(self.at)
    }

    /// `"…"`, `'…'`, `_("…")` or `_('…')`.
    fn constant(&mut self) -> Option<Operand> {
        let start = self.at;
        let translated = self.skip("_(");
        let found = self.quoted().filter(|_| !translated || self.skip(")"));
        if found.is_none() {
            self.at = start;
        }
        found.map(|value| Operand::Text { value, translated })
    }

    fn quoted(&mut self) -> Option<String> {
        let mut chars = self.rest().char_indices();
        let (_, quote) = chars.next().filter(|(_, c)| matches!(c, '"' | '\''))?;
        let within = &self.rest()[quote.len_utf8()..];
        let end = within.find([quote, '\\'])?;
        if within[end..].starts_with(quote) {
            self.at += end + 2 * quote.len_utf8();
            return Some(within[..end].to_owned());
        }
        let mut value = String::new();
        while let Some((at, character)) = chars.next() {
            match character {
                '\\' => {
                    let (_, escaped) = chars.next()?;
                    // Only quotes and backslashes are unescaped; other pairs stay as they are.
                    if escaped != quote && escaped != '\\' {
                        value.push('\\');
                    }
                    value.push(escaped);
                }
                character if character == quote => {
                    self.at += at + quote.len_utf8();
                    return Some(value);
                }
                character => value.push(character),
            }
        }
        None
    }

    /// A number, or a dotted path of names; Django refuses parts that start with an underscore.
    fn variable(&mut self) -> Option<Operand> {
        let start = self.at;
        if self.skip("-") || self.skip("+") {
            self.take(|c| c.is_ascii_digit() || matches!(c, '.' | 'e'))?;
            let text = &self.text[start..self.at];
            return is_number(&text[1..]).then(|| Operand::Number(text.to_owned()));
        }
        let text = self.take(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))?;
        if is_number(text) {
            return Some(Operand::Number(text.to_owned()));
        }
        let private = text.starts_with('_') || text.contains("._");
        let broken =
            text.is_empty() || text.starts_with('.') || text.ends_with('.') || text.contains("..");
        (!private && !broken).then(|| Operand::Variable(text.to_owned()))
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Option<String> {
        let show = |operand: &Operand| match operand {
            Operand::Text {
                value,
                translated: true,
            } => format!("_{value:?}"),
            Operand::Text { value, .. } => format!("{value:?}"),
            Operand::Number(number) => format!("#{number}"),
            Operand::Variable(path) => path.clone(),
        };
        let expression = parse_expression(text, 0)?;
        let mut shown = show(&expression.operand);
        for filter in &expression.filters {
            let argument = filter
                .argument
                .as_ref()
                .map(|argument| format!("({})", show(argument)));
            shown = format!("{shown} | {}{}", filter.name, argument.unwrap_or_default());
        }
        Some(shown)
    }

    #[test]
    fn reads_operands_and_filters() {
        let cases = [
            ("order.customer.name", Some("order.customer.name")),
            (
                "x|default:\"a|b\"|floatformat:-2",
                Some("x | default(\"a|b\") | floatformat(#-2)"),
            ),
            ("x | upper |date:fmt", Some("x | upper | date(fmt)")),
            ("_(\"Hello\")|title", Some("_\"Hello\" | title")),
            ("'it\\'s'", Some("\"it's\"")),
            ("1.5e3", Some("#1.5e3")),
            ("1.5e-3", None),
            ("-1", Some("#-1")),
            ("1st", Some("1st")),
            ("rows.0.name", Some("rows.0.name")),
            ("x|default: 1", None),
            ("x|", None),
            ("x y", None),
            ("_private", None),
            ("a._b", None),
            ("a..b", None),
            ("\"open", None),
            ("", None),
            ("a == b", None),
        ];
        for (text, expected) in cases {
            assert_eq!(outline(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn filters_know_their_place() {
        let text = "x | default:'ü'|upper";
        let expression = parse_expression(text, 0).unwrap();
        let spans: Vec<&str> = expression
            .filters
            .iter()
            .map(|filter| filter.span.text(text))
            .collect();
        assert_eq!(spans, ["default:'ü'", "upper"]);
    }
}
