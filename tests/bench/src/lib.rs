//! What the bench programs share: timing, and one JSON line per figure.

use std::time::Instant;

/// The integration that every contestant asks for.
pub const GUID: &str = "4c1cfecb-1927-4f19-bc2f-d8ac261364e0";

/// A cookie as the product writes one; its signature is nobody's.
pub const COOKIE: &str = "user|Thu%2C%2001%20Jan%202099%2000%3A00%3A00%20GMT|x";

/// The answer that the static server gives to every call.
pub fn answer() -> String {
    format!(r#"{{"access_token":"ya29.{}","expiry":"2099-01-01T00:00:00Z"}}"#, "0123456789".repeat(21))
}

/// Duration of every single call, sorted. Units: nanoseconds.
pub fn each_ns(calls: usize, mut call: impl FnMut()) -> Vec<f64> {
    for _ in 0..20 {
        call();
    }
    sorted((0..calls).map(|_| elapsed_ns(&mut call)).collect())
}

/// Mean duration of a call in each of 31 batches, sorted: for calls too short to be timed alone. Units: nanoseconds.
pub fn batches_ns(calls_per_batch: usize, mut call: impl FnMut()) -> Vec<f64> {
    let mut batch = || (0..calls_per_batch).for_each(|_| call());
    batch();
    sorted((0..31).map(|_| elapsed_ns(&mut batch) / calls_per_batch as f64).collect())
}

/// Prints one figure as a JSON line.
pub fn emit(contestant: &str, metric: &str, unit: &str, sorted: &[f64]) {
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    let line = serde_json::json!({
        "contestant": contestant, "metric": metric, "unit": unit,
        "median": at(0.5), "p10": at(0.1), "p90": at(0.9), "n": sorted.len(),
    });
    println!("{line}");
}

fn elapsed_ns(call: &mut impl FnMut()) -> f64 {
    let begun = Instant::now();
    call();
    begun.elapsed().as_nanos() as f64
}

fn sorted(mut figures: Vec<f64>) -> Vec<f64> {
    figures.sort_by(f64::total_cmp);
    figures
}
