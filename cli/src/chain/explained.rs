//! What the chain would do, as lines and as JSON.

use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Explanation, Finding, Kind};

use crate::output;

/// What the methods' names begin with; people leave it out.
const PREFIX: &str = "credentials_";

/// What to do where no method has a credential.
const NEXT: &str =
    "give a file with --path, set GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`";
/// The same for a user.
const CLIENT: &str = "or let a user sign in: tokcore has no client of its own, so make one of the type Desktop app in the \
    Google Cloud console, download its JSON file, and name it with --google-client or TOKCORE_GOOGLE_CLIENT";

/// What the chain would do.
pub struct Explained(pub Explanation);

impl Explained {
    /// What keeps the chain from a token. Shape: `None` where a method has a credential.
    pub fn lacks(&self) -> Option<Kind> {
        match (self.0.first(), self.says("sign_in_needed")) {
            (Some(_), _) => None,
            (None, true) => Some(Kind::InteractionRequired),
            (None, false) => Some(Kind::NotConfigured),
        }
    }

    fn says(&self, code: &str) -> bool {
        self.0.findings.iter().any(|finding| finding.code == code)
    }

    /// Names and values: each method with what it would say, then the verdict, and what helps.
    pub fn lines(&self) -> Vec<(&str, String)> {
        let mut lines = Vec::new();
        for finding in &self.0.findings {
            lines.push((short(&finding.method), said(finding)));
            lines.extend(known(finding).into_iter().map(|(name, value)| ("", format!("{name}: {value}"))));
            lines.extend(finding.hint.iter().map(|hint| ("", format!("next: {}", output::printable(hint)))));
        }
        lines.push(("answer", self.verdict()));
        // Where a method says what helps, that is the way; all others would only lead away from it.
        let is_told = self.0.findings.iter().any(|finding| finding.hint.is_some());
        if self.lacks() == Some(Kind::NotConfigured) && !is_told {
            lines.extend([("next", NEXT.to_owned()), ("", CLIENT.to_owned())]);
        }
        lines
    }

    /// In one line, which method it would be.
    pub fn verdict(&self) -> String {
        match self.0.first() {
            Some(finding) => format!("{} would be asked for a token", short(&finding.method)),
            None if self.says("sign_in_needed") => "a person would be asked to sign in".to_owned(),
            None if self.says("not_asked") => {
                "none of those that were asked has a credential; --probe asks the network too".to_owned()
            }
            None => "no method has a credential here".to_owned(),
        }
    }

    /// The same as JSON.
    pub fn json(&self) -> ExplainedJson<'_> {
        ExplainedJson {
            first: self.0.first().map(|finding| finding.method.as_str()),
            methods: self.0.findings.iter().map(FindingJson::of).collect(),
        }
    }
}

/// Words of ours hold no secret; but what they name, such as a path, comes from elsewhere.
fn said(finding: &Finding) -> String {
    let words = output::printable(&finding.words);
    if finding.code == "found" { format!("found: {words}") } else { words }
}

/// What of the credential the words do not tell.
fn known(finding: &Finding) -> Vec<(&'static str, String)> {
    let told = ["kind", "source", "principal"];
    let fields = finding.about.iter().flat_map(|about| about.fields());
    let untold = fields.filter(|(name, _)| !told.contains(name));
    untold.filter_map(|(name, value)| Some((name, output::printable(&value?)))).collect()
}

fn short(method: &str) -> &str {
    method.strip_prefix(PREFIX).unwrap_or(method)
}

/// The members of the report.
#[derive(Serialize)]
pub struct ExplainedJson<'a> {
    first: Option<&'a str>,
    methods: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    method: &'a str,
    code: &'a str,
    words: &'a str,
    about: Option<Map<String, Value>>,
    hint: Option<&'a str>,
}

impl<'a> FindingJson<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            method: &finding.method,
            code: &finding.code,
            words: &finding.words,
            about: finding.about.as_ref().map(output::about),
            hint: finding.hint.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(method: &str, code: &str, words: &str) -> Finding {
        let (method, code, words) = (method.to_owned(), code.to_owned(), words.to_owned());
        Finding { method, code, words, about: None, hint: None }
    }

    #[test]
    fn the_verdict_names_the_first_that_has_one_and_what_would_tell_more() {
        let silent = finding("credentials_byo_oauth2", "not_applicable", "no token is given");
        let unasked = finding("credentials_gce", "not_asked", "only the network could tell");
        let found = finding("own", "found", "a token, from\u{1b}[2J somewhere");
        let of =
            |findings: &[&Finding]| Explained(Explanation { findings: findings.iter().copied().cloned().collect() });
        assert!(of(&[&silent]).verdict().starts_with("no method"));
        assert!(of(&[&silent, &unasked]).verdict().contains("--probe"));
        let all = of(&[&silent, &unasked, &found]);
        assert!(all.lacks().is_none() && all.verdict() == "own would be asked for a token");
        let person = of(&[&silent, &finding("credentials_user_oauth2", "sign_in_needed", "nobody has signed in")]);
        assert!(person.lacks() == Some(Kind::InteractionRequired) && person.verdict().contains("sign in"));
        assert!(of(&[&silent]).lines().iter().any(|(name, _)| *name == "next"));
        let broken = Finding { hint: Some("mend it".to_owned()), ..finding("own", "config_invalid", "it is broken") };
        let nexts = of(&[&silent, &broken])
            .lines()
            .iter()
            .filter(|(name, words)| *name == "next" || words.contains("next:"))
            .count();
        assert_eq!(nexts, 1, "of several next steps nobody knows which is meant");
        let lines = all.lines();
        assert_eq!(lines[0], ("byo_oauth2", "no token is given".to_owned()));
        assert!(lines[2].1.starts_with("found: ") && !lines[2].1.contains('\u{1b}'));
    }
}
