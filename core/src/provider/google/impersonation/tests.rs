//! Taking on identities, with a network that answers by the verb.

use serde_json::json;

use super::*;
use crate::provider::google::Trust;
use crate::provider::google::fake::{Fake, answer, form, wait};
use crate::provider::google::file;
use crate::transport::HttpRequest;

const EMAIL: &str = "t@p.iam.gserviceaccount.com";
const USER: &str = r#"{"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}"#;

/// Google, as far as it is needed here; `refused`: how many calls of IAM are answered with a 401 first.
fn google(mut refused: u32) -> Fake {
    let mut tokens = 0;
    Fake::new().playing(move |request| {
        let verb = request.url.path().rsplit([':', '/']).next().unwrap_or_default().to_owned();
        if verb != "token" && refused > 0 {
            refused -= 1;
            return Ok(answer(401, &json!({"error": {"message": "expired"}})));
        }
        Ok(match verb.as_str() {
            "token" if form(request).contains_key("assertion") => answer(200, &token("DELEGATED")),
            "token" => {
                tokens += 1;
                answer(200, &token(&format!("INNER{tokens}")))
            }
            "generateAccessToken" => answer(200, &json!({"accessToken": "AT", "expireTime": "2023-11-14T23:13:30Z"})),
            // {"exp":1700003610}
            "generateIdToken" => answer(200, &json!({"token": "e30.eyJleHAiOjE3MDAwMDM2MTB9.c2ln"})),
            "signJwt" => answer(200, &json!({"signedJwt": "a.b.c"})),
            "signBlob" => answer(200, &json!({"signedBlob": "c2ln"})),
            other => panic!("nobody expected {other}"),
        })
    })
}

fn token(text: &str) -> Value {
    json!({"access_token": text, "token_type": "Bearer", "expires_in": 3599})
}

fn impersonated(fake: Fake, wish: &Wish) -> (Result<Arc<Impersonated>, Error>, Arc<Fake>) {
    let (world, fake) = fake.world();
    let inner = file::read(&world.context, USER).and_then(|user| user.open(&world, "here", &inner_wish(wish)));
    let target = Target::of_email(EMAIL, DEFAULT_UNIVERSE).expect("an address");
    (Impersonated::new(&world, inner.expect("a person"), target, wish).map(Arc::new), fake)
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

#[test]
fn the_request_names_scopes_delegates_and_lifetime() {
    let wish = Wish {
        scopes: Some(vec!["a".into(), "b".into()]),
        delegates: vec!["d@p.iam.gserviceaccount.com".into()],
        lifetime: Some(Duration::from_secs(600)),
        ..Wish::default()
    };
    let (provider, fake) = impersonated(google(0), &wish);
    let token = wait(provider.expect("an account").fetch(None)).expect("a token");
    assert_eq!(token.expires_at_unix_s(), Some(1_700_003_610));
    let seen = fake.seen();
    assert_eq!(
        body(&seen[1]),
        json!({
            "delegates": ["projects/-/serviceAccounts/d@p.iam.gserviceaccount.com"],
            "scope": ["a", "b"],
            "lifetime": "600s",
        })
    );
    assert_eq!(seen[1].headers["authorization"], "Bearer INNER1");
}

#[test]
fn the_token_inside_is_used_again_until_it_is_refused() {
    let (provider, fake) = impersonated(google(0), &Wish::default());
    let provider = provider.expect("an account");
    for _ in 0..3 {
        wait(provider.clone().fetch(None)).expect("a token");
    }
    assert_eq!(fake.seen().len(), 4, "one refresh, three calls");

    let (provider, fake) = impersonated(google(1), &Wish::default());
    wait(provider.expect("an account").fetch(None)).expect("a token");
    let seen: Vec<String> = fake.seen().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(seen.iter().filter(|path| *path == "/token").count(), 2, "{seen:?}");
}

#[test]
fn a_subject_is_stood_in_for_with_a_statement_that_google_signs() {
    let wish = Wish { scopes: Some(vec!["a".into()]), subject: Some("user@example.com".into()), ..Wish::default() };
    let (provider, fake) = impersonated(google(0), &wish);
    let token = wait(provider.expect("an account").fetch(None)).expect("a token");
    assert_eq!((token.access_token().expose(), token.account()), ("DELEGATED", Some("user@example.com")));
    let seen = fake.seen();
    let payload = body(&seen[1])["payload"].as_str().map(str::to_owned).expect("claims");
    let expected = json!({
        "iss": EMAIL, "scope": "a", "aud": "https://oauth2.googleapis.com/token", "sub": "user@example.com",
        "iat": 1_700_000_000, "exp": 1_700_003_600,
    });
    assert_eq!(serde_json::from_str::<Value>(&payload).expect("claims"), expected);
    assert_eq!(form(&seen[2])["assertion"], "a.b.c");
}

#[test]
fn id_tokens_and_signatures_come_from_the_account() {
    let wish = Wish { id_token_audience: Some("https://run.example".into()), ..Wish::default() };
    let (provider, fake) = impersonated(google(0), &wish);
    let provider = provider.expect("an account");
    let token = wait(provider.clone().fetch(None)).expect("a token");
    assert_eq!(token.expires_at_unix_s(), Some(1_700_003_610));
    let expected = json!({"audience": "https://run.example", "delegates": [], "includeEmail": true});
    assert_eq!(body(&fake.seen()[1]), expected);
    assert_eq!(
        (provider.signer(), wait(provider.sign(b"bytes")).expect("a signature")),
        (Some(EMAIL), b"sig".to_vec())
    );
    assert_eq!(body(&fake.seen()[2])["payload"], "Ynl0ZXM=");
}

#[test]
fn what_nobody_gets_is_refused_before_anything_is_sent() {
    let refused = |wish: &Wish| impersonated(Fake::new(), wish).0.err().expect("an error");
    let long = Wish { lifetime: Some(Duration::from_secs(43_201)), ..Wish::default() };
    assert!(refused(&long).message().contains("43200"));
    let elsewhere = Wish { subject: Some("u@example.com".into()), ..Wish::default() };
    let check = delegation::check_universe("cloud.example").expect_err("another cloud");
    assert_eq!(check.kind(), Kind::ConfigInvalid);
    assert!(impersonated(Fake::new(), &elsewhere).0.is_ok());
    for broken in ["", "t", "t@p:x", "../t@p", "t@p/x", "t@p?x"] {
        assert!(Target::of_email(broken, DEFAULT_UNIVERSE).is_err(), "{broken}");
    }
}

#[test]
fn an_address_in_a_file_names_the_account() {
    let url = |email: &str| format!("https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{email}");
    let of_url = |text: &str| Target::of_url(text, DEFAULT_UNIVERSE, Trust::Google);
    let target = of_url(&format!("{}:generateAccessToken", url(EMAIL))).expect("an account");
    assert_eq!(target, Target::of_email(EMAIL, DEFAULT_UNIVERSE).expect("the same"));
    assert_eq!(target.method("signBlob").as_str(), format!("{}:signBlob", url(EMAIL)));
    for broken in [url(EMAIL), url(":generateAccessToken"), url("t@p:signBlob")] {
        assert!(of_url(&broken).is_err(), "{broken}");
    }
}
