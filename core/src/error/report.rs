//! A failure for people, in several lines.

use super::{Attempt, Error};

impl Error {
    /// All of it for a terminal or a log: what failed, what the server wrote, what each source said, the next step.
    ///
    /// Shape: several lines without a line break at the end; the first is [`Error::message`], without what the lines of the
    /// sources say again.
    pub fn report(&self) -> String {
        let tried: Vec<&Attempt> = self.attempts().iter().filter(|tried| !tried.code.is_empty()).collect();
        let mut lines = vec![without_digest(self.message(), &tried).to_owned()];
        lines.extend(self.detail().map(|words| format!("server: {words}")));
        lines.extend(tried.iter().map(|tried| format!("  {}: {}", tried.source, self.said_by(tried))));
        lines.push(format!("next: {}", self.next_step()));
        lines.join("\n")
    }

    fn said_by(&self, tried: &Attempt) -> String {
        match tried.outcome == self.to_string() {
            true => "the error above".to_owned(),
            false => tried.outcome.replace(|letter: char| letter.is_control(), "\u{fffd}"),
        }
    }

    fn next_step(&self) -> String {
        let hint = self.hint();
        match self.sign_in_url().filter(|url| !hint.contains(url)) {
            Some(url) => format!("{hint} ({url})"),
            None => hint.to_owned(),
        }
    }
}

/// The message of a chain ends with what each method said; here each has a line of its own.
fn without_digest<'a>(message: &'a str, tried: &[&Attempt]) -> &'a str {
    let Some(first) = tried.first() else { return message };
    let name = first.source.strip_prefix("credentials_").unwrap_or(&first.source);
    message.split_once(&format!(" ({name}: ")).map_or(message, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Kind;

    fn tried(name: &str, words: &str) -> Attempt {
        Attempt::new(name, words).with_code("not_applicable")
    }

    #[test]
    fn each_method_of_a_chain_has_a_line_of_its_own() {
        let error = Error::new(Kind::NotConfigured, "no method has a credential (byo_oauth2: no token; own: none)")
            .with_attempts(vec![tried("credentials_byo_oauth2", "no token"), tried("own", "none\nat all")])
            .with_hint("sign in");
        let lines = [
            "no method has a credential",
            "  credentials_byo_oauth2: no token",
            "  own: none\u{fffd}at all",
            "next: sign in",
        ];
        assert_eq!(error.report(), lines.join("\n"));
    }

    #[test]
    fn what_ended_the_chain_is_said_once() {
        let error =
            Error::new(Kind::Server, "it failed (at once)").with_attempts(vec![tried("own", "it failed (at once)")]);
        assert!(error.report().starts_with("it failed (at once)\n  own: the error above\n"), "{}", error.report());
    }

    #[test]
    fn the_page_to_sign_in_at_is_part_of_the_next_step() {
        let error = Error::new(Kind::NotSignedIn, "not signed in").with_sign_in_url("https://host.example/credentials");
        assert!(error.report().ends_with(" (https://host.example/credentials)"), "{}", error.report());
        let told = error.with_hint("sign in at https://host.example/credentials");
        assert!(told.report().ends_with("next: sign in at https://host.example/credentials"), "{}", told.report());
    }
}
