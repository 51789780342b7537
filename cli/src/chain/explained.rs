//! What the chain would do, as lines and as JSON.

use serde::Serialize;
use serde_json::{Map, Value};
use tokcore::{Explanation, Finding, Kind, Verdict};

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
        match &self.0.verdict {
            Verdict::Found(_) | Verdict::Custom(_) => None,
            Verdict::SignIn(_) => Some(Kind::InteractionRequired),
            Verdict::Stops(_, kind) => Some(*kind),
            _ => Some(Kind::NotConfigured),
        }
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
        if self.0.next().is_some() {
            lines.extend([("next", NEXT.to_owned()), ("", CLIENT.to_owned())]);
        }
        lines
    }

    /// In one line, which method it would be.
    pub fn verdict(&self) -> String {
        self.0.verdict.words()
    }

    /// The same as JSON.
    pub fn json(&self) -> ExplainedJson<'_> {
        ExplainedJson {
            first: self.0.first().map(|finding| finding.method.as_str()),
            verdict: self.0.verdict.slug(),
            method: self.0.verdict.method(),
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
    verdict: &'static str,
    method: Option<&'a str>,
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

    fn explained(verdict: Verdict, findings: &[&Finding]) -> Explained {
        Explained(Explanation { findings: findings.iter().copied().cloned().collect(), verdict })
    }

    #[test]
    fn what_each_method_says_comes_first_and_what_it_comes_to_last() {
        let silent = finding("credentials_byo_oauth2", "not_applicable", "no token is given");
        let found = finding("own", "found", "a token, from\u{1b}[2J somewhere");
        let all = explained(Verdict::Found("own".to_owned()), &[&silent, &found]);
        let lines = all.lines();
        assert_eq!(lines[0], ("byo_oauth2", "no token is given".to_owned()));
        assert!(lines[1].1.starts_with("found: ") && !lines[1].1.contains('\u{1b}'));
        assert_eq!(lines.last(), Some(&("answer", "own would be asked for a token".to_owned())));
        assert!(all.lacks().is_none());
    }

    #[test]
    fn of_several_next_steps_nobody_knows_which_is_meant() {
        let silent = finding("credentials_byo_oauth2", "not_applicable", "no token is given");
        let broken = Finding { hint: Some("mend it".to_owned()), ..finding("own", "config_invalid", "it is broken") };
        let nexts = |explained: Explained| {
            let is_next = |(name, words): &&(&str, String)| *name == "next" || words.contains("next:");
            explained.lines().iter().filter(is_next).count()
        };
        assert_eq!(nexts(explained(Verdict::Nothing, &[&silent])), 1);
        let stops = Verdict::Stops("own".to_owned(), Kind::ConfigInvalid);
        assert_eq!(explained(stops.clone(), &[&broken]).lacks(), Some(Kind::ConfigInvalid));
        assert_eq!(nexts(explained(stops, &[&silent, &broken])), 1);
        assert_eq!(nexts(explained(Verdict::Nothing, &[&silent, &broken])), 1);
    }
}
