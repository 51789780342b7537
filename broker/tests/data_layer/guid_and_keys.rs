//! G01–G06, the fingerprint, the sub-keys, and the limits of a master key.

use tokcore_broker::fingerprint::fingerprint;
use tokcore_broker::guid::integration_guid;
use tokcore_broker::hex;
use tokcore_broker::keys::{Key, Purpose};

use crate::vectors::{cases, table, text, unhex};

#[test]
fn guids() {
    for (id, case) in cases(&table("guid.json"), "guid") {
        assert_eq!(integration_guid(text(case, "header")).to_string(), text(case, "guid"), "{id}");
    }
}

#[test]
fn fingerprints() {
    for (id, case) in cases(&table("guid.json"), "fingerprint") {
        let [auth, token, client] = ["authorization_url", "token_url", "client_id"].map(|name| text(case, name));
        assert_eq!(fingerprint(auth, token, client), text(case, "fingerprint"), "{id}");
        assert_ne!(fingerprint(auth, token, "other"), text(case, "fingerprint"), "{id}");
    }
}

#[test]
fn sub_keys() {
    let table = table("keys.json");
    let key = Key::new("k1", &unhex(text(&table, "master_hex"))).unwrap();
    for (id, case) in cases(&table, "sub_key") {
        let purpose = match text(case, "purpose") {
            "rpc-cookie" => Purpose::RpcCookie,
            "db-token" => Purpose::DbToken,
            "web-session" => Purpose::WebSession,
            "flow-state" => Purpose::FlowState,
            "key-check" => Purpose::KeyCheck,
            other => panic!("{id}: unknown purpose {other}"),
        };
        assert_eq!(hex::encode(key.sub_key(purpose)), text(case, "sub_key"), "{id}");
    }
    for (id, case) in cases(&table, "id_begins") {
        assert!(key.id().starts_with(text(case, "id_begins")), "{id}");
    }
}
