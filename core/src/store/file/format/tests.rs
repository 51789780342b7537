use zeroize::Zeroizing;

use super::*;
use crate::crypto;
use crate::secret::Secret;

struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        crypto::fill_random(out)
    }
}

fn key(master: u8, store: u8) -> StoreKey {
    StoreKey::new(Zeroizing::new([master; 32]), KeySource::File, [store; STORE_ID_BYTES])
}

fn at(group: u8, credential: u8) -> Address {
    Address { group: [group; 8], key: CredentialKey([credential; 32]) }
}

fn record(generation: u64, token: &str) -> Record {
    let facts = Facts { generation, client_id: "s6BhdRkqt3".into(), ..Facts::new() };
    let mut secrets = Secrets::default();
    secrets.refresh_token = Some(Secret::new(token));
    Record { facts, secrets }
}

fn file(key: &StoreKey, address: &Address, generation: u64, token: &str) -> Vec<u8> {
    let written = Some(BootTime { boot: 7, ms: 1000 });
    seal(key, address, &record(generation, token), written, &SystemRng).expect("a sealed record")
}

fn open(file: &[u8], key: &StoreKey, address: &Address) -> Result<String, Unreadable> {
    let record = Sealed::parse(file)?.record(key, address)?;
    Ok(record.secrets.refresh_token.as_ref().map(|token| token.expose().to_owned()).unwrap_or_default())
}

#[test]
fn what_was_sealed_opens_and_the_header_tells_where_it_belongs() {
    let (key, address) = (key(1, 1), at(1, 1));
    let file = file(&key, &address, 41, "refresh");
    assert_eq!(open(&file, &key, &address).expect("opens"), "refresh");
    let header = Sealed::parse(&file).expect("a header").header;
    assert_eq!((header.address, header.generation, header.source), (address, 41, KeySource::File));
    assert_eq!((header.key_id, header.written), (key.id(), Some(BootTime { boot: 7, ms: 1000 })));
}

#[test]
fn nothing_opens_under_another_key_store_or_address() {
    let sealed = file(&key(1, 1), &at(1, 1), 0, "refresh");
    for (why, key, address) in [
        ("another key", key(2, 1), at(1, 1)),
        ("another store", key(1, 2), at(1, 1)),
        ("another credential", key(1, 1), at(1, 2)),
        ("another client", key(1, 1), at(2, 1)),
    ] {
        assert_eq!(open(&sealed, &key, &address), Err(Unreadable::Foreign), "{why}");
    }
}

/// Facts of one file, secrets of another; headers of either.
#[test]
fn nothing_can_be_cut_from_one_file_and_pasted_into_another() {
    let (key, address) = (key(1, 1), at(1, 1));
    let files = [
        file(&key, &address, 1, "refresh-1"),
        file(&key, &address, 1, "refresh-2"),
        file(&key, &address, 2, "refresh-1"),
        file(&key, &at(1, 2), 1, "refresh-1"),
    ];
    let parts = files.each_ref().map(|file| {
        let parsed = Sealed::parse(file).expect("a header");
        [&file[..HEADER_BYTES], &file[HEADER_BYTES..parsed.secrets_at], &file[parsed.secrets_at..]]
    });
    for (head, facts, secrets) in (0..64).map(|number: usize| (number / 16, number / 4 % 4, number % 4)) {
        let mixed = [parts[head][0], parts[facts][1], parts[secrets][2]].concat();
        // Two writes of one generation have the same header; the fourth file belongs elsewhere.
        let same_header = head == facts || head + facts == 1;
        let whole = same_header && facts == secrets && facts != 3;
        assert_eq!(open(&mixed, &key, &address).is_ok(), whole, "{head} {facts} {secrets}");
    }
}

#[test]
fn ten_thousand_mutations_open_nothing() {
    let (key, address) = (key(1, 1), at(1, 1));
    let (one, other) = (file(&key, &address, 1, "refresh"), file(&key, &at(1, 2), 3, "another"));
    let mut state = 0x746f_6b63_6f72_6531_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for number in 0..10_000 {
        let mut changed = one.clone();
        let at = below(changed.len());
        match below(5) {
            0 => changed[at] ^= 1 << below(8),
            1 => changed[at] = changed[at].wrapping_add(1 + below(255) as u8),
            2 => changed.truncate(at),
            3 => changed.insert(at, below(256) as u8),
            _ => {
                changed.truncate(at);
                changed.extend_from_slice(&other[below(other.len())..]);
            }
        }
        if changed != one {
            assert!(open(&changed, &key, &address).is_err(), "mutation {number} at {at}");
        }
    }
}

#[test]
fn the_length_of_a_file_tells_nothing_of_short_tokens() {
    let (key, address) = (key(1, 1), at(1, 1));
    let lengths = ["", "short", &"x".repeat(500)].map(|token| file(&key, &address, 0, token).len());
    assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
}

#[test]
fn neither_a_huge_record_nor_a_huge_file_is_taken() {
    let (key, address) = (key(1, 1), at(1, 1));
    let huge = record(0, &"x".repeat(MAX_FILE_BYTES));
    assert!(seal(&key, &address, &huge, None, &SystemRng).is_err());
    let mut forged = file(&key, &address, 0, "refresh");
    forged[96..100].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(open(&forged, &key, &address), Err(Unreadable::Damaged));
}

#[test]
fn a_later_layout_is_told_from_a_damaged_one() {
    let (key, address) = (key(1, 1), at(1, 1));
    let mut later = file(&key, &address, 0, "refresh");
    later[4] = 2;
    assert_eq!(open(&later, &key, &address), Err(Unreadable::Later));
    later[4] = 0;
    assert_eq!(open(&later, &key, &address), Err(Unreadable::Damaged));
}

#[test]
fn facts_open_without_the_secrets() {
    let (key, address) = (key(1, 1), at(1, 1));
    let mut file = file(&key, &address, 5, "refresh");
    let last = file.len() - 1;
    file[last] ^= 1;
    let sealed = Sealed::parse(&file).expect("a header");
    assert_eq!(sealed.facts(&key, &address).expect("facts").generation, 5);
    assert_eq!(sealed.record(&key, &address).err(), Some(Unreadable::Foreign));
}
