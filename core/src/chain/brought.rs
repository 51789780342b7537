//! What somebody brings, a token or a source: itself, or the service account whose identity it takes on.

use std::sync::Arc;

use super::methods::source_of;
use super::scene::Scene;
use crate::api::TokenSource;
use crate::error::Error;
use crate::provider::given::GivenToken;
use crate::provider::google::{impersonation, quota};
use crate::token::SharedToken;

/// Who brings it.
pub(super) struct Bringer<'a> {
    /// As messages name it.
    pub(super) name: &'a str,
    /// The options that a method of the program has served itself.
    pub(super) serves: Option<&'a [String]>,
}

impl Bringer<'_> {
    /// A source that is brought. Effects: as of its token where an identity is taken on with it.
    ///
    /// Errors: `ConfigInvalid` for a wish that it cannot serve; those of its token.
    pub(super) fn source(&self, scene: &Scene<'_>, source: &TokenSource) -> Result<TokenSource, Error> {
        if !self.takes_on_another(scene)? {
            let charged = quota::header_of(scene.wish.quota_project.as_deref());
            return Ok(if charged.is_empty() { source.clone() } else { source.with_headers(charged) });
        }
        if scene.is_walk {
            // Whoever has to sign in for it does so now: nobody can be asked in the middle of an exchange.
            source.token(scene.person, scene.interrupt)?;
        }
        Ok(source_of(scene, impersonation::as_wished(scene.world, Arc::new(source.lent()), &scene.wish)?))
    }

    /// A token that is brought. Errors: as [`Bringer::source`].
    pub(super) fn token(&self, scene: &Scene<'_>, token: SharedToken) -> Result<TokenSource, Error> {
        let provider = Arc::new(GivenToken::of(scene.world, token, self.name));
        if self.takes_on_another(scene)? {
            return Ok(source_of(scene, impersonation::as_wished(scene.world, provider, &scene.wish)?));
        }
        let charged = quota::project(&scene.world.context, &scene.wish, None);
        Ok(source_of(scene, provider).with_headers(quota::header_of(charged.as_deref())))
    }

    /// Whether an identity is to be taken on with what is brought. Errors: `ConfigInvalid` for a wish that it cannot serve.
    fn takes_on_another(&self, scene: &Scene<'_>) -> Result<bool, Error> {
        let serves = |name: &str| self.serves.is_some_and(|options| options.iter().any(|own| own == name));
        if scene.wish.impersonate.is_some() && !serves("impersonate") {
            return Ok(true);
        }
        match (scene.wish.check_plain(self.name, serves), self.serves) {
            (Err(error), Some(_)) => {
                let how = "if the method serves it, let it say so by a parameter of that name";
                let otherwise = error.hint().to_owned();
                Err(error.with_hint(format!("{how}; else {otherwise}")))
            }
            (checked, _) => checked.map(|()| false),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::any::Any;

    use serde_json::json;

    use super::*;
    use crate::chain::{Brought, Chain, ChainRequest, CustomMethod, Fetched, Given, Method};
    use crate::engine::NoInterrupt;
    use crate::person::Nobody;
    use crate::provider::google::fake::{Fake, answer, form};
    use crate::settings::Settings;
    use crate::token::Token;
    use crate::world::World;

    const ACCOUNT: &str = "sa@p.iam.gserviceaccount.com";
    const USER: &str =
        r#"{"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r-canary"}"#;

    /// Google: a user's tokens, the machine's, and IAM.
    fn google() -> Fake {
        Fake::new().playing(|request| {
            let path = request.url.path();
            let token = |text: &str| json!({"access_token": text, "token_type": "Bearer", "expires_in": 3599});
            Ok(match path.rsplit([':', '/']).next().unwrap_or_default() {
                "token" if request.url.scheme() == "http" => google_says(&token("MACHINE")),
                "token" if form(request).contains_key("assertion") => answer(200, &token("SUBJECT")),
                "token" => answer(200, &token("USER")),
                "generateAccessToken" => {
                    answer(200, &json!({"accessToken": "AT", "expireTime": "2023-11-14T23:13:30Z"}))
                }
                "signJwt" => answer(200, &json!({"signedJwt": "a.b.c"})),
                _ => google_says(
                    &json!({"default": {"email": ACCOUNT, "scopes": ["https://www.googleapis.com/auth/iam"]}}),
                ),
            })
        })
    }

    fn google_says(body: &serde_json::Value) -> crate::transport::HttpResponse {
        crate::provider::google::fake::answer_with(200, &[("metadata-flavor", "Google")], body)
    }

    fn request(settings: &[(&str, &str)]) -> ChainRequest {
        let settings: Settings = settings.iter().copied().collect();
        ChainRequest::from_settings(settings, &Chain::default()).expect("a request")
    }

    fn found(chain: &Chain, world: &World, request: &ChainRequest) -> Result<TokenSource, Error> {
        match chain.fetch_with_context(world.context.clone(), request, &(), &Nobody, &NoInterrupt)? {
            Fetched::Source(source) => Ok(source),
            _ => panic!("a source or an error"),
        }
    }

    fn text_of(source: &TokenSource) -> String {
        source.current().expect("a token").access_token().expose().to_owned()
    }

    struct Own;

    impl CustomMethod for Own {
        fn token(&self, _: &ChainRequest, _: &dyn Any) -> Result<Option<Given>, Error> {
            let given: Settings = [("access_token", "OWN")].into_iter().collect();
            Ok(Some(Given::Token(Box::new(Token::from_settings(given, 0)?))))
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    #[test]
    fn what_is_brought_takes_on_the_account_that_is_named() {
        let own = Chain::of(vec![("own".to_owned(), Method::Custom(Arc::new(Own)))]).expect("a chain");
        let impersonating = || request(&[("impersonate", ACCOUNT)]);
        let (elsewhere, _) = google().world();
        let user = found(&Chain::default(), &elsewhere, &request(&[("token", USER)])).expect("a user");
        for (chain, request, asker) in [
            (Chain::default(), request(&[("impersonate", ACCOUNT), ("token", "TEXT")]), "TEXT"),
            (Chain::default(), impersonating().bringing(Brought::Source(user)), "USER"),
            (own, impersonating(), "OWN"),
        ] {
            let (world, fake) = google().world();
            let source = found(&chain, &world, &request).expect(asker);
            assert_eq!(
                (text_of(&source).as_str(), source.about().principal.as_deref()),
                ("AT", Some(ACCOUNT)),
                "{asker}"
            );
            let asked = fake.seen().pop().expect("IAM is asked");
            assert_eq!(asked.headers["authorization"], format!("Bearer {asker}"));
        }
    }

    #[test]
    fn what_is_brought_is_charged_to_the_project_that_is_named() {
        let (world, _) = Fake::new().var("GOOGLE_CLOUD_QUOTA_PROJECT", "of-variable").world();
        let charged = |request: &ChainRequest| {
            let source = found(&Chain::default(), &world, request).expect("a token");
            let token = source.current().expect("a token");
            let fields = source.request_headers(&token, "GET", "https://storage.googleapis.com/").expect("fields");
            fields
                .into_iter()
                .find(|(name, _)| name == "x-goog-user-project")
                .map(|(_, value)| value.expose().to_owned())
        };
        assert_eq!(charged(&request(&[("token", "T")])).as_deref(), Some("of-variable"));
        assert_eq!(charged(&request(&[("token", "T"), ("quota_project", "p")])).as_deref(), Some("p"));
    }

    #[test]
    fn a_machine_stands_in_for_a_subject_and_what_is_named_is_never_passed_over() {
        let machine = || google().var("GCE_METADATA_HOST", "metadata.google.internal");
        let (world, fake) = machine().world();
        let request_of = |scope: &str| request(&[("subject", "ann@example.com"), ("scopes", scope)]);
        let source =
            found(&Chain::default(), &world, &request_of("https://www.googleapis.com/auth/iam")).expect("a token");
        assert_eq!(
            (text_of(&source).as_str(), source.about().principal.as_deref()),
            ("SUBJECT", Some("ann@example.com"))
        );
        assert!(fake.seen().iter().any(|request| request.url.path().ends_with(":signJwt")));
        let (world, _) = machine().world();
        let unfit = request(&[("scopes", "drive"), ("service_account", "default")]);
        let error = found(&Chain::default(), &world, &unfit).expect_err("the machine has no such scope");
        assert_eq!(error.reason(), Some(crate::reason::Reason::InsufficientScopes));
    }

    #[test]
    fn json_in_the_variable_of_a_path_is_repeated_by_nobody() {
        let (world, _) = google().var("GOOGLE_APPLICATION_CREDENTIALS", USER).world();
        let source = found(&Chain::default(), &world, &request(&[])).expect("a token");
        let told = format!("{:?}{:?}", source.about(), source.attempts());
        assert!(told.contains("the JSON in GOOGLE_APPLICATION_CREDENTIALS") && !told.contains("canary"), "{told}");
    }
}
