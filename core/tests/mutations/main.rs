//! The bounded run of the fuzz targets: the same functions and seeds, with mutations that are the same in every run.

#![allow(clippy::disallowed_methods, reason = "the corpora are files")]

#[path = "../../../fuzz/entries.rs"]
mod entries;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// For all targets together.
const MUTATIONS: usize = 200_000;
/// Longer than anything takes, even on a busy machine; a reader that is slow on purpose is a finding.
const SLOW: Duration = Duration::from_secs(1);

/// A small generator whose numbers are the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a seed")).collect()
}

fn words(target: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/dictionaries").join(format!("{target}.dict"));
    let text = fs::read_to_string(path).expect("a dictionary");
    text.lines().map(|line| line.trim_matches('"').as_bytes().to_vec()).collect()
}

fn mutate(dice: &mut Dice, seeds: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut data = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(data.len() + 1);
        match dice.below(7) {
            0 if at < data.len() => data[at] ^= 1 << dice.below(8),
            1 if at < data.len() => data[at] = dice.below(256) as u8,
            2 => data.truncate(at),
            3 => drop(data.splice(at..at, words[dice.below(words.len())].iter().copied())),
            4 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len());
                data.truncate(at);
                data.extend_from_slice(&other[from..]);
            }
            5 if at < data.len() => {
                let end = at + dice.below(data.len() - at) + 1;
                let piece = data[at..end].repeat(1 + dice.below(8));
                data.splice(at..end, piece);
            }
            _ => data.insert(at, b"\0\"\\{}[],:=&%+ \n\xff"[dice.below(16)]),
        }
    }
    data
}

#[test]
fn no_stranger_can_make_a_reader_panic_or_dawdle() {
    for (target, read) in entries::TARGETS {
        let (seeds, words) = (seeds(target), words(target));
        assert!(seeds.len() >= 3, "{target} has seeds");
        seeds.iter().for_each(|seed| read(seed));
        let mut dice = Dice(0x746f_6b63_6f72_6531);
        for number in 0..MUTATIONS / entries::TARGETS.len() {
            let data = mutate(&mut dice, &seeds, &words);
            let begun = Instant::now();
            let outcome = std::panic::catch_unwind(|| read(&data));
            assert!(outcome.is_ok(), "{target}: mutation {number}: {:?}", String::from_utf8_lossy(&data));
            assert!(begun.elapsed() < SLOW, "{target}: mutation {number} took {:?}", begun.elapsed());
        }
    }
}
