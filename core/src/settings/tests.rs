use serde_json::json;

use super::{ClientSettings, GrantKind, Setting, Settings, TokenRequest};

fn settings(value: serde_json::Value) -> Settings {
    match Setting::from(value) {
        Setting::Table(table) => table,
        _ => panic!("the test gives a table"),
    }
}

fn refusal(value: serde_json::Value) -> String {
    TokenRequest::from_settings(settings(value)).unwrap_err().to_string()
}

#[test]
fn scopes_are_a_text_or_a_list() {
    for scopes in [json!("a b"), json!(["a", "b"])] {
        let request = TokenRequest::from_settings(settings(json!({ "scopes": scopes }))).unwrap();
        assert_eq!(request.scopes, ["a", "b"]);
        assert_eq!(request.grant, GrantKind::AuthorizationCode);
    }
}

#[test]
fn what_was_given_can_be_read_again_as_text() {
    let given = settings(json!({"a": "x", "list": ["p", 1, true], "none": null, "deep": {"er": 1.5}}));
    let read = |name: &str| given.get(name).map(|value| value.to_text().as_str().to_owned());
    assert_eq!(read("a").as_deref(), Some("x"));
    assert_eq!(read("list").as_deref(), Some(r#"["p",1,true]"#));
    assert_eq!(read("deep").as_deref(), Some(r#"{"er":1.5}"#));
    assert_eq!(read("deep.er").as_deref(), Some("1.5"));
    for absent in ["none", "a.b", "deep.est", "", "other"] {
        assert_eq!(read(absent), None, "{absent}");
    }
}

#[test]
fn parameters_keep_their_order_and_may_repeat() {
    let given = json!({"token_params": {"b": [1, "two"], "a": true, "none": null}});
    let request = TokenRequest::from_settings(settings(given)).unwrap();
    let pairs: Vec<_> = request.token_params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [("a", "true"), ("b", "1"), ("b", "two")]);
}

#[test]
fn a_wrong_setting_is_named_and_its_value_is_not() {
    assert_eq!(refusal(json!({"scopez": "canary"})), "the request: there is no setting scopez; did you mean scopes");
    assert_eq!(refusal(json!({"pkce": "canary"})), "the request: pkce: a text where a boolean is wanted");
    assert_eq!(refusal(json!({"min_validity_s": -1})), "the request: min_validity_s: it is no number of seconds");
    assert_eq!(refusal(json!({"grant": "password"})), "the grant password needs username");
}

#[test]
fn numbers_of_languages_with_one_number_type_are_whole_where_they_are() {
    let request =
        TokenRequest::from_settings(settings(json!({"max_age_s": 60.0, "port_candidates": [8080.0]}))).unwrap();
    assert_eq!((request.max_age_s, request.port_candidates), (Some(60), vec![8080]));
}

#[test]
fn names_with_a_dot_lead_into_tables() {
    let mut given = Settings::new();
    given.set("client_id", "c").unwrap();
    given.set("assertion_claims.foo", "bar").unwrap();
    given.add("scopes", "a").unwrap();
    given.add("scopes", "b").unwrap();
    let client = ClientSettings::from_settings(given).unwrap();
    assert_eq!(client.assertion_claims.text("foo"), Some("bar"));
    assert_eq!(client.scopes, ["a", "b"]);
}

#[test]
fn no_print_shows_a_value() {
    let mut given = Settings::new();
    given.set("client_id", "c").unwrap();
    given.set("client_secret", "canary-1").unwrap();
    given.set("key", "canary-2").unwrap();
    let printed =
        format!("{given:?} {:?} {:?}", Setting::from("canary-3"), ClientSettings::from_settings(given.clone()));
    assert!(!printed.contains("canary"), "{printed}");
}

#[test]
fn a_mistyped_grant_is_told_and_a_vendors_own_is_not() {
    let asked = |grant: &str| TokenRequest::from_settings(settings(json!({ "grant": grant })));
    for (slip, meant) in [
        ("client_credential", "client_credentials"),
        ("authorisation_code", "authorization_code"),
        ("devcie", "device"),
    ] {
        let error = asked(slip).unwrap_err();
        assert!(error.message().contains(slip) && error.hint().contains(meant), "{error:?}");
    }
    for own in ["account_credentials", "fb_exchange_token", "urn:example:client_credential"] {
        assert!(asked(own).is_ok(), "{own}");
    }
}

#[test]
fn changes_come_in_place_of_what_is_set_part_by_part() {
    let mut file = settings(json!({ "client_id": "a", "dialect": { "request": { "x": 1, "y": 1 } } }));
    file.change(settings(json!({ "client_id": "b", "dialect": { "request": { "y": 2 } }, "dpop": true })));
    assert!(file == settings(json!({ "client_id": "b", "dialect": { "request": { "x": 1, "y": 2 } }, "dpop": true })));
}
