//! The grammar of `oauth-clients.conf`: sections of `key = value` lines, and nothing clever.
//!
//! Comments only on lines of their own, no quoting, no escapes, no continuation, no interpolation: values are verbatim.
//! A reader of our own, because the ones at hand guess where this format must refuse, and forget line numbers.
//! Source: specs/workbench.md §3.2.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tokcore::Secret;

/// Largest accepted file. Units: bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
const MAX_LINE_BYTES: usize = 16 * 1024;
const MAX_VALUE_BYTES: usize = 8 * 1024;
const MAX_HEADER_BYTES: usize = 128;
const MAX_SECTIONS: usize = 500;

/// A file full of the same mistake is not reported to the end.
const MAX_ERRORS: usize = 50;

/// A file without syntax errors.
#[derive(Debug, Default)]
pub struct Document {
    /// The file began with a byte-order mark, which was skipped.
    pub byte_order_mark: bool,
    /// In file order; headers are unique.
    pub sections: Vec<Section>,
}

/// One `[header]` and its pairs.
#[derive(Debug)]
pub struct Section {
    /// Trimmed text between the brackets.
    pub header: String,
    /// Counted from 1.
    pub line: usize,
    /// In file order; keys are unique.
    pub pairs: Vec<Pair>,
}

/// One `key = value`.
#[derive(Debug)]
pub struct Pair {
    /// Case-sensitive.
    pub key: String,
    /// Verbatim but for the white space around it; may be empty. Any of them may be a secret, so all are kept as one.
    pub value: Secret,
    /// Counted from 1.
    pub line: usize,
}

/// A line that the grammar does not allow. Never quotes the line: it might hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Counted from 1.
    pub line: usize,
    /// One line, lower case.
    pub message: String,
}

/// Reads a whole file.
///
/// Errors: every line that breaks the grammar, in file order (at most 50).
pub fn parse(content: &[u8]) -> Result<Document, Vec<SyntaxError>> {
    let text = decode(content).map_err(|error| vec![error])?;
    let mut reader = Reader::default();
    let (byte_order_mark, text) = match text.strip_prefix('\u{feff}') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    for (index, line) in text.split('\n').enumerate() {
        if reader.line(index + 1, line.strip_suffix('\r').unwrap_or(line)).is_break() {
            break;
        }
    }
    if reader.errors.is_empty() {
        Ok(Document { byte_order_mark, sections: reader.sections })
    } else {
        Err(reader.errors)
    }
}

fn decode(content: &[u8]) -> Result<&str, SyntaxError> {
    if content.len() > MAX_FILE_BYTES {
        return Err(SyntaxError { line: 1, message: "the file is larger than 1 MiB".into() });
    }
    let line_of = |offset: usize| 1 + content[..offset].iter().filter(|&&byte| byte == b'\n').count();
    if let Some(offset) = content.iter().position(|&byte| byte == 0) {
        return Err(SyntaxError { line: line_of(offset), message: "a NUL byte; the file must be text".into() });
    }
    std::str::from_utf8(content).map_err(|error| SyntaxError {
        line: line_of(error.valid_up_to()),
        message: "not UTF-8; save the file as UTF-8".into(),
    })
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    /// Line of each header seen, valid or repeated.
    headers: BTreeMap<String, usize>,
    /// Line of each key of the current section; `None` before the first section.
    keys: Option<BTreeMap<String, usize>>,
    errors: Vec<SyntaxError>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> ControlFlow<()> {
        let text = line.trim_matches(is_white);
        if let Err(message) = self.read(number, line, text) {
            self.errors.push(SyntaxError { line: number, message });
        }
        if self.errors.len() >= MAX_ERRORS || self.sections.len() > MAX_SECTIONS {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn read(&mut self, number: usize, line: &str, text: &str) -> Result<(), String> {
        if line.len() > MAX_LINE_BYTES {
            return Err("the line is longer than 16 KiB".into());
        }
        // Checked in comments too: with the line ends of old Macs the whole file would be one comment.
        if line.contains('\r') {
            return Err("a carriage return inside the line; end lines with LF or CRLF".into());
        }
        match text.chars().next() {
            None | Some('#' | ';') => Ok(()),
            Some('[') => self.section(number, text),
            Some(_) => self.pair(number, text),
        }
    }

    fn section(&mut self, number: usize, text: &str) -> Result<(), String> {
        // Opened even when the header is bad, so that the keys below it are not blamed on the section above.
        self.keys = Some(BTreeMap::new());
        let header = header(text).map(str::to_owned);
        let header_text = header.as_ref().map_or_else(|_| String::new(), Clone::clone);
        self.sections.push(Section { header: header_text, line: number, pairs: Vec::new() });
        let header = header?;
        if self.sections.len() > MAX_SECTIONS {
            return Err(format!("more than {MAX_SECTIONS} sections"));
        }
        match self.headers.insert(header.clone(), number) {
            Some(first) => Err(format!("section [{header}] stands twice, first on line {first}")),
            None => Ok(()),
        }
    }

    fn pair(&mut self, number: usize, text: &str) -> Result<(), String> {
        let (key, value) = text.split_once('=').ok_or("neither a [section] nor a key = value line")?;
        let (key, value) = (key.trim_end_matches(is_white), value.trim_start_matches(is_white));
        if key.is_empty() {
            return Err("no key before the =".into());
        }
        if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            return Err("a key has only letters, digits, -, _ and .".into());
        }
        if value.len() > MAX_VALUE_BYTES {
            return Err(format!("the value of {key} is longer than 8 KiB"));
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(format!("the value of {key} holds a control character"));
        }
        let (Some(keys), Some(section)) = (&mut self.keys, self.sections.last_mut()) else {
            return Err(format!("{key} stands before the first [section]"));
        };
        if let Some(first) = keys.insert(key.to_owned(), number) {
            return Err(format!("{key} stands twice in this section, first on line {first}"));
        }
        section.pairs.push(Pair { key: key.to_owned(), value: Secret::new(value), line: number });
        Ok(())
    }
}

fn header(text: &str) -> Result<&str, String> {
    let inner = text.strip_prefix('[').unwrap_or(text);
    let (inner, rest) = inner.split_once(']').ok_or("the section's ] is missing")?;
    if !rest.is_empty() {
        return Err("text after the section's ]".into());
    }
    let header = inner.trim_matches(is_white);
    if header.is_empty() {
        return Err("the section has no name".into());
    }
    if header.len() > MAX_HEADER_BYTES {
        return Err(format!("the section's name is longer than {MAX_HEADER_BYTES} bytes"));
    }
    if header.chars().any(|c| c.is_control() || c == '[') {
        return Err("the section's name holds a [ or a control character".into());
    }
    Ok(header)
}

/// Only blank and tab: other white space of Unicode belongs to the value.
fn is_white(c: char) -> bool {
    c == ' ' || c == '\t'
}
