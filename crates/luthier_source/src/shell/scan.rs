//! The scanner: bytes to commands.

use super::{ShellAssignment, ShellCommand, ShellScript, Word};
use crate::mapped::Positions;

pub(super) struct Scanner<'a> {
    text: &'a str,
    positions: Positions<'a>,
    at: usize,
    script: ShellScript,
    /// The words of the command being read.
    words: Vec<Word>,
    command_start: Option<usize>,
    command_end: usize,
    /// The command being read is behind `||` or a test.
    chained_condition: bool,
    /// What is open around it.
    frames: Vec<Frame>,
    /// How many of `frames` make what is inside them conditional.
    conditional_frames: usize,
    /// `name()` or `function name` was read: the next `{` opens its body.
    function_pending: bool,
    /// Delimiters of heredocs that start at the next line.
    heredocs: Vec<(String, bool)>,
}

struct Frame {
    kind: FrameKind,
    conditional: bool,
    /// In a `case`: what comes next is a pattern, not a command.
    pattern: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FrameKind {
    If,
    Loop,
    For,
    Case,
    Brace,
    Paren,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, positions: Positions<'a>) -> Self {
        Self {
            text,
            positions,
            at: 0,
            script: ShellScript::default(),
            words: Vec::new(),
            command_start: None,
            command_end: 0,
            chained_condition: false,
            frames: Vec::new(),
            conditional_frames: 0,
            function_pending: false,
            heredocs: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> ShellScript {
        while let Some(byte) = self.byte(0) {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.line_break_at(1) => self.skip_continuation(),
                b'\n' => self.line_break(),
                b'#' => self.at = self.line_end(),
                b';' => self.semicolon(),
                b'&' | b'|' => self.connector(),
                b'(' => self.open_paren(),
                b')' => self.close_paren(),
                b'<' | b'>' => self.redirection(),
                _ => self.word(),
            }
        }
        self.end_command();
        self.script
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn line_break_at(&self, ahead: usize) -> bool {
        matches!(
            (self.byte(ahead), self.byte(ahead + 1)),
            (Some(b'\n'), _) | (Some(b'\r'), Some(b'\n'))
        )
    }

    fn skip_continuation(&mut self) {
        self.at += if self.byte(1) == Some(b'\n') { 2 } else { 3 };
    }

    fn line_end(&self) -> usize {
        memchr_from(self.text, self.at, b'\n').unwrap_or(self.text.len())
    }

    fn line_break(&mut self) {
        self.at += 1;
        self.end_command();
        self.chained_condition = false;
        for (delimiter, strip_tabs) in std::mem::take(&mut self.heredocs) {
            self.skip_heredoc(&delimiter, strip_tabs);
        }
    }

    fn skip_heredoc(&mut self, delimiter: &str, strip_tabs: bool) {
        while self.at < self.text.len() {
            let end = self.line_end();
            let line = self.text[self.at..end].trim_end_matches('\r');
            let line = if strip_tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            self.at = (end + 1).min(self.text.len());
            if line == delimiter {
                return;
            }
        }
    }

    fn semicolon(&mut self) {
        let ends_case_branch = self.byte(1) == Some(b';');
        self.at += 1;
        self.end_command();
        self.chained_condition = false;
        if ends_case_branch {
            self.expect_pattern(true);
        }
    }

    fn connector(&mut self) {
        if self.in_pattern() {
            self.at += 1;
            return;
        }
        let byte = self.byte(0);
        let doubled = byte == self.byte(1);
        let was_test = self.words.first().is_some_and(|word| is_test(&word.text));
        self.at += if doubled { 2 } else { 1 };
        self.end_command();
        match (byte, doubled) {
            (Some(b'&'), true) => self.chained_condition |= was_test,
            (Some(b'|'), true) => self.chained_condition = true,
            (Some(b'&'), false) => self.chained_condition = false,
            _ => {}
        }
    }

    fn open_paren(&mut self) {
        self.at += 1;
        if self.words.len() == 1 && self.rest_opens_function() {
            self.discard_command();
            self.function_pending = true;
        } else if self.in_pattern() {
            // The optional parenthesis before a pattern.
        } else {
            self.end_command();
            self.push_frame(FrameKind::Paren, false);
        }
    }

    /// `name` `(` was read: whether `)` follows, which is then read too.
    fn rest_opens_function(&mut self) -> bool {
        let blanks = self.text[self.at..]
            .bytes()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let closes = self.byte(blanks) == Some(b')');
        if closes {
            self.at += blanks + 1;
        }
        closes
    }

    fn close_paren(&mut self) {
        self.at += 1;
        if self.in_pattern() {
            self.discard_command();
            self.expect_pattern(false);
        } else {
            self.end_command();
            self.pop_frame(&[FrameKind::Paren]);
        }
    }

    fn in_pattern(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.pattern)
    }

    fn expect_pattern(&mut self, expected: bool) {
        if let Some(frame) = self.frames.last_mut()
            && frame.kind == FrameKind::Case
        {
            frame.pattern = expected;
        }
    }

    fn redirection(&mut self) {
        // A number directly before it is the file descriptor, not an argument.
        if let Some(last) = self.words.last()
            && self.command_end == self.at
            && last.text.bytes().all(|byte| byte.is_ascii_digit())
        {
            self.words.pop();
        }
        let heredoc =
            self.byte(0) == Some(b'<') && self.byte(1) == Some(b'<') && self.byte(2) != Some(b'<');
        while matches!(self.byte(0), Some(b'<' | b'>' | b'&' | b'|')) {
            self.at += 1;
        }
        let strip_tabs = heredoc && self.byte(0) == Some(b'-');
        self.at += usize::from(strip_tabs);
        while matches!(self.byte(0), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.at_word_end() {
            return;
        }
        let target = self.read_word();
        if heredoc {
            self.heredocs.push((target.text, strip_tabs));
        }
    }

    fn word(&mut self) {
        let start = self.at;
        let word = self.read_word();
        let bare = self.at - start == word.text.len();
        if self.words.is_empty() && bare && self.keyword(&word.text) {
            return;
        }
        self.command_start.get_or_insert(start);
        self.command_end = self.at;
        self.words.push(word);
    }

    /// Acts on a reserved word at the start of a command.
    fn keyword(&mut self, word: &str) -> bool {
        match word {
            "if" => self.push_frame(FrameKind::If, false),
            "while" | "until" => self.push_frame(FrameKind::Loop, false),
            "then" | "else" | "elif" => self.mark_frame(FrameKind::If),
            "do" => self.mark_frame(FrameKind::Loop),
            "fi" => self.pop_frame(&[FrameKind::If]),
            "done" => self.pop_frame(&[FrameKind::Loop, FrameKind::For]),
            "esac" => self.pop_frame(&[FrameKind::Case]),
            "{" => {
                let conditional = std::mem::take(&mut self.function_pending);
                self.push_frame(FrameKind::Brace, conditional);
            }
            "}" => self.pop_frame(&[FrameKind::Brace]),
            "!" | "time" => {}
            "for" | "select" => {
                self.push_frame(FrameKind::For, false);
                self.skip_header(&[]);
            }
            "case" => {
                self.push_frame(FrameKind::Case, true);
                self.skip_header(&["in"]);
            }
            "function" => {
                self.skip_header(&["{"]);
                self.push_frame(FrameKind::Brace, true);
            }
            _ => return false,
        }
        true
    }

    /// Reads words up to one of `stops`, or to the end of the line or command.
    fn skip_header(&mut self, stops: &[&str]) {
        loop {
            while matches!(self.byte(0), Some(b' ' | b'\t' | b'\r'))
                || stops == ["{"] && self.byte(0) == Some(b'\n')
            {
                self.at += 1;
            }
            if stops == ["{"] && matches!(self.byte(0), Some(b'(' | b')')) {
                self.at += 1;
                continue;
            }
            if self.at_word_end() {
                return;
            }
            let word = self.read_word();
            if stops.contains(&word.text.as_str()) {
                return;
            }
        }
    }

    fn push_frame(&mut self, kind: FrameKind, conditional: bool) {
        let conditional = conditional || self.chained_condition;
        self.conditional_frames += usize::from(conditional);
        self.frames.push(Frame {
            kind,
            conditional,
            pattern: kind == FrameKind::Case,
        });
        self.chained_condition = false;
    }

    fn mark_frame(&mut self, kind: FrameKind) {
        if let Some(frame) = self.frames.last_mut()
            && frame.kind == kind
            && !frame.conditional
        {
            frame.conditional = true;
            self.conditional_frames += 1;
        }
    }

    fn pop_frame(&mut self, kinds: &[FrameKind]) {
        if self
            .frames
            .last()
            .is_some_and(|frame| kinds.contains(&frame.kind))
            && let Some(frame) = self.frames.pop()
        {
            self.conditional_frames -= usize::from(frame.conditional);
        }
    }

    fn discard_command(&mut self) {
        self.words.clear();
        self.command_start = None;
    }

    fn end_command(&mut self) {
        let Some(start) = self.command_start.take() else {
            return;
        };
        let mut words = std::mem::take(&mut self.words);
        if words.is_empty() {
            return;
        }
        let leading = words
            .iter()
            .take_while(|word| split_assignment(&word.text).is_some())
            .count();
        let arguments = words.split_off(leading);
        let assignments = words
            .into_iter()
            .filter_map(|word| to_assignment(&word))
            .collect();
        self.script.commands.push(ShellCommand {
            assignments,
            words: arguments,
            conditional: self.chained_condition || self.conditional_frames > 0,
            span: self.positions.span(start, self.command_end),
        });
    }

    /// Whether no word can start here.
    fn at_word_end(&self) -> bool {
        self.byte(0).is_none_or(|byte| {
            matches!(
                byte,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
            )
        })
    }

    fn read_word(&mut self) -> Word {
        let start = self.at;
        let mut text = String::new();
        let mut literal = true;
        while !self.at_word_end() {
            match self.byte(0) {
                Some(b'\\') if self.line_break_at(1) => self.skip_continuation(),
                Some(b'\\') => {
                    self.at += 1;
                    self.take_char(&mut text);
                }
                Some(b'\'') => {
                    let end = memchr_from(self.text, self.at + 1, b'\'').unwrap_or(self.text.len());
                    text.push_str(self.text.get(self.at + 1..end).unwrap_or(""));
                    self.at = (end + 1).min(self.text.len());
                }
                Some(b'"') => literal &= self.double_quoted(&mut text),
                Some(b'$' | b'`') => literal &= !self.expansion(&mut text),
                _ => self.take_char(&mut text),
            }
        }
        Word {
            text,
            literal,
            span: self.positions.span(start, self.at),
        }
    }

    fn take_char(&mut self, text: &mut String) {
        if let Some(character) = self.text[self.at..].chars().next() {
            text.push(character);
            self.at += character.len_utf8();
        }
    }

    /// Reads `"…"`; whether it held no expansion.
    fn double_quoted(&mut self, text: &mut String) -> bool {
        let mut literal = true;
        self.at += 1;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' if self.line_break_at(1) => self.skip_continuation(),
                b'\\' if matches!(self.byte(1), Some(b'"' | b'\\' | b'$' | b'`')) => {
                    self.at += 1;
                    self.take_char(text);
                }
                b'$' | b'`' => literal &= !self.expansion(text),
                _ => self.take_char(text),
            }
        }
        literal
    }

    /// Copies an expansion as it stands; `false` for a `$` that expands nothing.
    fn expansion(&mut self, text: &mut String) -> bool {
        let start = self.at;
        let end = match (self.byte(0), self.byte(1)) {
            (Some(b'`'), _) => self.backquote_end(),
            (_, Some(b'(')) => self.bracket_end(b'(', b')'),
            (_, Some(b'{')) => self.bracket_end(b'{', b'}'),
            (_, Some(byte)) if byte.is_ascii_alphanumeric() || b"_@*#?$!-".contains(&byte) => {
                self.variable_end()
            }
            _ => {
                self.take_char(text);
                return false;
            }
        };
        text.push_str(&self.text[start..end]);
        self.at = end;
        true
    }

    fn backquote_end(&self) -> usize {
        memchr_from(self.text, self.at + 1, b'`').map_or(self.text.len(), |end| end + 1)
    }

    fn variable_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let named = bytes[self.at + 1].is_ascii_alphabetic() || bytes[self.at + 1] == b'_';
        let length = bytes[self.at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        self.at + 1 + if named { length } else { 1 }
    }

    /// The end of `$(…)` or `${…}`, with what is nested and quoted inside counted.
    fn bracket_end(&self, open: u8, close: u8) -> usize {
        let bytes = self.text.as_bytes();
        let mut depth = 0_u32;
        let mut index = self.at + 1;
        while index < bytes.len() {
            match bytes[index] {
                b'\\' => index += 1,
                b'\'' if open == b'(' => match memchr_from(self.text, index + 1, b'\'') {
                    Some(end) => index = end,
                    None => return self.text.len(),
                },
                byte if byte == open => depth += 1,
                byte if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        return index + 1;
                    }
                }
                _ => {}
            }
            index += 1;
        }
        self.text.len()
    }
}

fn memchr_from(text: &str, from: usize, byte: u8) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    rest.iter()
        .position(|candidate| *candidate == byte)
        .map(|found| from + found)
}

/// Commands whose outcome is asked for, rather than their effect.
fn is_test(command: &str) -> bool {
    matches!(
        command,
        "[" | "[[" | "test" | "grep" | "command" | "which" | "type"
    )
}

/// `NAME=value`: the place of the `=`.
fn split_assignment(word: &str) -> Option<usize> {
    let equals = word.find('=')?;
    let name = &word[..equals];
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    named.then_some(equals)
}

fn to_assignment(word: &Word) -> Option<ShellAssignment> {
    let equals = split_assignment(&word.text)?;
    let value = Word {
        text: word.text[equals + 1..].to_owned(),
        ..*word
    };
    Some(ShellAssignment {
        name: word.text[..equals].to_owned(),
        value,
    })
}
