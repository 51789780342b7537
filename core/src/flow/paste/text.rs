//! What copying and pasting adds to a text.

use zeroize::Zeroizing;

/// The text without what surrounds it: white space, quotes, angle brackets, characters that cannot be seen, and a label.
pub(super) fn clean(pasted: &str) -> Zeroizing<String> {
    let visible: Zeroizing<String> = Zeroizing::new(pasted.chars().filter(|c| !is_invisible(*c)).collect());
    let mut text = visible.trim();
    loop {
        let inner = without_label(without_quotes(text)).trim();
        if inner.len() == text.len() {
            return Zeroizing::new(text.to_owned());
        }
        text = inner;
    }
}

/// The text without any white space: a mail program or terminal may have broken the line anywhere.
pub(super) fn joined(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.split_whitespace().collect())
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

const QUOTES: [(char, char); 9] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('<', '>'),
    ('\u{201c}', '\u{201d}'),
    ('\u{201e}', '\u{201c}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{ab}', '\u{bb}'),
    ('\u{bb}', '\u{ab}'),
];

fn without_quotes(text: &str) -> &str {
    let pair = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
    QUOTES.iter().find_map(pair).unwrap_or(text)
}

fn without_label(text: &str) -> &str {
    const LABEL: &str = "code:";
    match text.get(..LABEL.len()) {
        Some(label) if label.eq_ignore_ascii_case(LABEL) => &text[LABEL.len()..],
        _ => text,
    }
}
