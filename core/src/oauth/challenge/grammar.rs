//! The grammar of `WWW-Authenticate`: schemes, parameters and lists share one comma. Source: RFC 9110 §11.2, §11.3, §5.6.
//!
//! Lenient where servers are sloppy and the meaning is plain: spaces around `=`, spaces instead of commas, URLs without
//! quotes, a quote that is never closed.

use super::Challenge;

/// The challenges in one header value.
pub(super) fn challenges(value: &str) -> Vec<Challenge> {
    let mut rest = Cursor(value);
    let mut found: Vec<Challenge> = Vec::new();
    loop {
        rest.skip_while(|c| is_space(c) || c == ',');
        if rest.0.is_empty() {
            return found;
        }
        let word = rest.take_while(is_token);
        if word.is_empty() {
            rest.skip_element();
        } else if rest.is_parameter() {
            let value = rest.parameter_value();
            // Before any scheme there is nothing that it could belong to.
            if let Some(challenge) = found.last_mut() {
                challenge.push(word, value);
            }
        } else {
            let mut challenge = Challenge::new(word);
            challenge.has_token68 = rest.take_token68();
            found.push(challenge);
        }
    }
}

/// What is left to read.
#[derive(Clone, Copy)]
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !wanted(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn skip_while(&mut self, unwanted: impl Fn(char) -> bool) {
        self.take_while(unwanted);
    }

    fn take(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let taken = chars.next();
        self.0 = chars.as_str();
        taken
    }

    /// Whether an equals sign follows, so that the word before it is a name.
    fn is_parameter(&self) -> bool {
        self.0.trim_start_matches(is_space).starts_with('=')
    }

    /// What stands behind the equals sign.
    fn parameter_value(&mut self) -> String {
        self.skip_while(is_space);
        self.take();
        self.skip_while(is_space);
        match self.0.starts_with('"') {
            true => self.quoted(),
            false => self.take_while(|c| c != ',' && !is_space(c)).to_owned(),
        }
    }

    /// A quoted text, without its quotes and backslashes.
    fn quoted(&mut self) -> String {
        self.take();
        let mut text = String::new();
        while let Some(c) = self.take() {
            match c {
                '"' => break,
                '\\' => text.extend(self.take()),
                c => text.push(c),
            }
        }
        text
    }

    /// Passes over a token68, if one follows the scheme: it fills the whole place up to the next comma.
    fn take_token68(&mut self) -> bool {
        let mut ahead = *self;
        ahead.skip_while(is_space);
        let length = ahead.take_while(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c)).len();
        ahead.skip_while(|c| c == '=');
        ahead.skip_while(is_space);
        let is_token68 = length > 0 && (ahead.0.is_empty() || ahead.0.starts_with(','));
        if is_token68 {
            *self = ahead;
        }
        is_token68
    }

    /// Passes over what makes no sense, up to the next comma outside quotes.
    fn skip_element(&mut self) {
        while !self.0.is_empty() && !self.0.starts_with(',') {
            match self.0.starts_with('"') {
                true => drop(self.quoted()),
                false => drop(self.take()),
            }
        }
    }
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// Source: RFC 9110 §5.6.2.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}
