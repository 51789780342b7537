//! Making a server's words safe to show.

/// A server's words are shown, but not at any length.
const DESCRIPTION_CHARS: usize = 300;
/// Longer than every registered error code.
const CODE_CHARS: usize = 64;

/// A server's sentence as one printable line: no terminal escapes, no control characters, nothing that turns the
/// direction of the text around, at most 300 characters. `None` when nothing is left.
pub(super) fn description(text: &str) -> Option<String> {
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // ESC [ parameters letter: without the whole sequence, "[31m" would stay behind as litter.
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                chars.by_ref().take_while(|c| !('\u{40}'..='\u{7e}').contains(c)).for_each(drop);
            }
            c if c.is_control() => shown.push(' '),
            c if is_invisible(c) => {}
            c => shown.push(c),
        }
    }
    let line: String = shown.trim().chars().take(DESCRIPTION_CHARS).collect();
    (!line.is_empty()).then_some(line)
}

/// Bidirectional controls, zero-width characters and line separators: they make a text look like another one.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A server's error code, reduced to what may become a class name or a metric label; `other` when nothing is left.
pub(super) fn code(text: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "_.-".contains(*c);
    let code: String = text.chars().filter(allowed).take(CODE_CHARS).collect();
    if code.is_empty() { "other".into() } else { code }
}

/// Whether `text` can stand in a header value as it is: printable ASCII, no space at either end, at most 64 KiB.
///
/// A line break in a token would let whoever issued it write headers of its own into every request made with it.
pub(super) fn is_header_safe(text: &str) -> bool {
    (1..=64 * 1024).contains(&text.len())
        && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}
