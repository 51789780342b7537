//! Finding the error in an answer: the RFC's shape, and the shapes of those who read another RFC.

use std::borrow::Cow;

use serde_json::Value;

use super::dialect::{ResponseDialect, SuccessMark};
use super::members::{Member, Members};

/// An error as the server put it; neither part is fit to be shown yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProviderError {
    pub(super) code: String,
    pub(super) description: Option<String>,
    /// What the provider adds to the code, where it does.
    pub(super) subcode: Option<String>,
}

/// What providers call an addition to the code.
const SUBCODES: [&str; 2] = ["error_subtype", "suberror"];

impl ProviderError {
    /// The error in these members, whatever the status says: some servers send errors with a 200.
    pub(super) fn find(members: &Members<'_>, dialect: &ResponseDialect) -> Option<Self> {
        let marked = dialect.success.as_ref().and_then(|mark| marked(members, mark));
        let found = marked.or_else(|| standard(members));
        let found = found.or_else(|| first_of_list(members)).or_else(|| numbered(members))?;
        let subcode = SUBCODES.iter().find_map(|name| text_of(members, name)).filter(|subcode| !subcode.is_empty());
        Some(Self { subcode, ..found })
    }

    fn new(code: impl Into<String>, description: Option<String>) -> Self {
        Self { code: code.into(), description, subcode: None }
    }
}

/// A member of the provider's own that tells success from failure.
fn marked(members: &Members<'_>, mark: &SuccessMark) -> Option<ProviderError> {
    let value = members.get(&mark.member)?.to_json().filter(|value| *value != mark.equals)?;
    let code = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let description = mark.description.as_ref().and_then(|name| text_of(members, name));
    Some(ProviderError::new(code, description))
}

/// RFC 6749 §5.2, and its variants in which `error` is an object or a number.
fn standard(members: &Members<'_>) -> Option<ProviderError> {
    let beside = || text_of(members, "error_description");
    match members.get("error")? {
        Member::Text(code) => (!code.is_empty()).then(|| ProviderError::new(&**code, beside())),
        Member::Number(code) => (*code != "0").then(|| ProviderError::new(*code, beside())),
        member => from_object(&member.to_json()?, &["type", "error", "code", "status"], beside),
    }
}

/// A list named `errors`, of which the first entry speaks.
fn first_of_list(members: &Members<'_>) -> Option<ProviderError> {
    let Value::Array(errors) = members.get("errors")?.to_json()? else { return None };
    from_object(errors.first()?, &["errorType", "code", "error"], || None)
}

/// `errcode` and `errmsg`.
fn numbered(members: &Members<'_>) -> Option<ProviderError> {
    let Some(Member::Number(code)) = members.get("errcode") else { return None };
    (*code != "0").then(|| ProviderError::new(*code, text_of(members, "errmsg")))
}

/// An error told as an object. One whose code is `ok`, zero or empty tells of none.
fn from_object(
    value: &Value,
    code_names: &[&str],
    description: impl FnOnce() -> Option<String>,
) -> Option<ProviderError> {
    let object = value.as_object()?;
    let scalar = |name: &&str| match object.get(*name)? {
        Value::String(text) => Some(Cow::Borrowed(text.as_str())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    };
    let words = ["message", "error_description"].iter().find_map(scalar).map(Cow::into_owned).or_else(description);
    match code_names.iter().find_map(scalar) {
        Some(code) if matches!(&*code, "ok" | "0" | "") => None,
        Some(code) => Some(ProviderError::new(code, words)),
        None => words.map(|words| ProviderError::new("other", Some(words))),
    }
}

fn text_of(members: &Members<'_>, name: &str) -> Option<String> {
    members.get(name).and_then(Member::text).map(str::to_owned)
}
