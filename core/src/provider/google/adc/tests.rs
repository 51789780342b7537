//! `adc.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::provider::google::cases::{AnswerCase, ErrorCase, WishCase};
use crate::provider::google::fake::{Fake, wait};
use crate::table::{each_of, read_from};
use crate::token::Token;
use crate::world::World;

const PATH: &str = "/adc.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    /// What R's gargle does, for the chain's tests.
    #[serde(rename = "compat")]
    _compat: Option<Value>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    windows: bool,
    /// The file that the variable names: a text, or what becomes JSON.
    file: Option<Value>,
    #[serde(default)]
    wish: WishCase,
    #[serde(default)]
    http: Vec<AnswerCase>,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    path: Option<String>,
    /// The type of the credential, where only that is looked at.
    kind: Option<String>,
    token: Option<String>,
    expires_at_unix_s: Option<i64>,
    /// The addresses that were asked.
    asked: Option<Vec<String>>,
    quota_project: Option<String>,
    error: Option<ErrorCase>,
}

impl Case {
    fn holds(&self) -> Result<(), String> {
        let mut fake = self.env.iter().fold(Fake::new(), |fake, (name, value)| fake.var(name, value));
        if let Some(content) = &self.file {
            let text = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
            fake = fake.var(VARIABLE, PATH).file(PATH, text);
        }
        let (world, fake) = fake.answering(self.http.clone()).world();
        if let Some(path) = &self.expect.path {
            let system = if self.windows { System::Windows } else { System::Unix };
            let found = locate(&world.context, system).map(|found| found.path);
            return if found.as_ref() == Some(path) { Ok(()) } else { Err(format!("got {found:?}")) };
        }
        let got = self.token(&world);
        let asked: Vec<String> = fake.seen().iter().map(|request| request.url.to_string()).collect();
        match (&self.expect.error, got) {
            (Some(expected), Err(error)) => expected.fits(&error)?,
            (None, Ok(token)) => self.fits(token.as_ref())?,
            (_, got) => return Err(format!("got {got:?}")),
        }
        match &self.expect.asked {
            Some(expected) if *expected != asked => Err(format!("asked {asked:?}")),
            _ => Ok(()),
        }
    }

    /// A token, unless only the type of the credential is looked at.
    fn token(&self, world: &World) -> Result<Option<Token>, Error> {
        let found = find(&world.context).expect("the variable names a file");
        let file = read(&world.context, &found)?;
        if let Some(kind) = &self.expect.kind {
            assert_eq!(file.kind(), kind);
            return Ok(None);
        }
        let provider = file.open(world, &found.path, &self.wish.wish())?;
        let headers = provider.headers();
        let quota = headers.iter().find(|(name, _)| name == "x-goog-user-project").map(|(_, value)| value.to_str());
        assert_eq!(quota.transpose().expect("text"), self.expect.quota_project.as_deref());
        wait(provider.fetch(None)).map(Some)
    }

    fn fits(&self, token: Option<&Token>) -> Result<(), String> {
        let text = token.map(|token| token.access_token().expose().to_owned());
        let expiry = token.and_then(Token::expires_at_unix_s);
        let expected = &self.expect.expires_at_unix_s;
        if text != self.expect.token || (expected.is_some() && *expected != expiry) {
            return Err(format!("got {text:?} until {expiry:?}"));
        }
        Ok(())
    }
}

#[test]
fn application_default_credentials_are_as_the_table_says() {
    each_of(&read_from("google", "adc.json"), |case: Case| case.holds());
}

#[test]
fn gclouds_file_counts_only_where_it_is() {
    let home = || Fake::new().var("HOME", "/home/u");
    assert_eq!(find(&home().world().0.context), None);
    let path = "/home/u/.config/gcloud/application_default_credentials.json";
    let found = find(&home().file(path, "{}").world().0.context).expect("the file");
    assert_eq!((found.path.as_str(), found.is_deliberate), (path, false));
    assert_eq!(find(&Fake::new().world().0.context), None, "nobody has a home");
}

#[test]
fn what_gcloud_keeps_for_an_account_is_found_by_its_address() {
    let path = "/g/legacy_credentials/me@example.com/adc.json";
    let (world, _) = Fake::new().var("CLOUDSDK_CONFIG", "/g").file(path, "{}").world();
    assert_eq!(of_account(&world.context, "me@example.com").map(|found| found.path).as_deref(), Some(path));
    for other in ["you@example.com", "", "../me@example.com", "x/../me@example.com"] {
        assert_eq!(of_account(&world.context, other), None);
    }
}
