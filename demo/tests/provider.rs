//! The demo's provider is as strict as a good one: what works with it works elsewhere.

use http::header::LOCATION;
use tokcore::transport::{HttpRequest, HttpResponse, Method};
use tokcore::{Context, Secret};
use tokcore_demo::provider::{Client, Provider};
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:1/oauth_redirect_callback";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SECRET: &str = "canary5ecret";

/// A good request, as pairs that a test may change.
const GOOD: [(&str, &str); 7] = [
    ("response_type", "code"),
    ("client_id", "c"),
    ("redirect_uri", REDIRECT),
    ("scope", "a b"),
    ("state", "st&te"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

async fn provider() -> Provider {
    let provider = Provider::start(vec![Client { id: "c".into(), secret: Secret::new(SECRET) }]).await.unwrap();
    provider.register_redirect_uri(REDIRECT);
    provider
}

async fn authorize(provider: &Provider, change: (&str, &str)) -> HttpResponse {
    let mut url = Url::parse(&provider.url("authorize")).unwrap();
    let pairs = GOOD.map(|(name, value)| (name, if name == change.0 { change.1 } else { value }));
    url.query_pairs_mut().extend_pairs(pairs);
    Context::os().http.send(HttpRequest::new(Method::GET, url)).await.unwrap()
}

async fn token(provider: &Provider, pairs: &[(&str, &str)]) -> (u16, serde_json::Value) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let form = http::HeaderValue::from_static("application/x-www-form-urlencoded");
    let request = HttpRequest::new(Method::POST, Url::parse(&provider.url("token")).unwrap())
        .header(http::header::CONTENT_TYPE, form)
        .body(body);
    let response = Context::os().http.send(request).await.unwrap();
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

#[tokio::test]
async fn a_good_request_is_shown_to_a_person() {
    let provider = provider().await;
    let page = authorize(&provider, ("", "")).await;
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    assert!(text.contains("<code>a</code>") && text.contains("<code>b</code>") && !text.contains(SECRET), "{text}");
    provider.stop().await;
}

#[tokio::test]
async fn what_names_no_known_client_or_redirect_is_sent_nowhere() {
    let provider = provider().await;
    for change in [("client_id", "d"), ("redirect_uri", "http://evil.example/"), ("redirect_uri", "")] {
        let refused = authorize(&provider, change).await;
        assert_eq!((refused.status, refused.headers.get(LOCATION)), (400, None), "{change:?}");
    }
    provider.stop().await;
}

#[tokio::test]
async fn a_request_without_pkce_goes_back_as_an_error() {
    let provider = provider().await;
    for (change, error) in [
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
    ] {
        let refused = authorize(&provider, change).await;
        let back = Url::parse(refused.header(&LOCATION).unwrap()).unwrap();
        let pairs: Vec<_> = back.query_pairs().into_owned().collect();
        assert!(back.as_str().starts_with(REDIRECT), "{back}");
        assert!(pairs.contains(&("error".into(), error.into())), "{change:?}: {back}");
        assert!(pairs.contains(&("state".into(), "st&te".into())), "{change:?}: {back}");
    }
    provider.stop().await;
}

#[tokio::test]
async fn the_token_endpoint_wants_a_client_and_a_grant_it_knows() {
    let provider = provider().await;
    for (pairs, status, error) in [
        (&[("client_id", "c"), ("client_secret", "x")][..], 401, "invalid_client"),
        (&[("grant_type", "authorization_code")][..], 401, "invalid_client"),
        (&[("client_id", "c"), ("client_secret", SECRET), ("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("client_id", "c"), ("client_secret", SECRET), ("grant_type", "refresh_token")], 400, "invalid_grant"),
        (&[("client_id", "c"), ("client_secret", SECRET), ("grant_type", "authorization_code")], 400, "invalid_grant"),
    ] {
        assert_eq!(token(&provider, pairs).await.0, status, "{pairs:?}");
        assert_eq!(token(&provider, pairs).await.1["error"], error, "{pairs:?}");
    }
    provider.stop().await;
}
