//! Words and colours, each with one meaning; everything reads the same without colour.

use anstyle::{AnsiColor, Style};
use luthier_diagnostics::Severity;

/// What the reader's screen can show.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub color: bool,
    /// Columns to fit into.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            color: false,
            width: 80,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Breaks or endangers production; a check that failed.
    Bad,
    /// Will hurt; what could not be judged.
    Worry,
    /// Advice.
    Advice,
    /// A check that passed.
    Good,
    /// What to type.
    Command,
    Heading,
    /// Background: places, counts.
    Faint,
}

impl Tone {
    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Worry,
            Severity::Info => Self::Advice,
        }
    }

    pub(crate) const fn style(self) -> Style {
        match self {
            Self::Bad => AnsiColor::BrightRed.on_default().bold(),
            Self::Worry => AnsiColor::Yellow.on_default().bold(),
            Self::Advice => AnsiColor::BrightBlue.on_default().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Command => AnsiColor::Cyan.on_default(),
            Self::Heading => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
        }
    }
}

impl Look {
    /// `text` in the colours of `tone`, where there are colours.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let style = tone.style();
        format!("{style}{text}{style:#}")
    }
}

/// The word for a severity: advice is no defect, so it is not called a warning.
pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "advice",
    }
}
