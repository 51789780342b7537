//! What happens again when a token is renewed, and what is not asked for again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::TokenProvider;
use crate::provider::google::Wish;
use crate::provider::google::external_account::{SubjectTokenSupplier, Supplier, open, open_supplied};
use crate::provider::google::fake::{Fake, answer, form, wait};
use crate::secret::Secret;
use crate::world::World;

const IMPERSONATION: &str = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/sa@p.iam.gserviceaccount.com:generateAccessToken";

fn file(source: Value, impersonates: bool) -> Map<String, Value> {
    let mut file = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/o",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "credential_source": source,
    });
    if impersonates {
        file["service_account_impersonation_url"] = IMPERSONATION.into();
    }
    file.as_object().cloned().expect("an object")
}

/// A world whose exchange gives `FED` for an hour and whose service account gives `AT` for a minute.
fn world() -> (World, Arc<Fake>) {
    let fake = Fake::new().file("/run/token", "PROOF").playing(|request| {
        Ok(match request.url.host_str() {
            Some("sts.googleapis.com") => {
                answer(200, &json!({"access_token": "FED", "expires_in": 3600, "token_type": "Bearer"}))
            }
            _ if request.url.path().ends_with(":signBlob") => answer(200, &json!({"signedBlob": "c2ln"})),
            _ => answer(200, &json!({"accessToken": "AT", "expireTime": "2023-11-14T22:14:30Z"})),
        })
    });
    fake.world()
}

fn hosts(fake: &Fake) -> Vec<String> {
    fake.seen().iter().filter_map(|request| request.url.host_str().map(str::to_owned)).collect()
}

fn fetch(provider: &Arc<dyn TokenProvider>) -> Result<String, Error> {
    wait(provider.clone().fetch(None)).map(|token| token.access_token().expose().to_owned())
}

#[test]
fn the_pools_token_serves_several_of_the_service_accounts() {
    let (world, fake) = world();
    let provider =
        open(&world, file(json!({"file": "/run/token"}), true), "pool.json", &Wish::default()).expect("a pool");
    assert_eq!(fetch(&provider).expect("a token"), "AT");
    fake.sleep_s(60);
    assert_eq!(fetch(&provider).expect("another one"), "AT");
    assert_eq!(
        hosts(&fake),
        ["sts.googleapis.com", "iamcredentials.googleapis.com", "iamcredentials.googleapis.com"],
        "one exchange for both"
    );
    fake.sleep_s(3500);
    assert_eq!(fetch(&provider).expect("a third one"), "AT");
    assert_eq!(hosts(&fake)[3..], ["sts.googleapis.com", "iamcredentials.googleapis.com"], "it had become stale");
}

#[test]
fn google_signs_for_the_service_account_and_for_no_pool() {
    let (world, fake) = world();
    let open = |impersonates| {
        let file = file(json!({"file": "/run/token"}), impersonates);
        open(&world, file, "pool.json", &Wish::default()).expect("a pool")
    };
    assert_eq!(wait(open(true).sign(b"bytes")).expect("a signature"), b"sig");
    assert_eq!(hosts(&fake), ["sts.googleapis.com", "iamcredentials.googleapis.com"]);
    assert_eq!(wait(open(false).sign(b"bytes")).expect_err("no account").kind(), Kind::InvalidState);
}

#[test]
fn a_proof_is_read_again_each_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("token");
    let (world, fake) = world();
    let world = World::apart(Context { files: Context::os().files, ..world.context });
    let provider = open(&world, file(json!({"file": path}), false), "pool.json", &Wish::default()).expect("a pool");
    for proof in ["first", "second"] {
        write(&path, proof);
        assert_eq!(fetch(&provider).expect("a token"), "FED");
        assert_eq!(form(fake.seen().last().expect("a request"))["subject_token"], proof);
    }
    write(&path, "");
    assert!(fetch(&provider).expect_err("no proof").message().contains("is empty"));
}

#[allow(clippy::disallowed_methods, reason = "whoever keeps the file fresh is not core")]
fn write(path: &std::path::Path, content: &str) {
    std::fs::write(path, content).expect("it can be written");
}

struct Counting(AtomicUsize);

impl SubjectTokenSupplier for Counting {
    fn subject_token(&self, audience: &str, subject_token_type: &str) -> Result<Secret, Error> {
        assert!(audience.ends_with("/providers/o") && subject_token_type.ends_with(":jwt"));
        match self.0.fetch_add(1, Ordering::Relaxed) {
            2 => Err(Error::new(Kind::Timeout, "the vault is sealed")),
            3 => Ok(Secret::new("")),
            count => Ok(Secret::new(format!("proof {count}"))),
        }
    }
}

#[test]
fn a_program_may_give_proofs_itself() {
    let (world, fake) = world();
    let mut file = file(Value::Null, false);
    file.remove("credential_source");
    let open = || {
        let supplier = Supplier::from(Arc::new(Counting(AtomicUsize::new(0))));
        open_supplied(&world, file.clone(), "program", &Wish::default(), supplier).expect("a pool")
    };
    let provider = open();
    for count in 0..2 {
        assert_eq!(fetch(&provider).expect("a token"), "FED");
        assert_eq!(form(&fake.seen()[count])["subject_token"], format!("proof {count}"));
    }
    let failed = fetch(&provider).expect_err("its failure");
    assert_eq!((failed.kind(), failed.message()), (Kind::Timeout, "the vault is sealed"));
    assert!(fetch(&provider).expect_err("nothing").message().contains("gave an empty text"));
    let key = provider.key();
    drop(provider);
    // In memory the next one may well take the place of the one that is gone.
    assert!((0..10).all(|_| open().key() != key), "another supplier may speak for somebody else");
}

#[test]
fn credentials_are_told_apart_by_all_that_their_tokens_depend_on() {
    let (world, _) = world();
    let open = |file, wish: &Wish| open(&world, file, "pool.json", wish).expect("a pool").key();
    let plain = || file(json!({"file": "/run/token"}), false);
    let usual = open(plain(), &Wish::default());
    assert_eq!(usual, open(plain(), &Wish::default()));
    let scopes = Some(vec!["https://www.googleapis.com/auth/drive".to_owned()]);
    for (what, other) in [
        ("scopes", open(plain(), &Wish { scopes: scopes.clone(), ..Wish::default() })),
        ("source", open(file(json!({"file": "/run/other"}), false), &Wish::default())),
        ("account", open(file(json!({"file": "/run/token"}), true), &Wish::default())),
        ("account's scopes", open(file(json!({"file": "/run/token"}), true), &Wish { scopes, ..Wish::default() })),
    ] {
        assert_ne!(usual, other, "{what}");
    }
}
