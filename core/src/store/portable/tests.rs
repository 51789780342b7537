use super::*;
use crate::context::BootTime;
use crate::crypto::fill_random;
use crate::store::record::Ended;

const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

fn carried(number: u8) -> Carried {
    let address = Address { group: [7; 8], key: CredentialKey([number; 32]) };
    let facts = Facts {
        key: address.key.hex(),
        client_id: "c".into(),
        client_name: Some("../../x".into()),
        generation: number.into(),
        has_refresh_token: true,
        ..Facts::new()
    };
    let mut secrets = Secrets::default();
    secrets.refresh_token = Some(Secret::new("refresh-canary"));
    Carried { address, record: Record { facts, secrets } }
}

fn phrase() -> Secret {
    Secret::new("correct horse battery")
}

fn packed() -> Vec<u8> {
    pack(&[carried(1), carried(2)], &phrase(), CHEAP, fill_random).expect("randomness")
}

#[test]
fn what_was_packed_is_unpacked() {
    let file = packed();
    assert!(!file.windows(6).any(|window| window == b"canary"), "the file is readable");
    let records = unpack(&file, &phrase()).expect("the right passphrase");
    assert_eq!(records.len(), 2);
    assert_eq!(records[1].address, carried(2).address);
    assert_eq!(records[1].record.facts, carried(2).record.facts);
    assert_eq!(records[1].record.secrets.refresh_token, Some(Secret::new("refresh-canary")));
    assert!(!format!("{records:?}").contains("canary"));
    let none = pack(&[], &phrase(), CHEAP, fill_random).expect("randomness");
    assert!(unpack(&none, &phrase()).expect("an empty list").is_empty());
}

#[test]
fn a_wrong_passphrase_and_a_changed_file_open_nothing() {
    let file = packed();
    let error = unpack(&file, &Secret::new("correct horse batterz")).expect_err("another passphrase");
    assert_eq!((error.kind(), error.reason()), (Kind::Store, Some(Reason::StoreKey)));
    assert!(error.message().contains("passphrase"), "{error}");
    // Each byte of the header but the cost, which would take a machine's memory, and some of what is sealed.
    for at in (0..5).chain(17..60).chain([file.len() - 1]) {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(unpack(&changed, &phrase()).is_err(), "byte {at}");
    }
    for end in [0, 4, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 30, file.len() - 1] {
        assert!(unpack(&file[..end], &phrase()).is_err(), "cut at {end}");
    }
}

#[test]
fn a_forged_cost_is_refused_at_once() {
    let mut file = packed();
    file[5..9].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(unpack(&file, &phrase()).expect_err("4 TiB").reason(), Some(Reason::StoreKey));
}

#[test]
fn another_file_and_a_later_version_are_told_apart() {
    let foreign = unpack(&[b'{'; 100], &phrase()).expect_err("no export");
    assert_eq!(foreign.kind(), Kind::InvalidArgument);
    let mut later = packed();
    later[4] = 2;
    let later = unpack(&later, &phrase()).expect_err("a later version");
    assert_eq!((later.kind(), later.hint()), (Kind::Store, UPDATE));
}

#[test]
fn a_short_passphrase_seals_nothing() {
    let error = pack(&[carried(1)], &Secret::new("short"), CHEAP, fill_random).expect_err("too short");
    assert_eq!(error.kind(), Kind::InvalidArgument);
}

#[test]
fn nothing_but_digits_becomes_an_address() {
    let key = "ab".repeat(32);
    assert!(address("0011223344556677", &key).is_some());
    for (group, key) in [("../../../../etc/", &*key), ("0011223344556677", "../x"), ("00112233", &key), ("", "")] {
        assert!(address(group, key).is_none(), "{group} {key}");
    }
    let mut forged = carried(1);
    forged.record.facts.key = "../../x".into();
    let file = pack(&[forged], &phrase(), CHEAP, fill_random).expect("randomness");
    assert!(unpack(&file, &phrase()).is_err());
}

#[test]
fn the_newer_one_stays() {
    let ours = Facts { created_at: 100, requested_at: 500, generation: 4, ..Facts::new() };
    let ended = |facts: &Facts| Facts { ended: Some(Ended::default()), ..facts.clone() };
    let renewed = Facts { generation: 5, ..ours.clone() };
    let earlier = Facts { generation: 3, requested_at: 900, ..ours.clone() };
    let another = Facts { created_at: 600, requested_at: 600, generation: 0, ..ours.clone() };
    for (ours, theirs, expected) in [
        (None, &ours, Arrival::Added),
        (Some(&ours), &ours, Arrival::Kept),
        (Some(&ours), &renewed, Arrival::Replaced),
        (Some(&renewed), &ours, Arrival::Kept),
        (Some(&ours), &earlier, Arrival::Kept),
        (Some(&ours), &another, Arrival::Replaced),
        (Some(&another), &ours, Arrival::Kept),
        (Some(&ended(&renewed)), &ours, Arrival::Replaced),
        (Some(&ours), &ended(&renewed), Arrival::Kept),
    ] {
        assert_eq!(arrival(ours, theirs), expected, "{ours:?} {theirs:?}");
    }
}

#[test]
fn what_arrives_is_marked_and_leaves_its_machine_behind() {
    let mut theirs = carried(1).record;
    theirs.facts.requested_at_boot = Some(BootTime { boot: 1, ms: 2 });
    theirs.facts.is_default = true;
    let alone = settled(theirs.clone(), None);
    assert_eq!((alone.facts.source.as_deref(), alone.facts.is_default), (Some("imported"), true));
    assert!(alone.facts.requested_at_boot.is_none());
    let ours = carried(1).record.facts;
    assert!(!settled(theirs, Some(&ours)).facts.is_default, "which account is the default is said here");
}
