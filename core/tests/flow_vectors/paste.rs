//! Text that a person pastes.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::flow::Expectation;
use tokcore::flow::paste::{Paste, PasteRules, PasteStep};
use tokcore::oauth::{Callback, Outcome};
use tokcore::{Error, Kind, Secret};

use crate::parts;
use crate::table::{each, same};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    state: Option<String>,
    issuer: Option<String>,
    #[serde(default)]
    stateless: bool,
    #[serde(default)]
    hash: bool,
    redirect_uri: Option<String>,
    texts: Vec<String>,
    fill: Option<usize>,
    #[serde(default)]
    asked: Vec<String>,
    expect: Map<String, Value>,
}

impl Case {
    fn reader(&self) -> Paste {
        let state = Secret::new(self.state.as_deref().unwrap_or("S"));
        let expectation = Expectation { issuer: self.issuer.clone(), ..Expectation::of_state(state) };
        let rules = PasteRules {
            stateless: self.stateless,
            hash_before_state: self.hash,
            redirect_uri: self.redirect_uri.clone(),
        };
        Paste::new(expectation, rules)
    }
}

#[test]
fn paste() {
    each("paste.json", |case: &Case| {
        let mut reader = case.reader();
        let mut asked = Vec::new();
        let mut end = None;
        for text in &case.texts {
            if let Some(outcome) = end {
                return Err(format!("there are texts left after {outcome}"));
            }
            let step = reader.read(&text.repeat(case.fill.unwrap_or(1)));
            match step {
                Ok(PasteStep::NeedsState) => asked.push("state"),
                Ok(PasteStep::Again(_)) => asked.push("again"),
                Ok(PasteStep::Answered(callback)) => {
                    end = Some(match callback.outcome {
                        Outcome::Code { code, .. } => json!({ "code": code.expose() }),
                        Outcome::Refused { error, .. } => json!({ "refused": error }),
                    });
                }
                Err(error) => end = Some(json!({ "error": named(&error) })),
            }
        }
        same("asked", &asked.into(), &case.asked.clone().into())?;
        let mut expected = case.expect.clone();
        let notices = expected.remove("notices").unwrap_or(json!([]));
        same("end", &end.unwrap_or_default(), &expected.into())?;
        parts("notices", &reader.take_notices(), &notices)
    });
}

fn named(error: &Error) -> &'static str {
    error.reason().map_or(error.kind().slug(), |reason| reason.slug())
}

const STATE: &str = "state-canary-77f1";
const CODE: &str = "code-canary-1c0e";

fn reader() -> Paste {
    Paste::new(Expectation::of_state(Secret::new(STATE)), PasteRules::default())
}

/// Reads a text and prints all there is to print; no secret may be in it.
fn read(reader: &mut Paste, text: &str) -> Result<PasteStep, Error> {
    let step = reader.read(text);
    let failure = step.as_ref().err().map(|error| format!("{error} {error:?} {}", error.hint()));
    let printed = format!("{step:?} {reader:?} {failure:?} {:?} {}", reader.take_notices(), reader.prompt());
    assert!(!printed.contains("canary"), "{printed}");
    step
}

fn code_of(callback: Callback) -> String {
    match callback.outcome {
        Outcome::Code { code, .. } => code.expose().to_owned(),
        Outcome::Refused { error, .. } => error,
    }
}

/// An answer in one of the forms that can be copied.
fn answer() -> impl Strategy<Value = String> {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    let json = format!(r#"{{"code":"{CODE}","state":"{STATE}"}}"#);
    let query = format!("code={CODE}&state={STATE}");
    prop::sample::select(vec![
        STANDARD.encode(&json),
        STANDARD_NO_PAD.encode(&json),
        URL_SAFE.encode(&json),
        URL_SAFE_NO_PAD.encode(&json),
        json,
        format!("http://localhost:1410/?{query}"),
        format!("https://host.example/cb#{query}"),
        format!("localhost:1410/?x=1&{query}"),
        format!("?{query}"),
        query,
    ])
}

proptest! {
    #[test]
    fn any_texts_end_within_bounds_and_print_nothing(texts in prop::collection::vec(any::<String>(), 8)) {
        let mut reader = reader();
        let mut ended = false;
        for text in texts {
            match read(&mut reader, &text) {
                Ok(PasteStep::Answered(_)) => prop_assert!(false, "nobody knows the state"),
                Ok(_) => {}
                Err(error) => {
                    prop_assert!(matches!(error.kind(), Kind::Protocol | Kind::Cancelled), "{error:?}");
                    ended = true;
                    break;
                }
            }
        }
        prop_assert!(ended, "a person may try three times");
    }

    #[test]
    fn a_damaged_answer_is_read_without_panic(
        answer in answer(), at in any::<prop::sample::Index>(), put in any::<char>(), cut in any::<bool>(),
    ) {
        let mut text: Vec<char> = answer.chars().collect();
        let at = at.index(text.len());
        if cut { text.truncate(at) } else { text[at] = put }
        let text: String = text.into_iter().collect();
        let step = reader().read(&text);
        let code = matches!(&step, Ok(PasteStep::Answered(callback)) if callback.state.expose() != STATE);
        prop_assert!(!code, "another state was accepted");
    }

    #[test]
    fn what_copying_adds_changes_nothing(
        answer in answer(), around in prop::sample::select(vec![("", ""), ("\"", "\""), ("<", ">"), (" '", "'\n"), ("\u{feff}`", "`")]),
        broken in any::<prop::sample::Index>(), invisible in any::<prop::sample::Index>(),
    ) {
        let mut text = answer;
        // JSON in the clear may be broken between its members only, where no test needs to look.
        if !text.starts_with('{') {
            text.insert_str(broken.index(text.len()), "\n  ");
        }
        text.insert(invisible.index(text.len()), '\u{200b}');
        let (open, close) = around;
        let step = read(&mut reader(), &format!("{open}{text}{close}"));
        let Ok(PasteStep::Answered(callback)) = step else { return Err(TestCaseError::fail(format!("{step:?}"))) };
        prop_assert_eq!(code_of(callback), CODE);
    }

    #[test]
    fn a_bare_code_arrives_as_it_is(code in "[A-Za-z0-9._~/+=:@!$'()*,;-]{1,200}") {
        prop_assume!(!code.starts_with("http") && !code.to_ascii_lowercase().starts_with("code:"));
        prop_assume!(!code.starts_with("code=") && !code.starts_with("error="));
        prop_assume!(!(code.starts_with('\'') && code.ends_with('\'')));
        let mut reader = reader();
        prop_assert!(matches!(read(&mut reader, &code), Ok(PasteStep::NeedsState)));
        let step = reader.read(STATE);
        let Ok(PasteStep::Answered(callback)) = step else { return Err(TestCaseError::fail(format!("{step:?}"))) };
        prop_assert_eq!(code_of(callback), code);
    }
}
