//! An answer of a script as bytes.

use std::collections::BTreeMap;

use anyhow::Context as _;
use base64::Engine as _;

use crate::vectors::{Answer, Behaviour, replace_text};

/// How many bytes a cut answer promises beyond those it sends.
const MISSING_BYTES: usize = 100;

/// The bytes of `answer`, with the addresses of this run put in.
pub(crate) fn bytes(answer: &Answer, places: &BTreeMap<String, String>) -> anyhow::Result<Vec<u8>> {
    let status = answer.status.unwrap_or(200);
    let body = body(answer, places)?;
    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    if !answer.headers.contains_key("content-type") && status != 204 {
        head += "content-type: application/json\r\n";
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {}\r\n", replace_text(value, places));
    }
    // RFC 9110 §8.6: a 204 has no length.
    if status != 204 {
        let cut = matches!(answer.behaviour, Some(Behaviour::Truncate | Behaviour::Stall));
        head += &format!("content-length: {}\r\n", body.len() + if cut { MISSING_BYTES } else { 0 });
    }
    Ok([head.as_bytes(), b"\r\n", &body].concat())
}

fn body(answer: &Answer, places: &BTreeMap<String, String>) -> anyhow::Result<Vec<u8>> {
    if let Some(base64) = &answer.body_base64 {
        return base64::prelude::BASE64_STANDARD.decode(base64).context("bodyBase64");
    }
    if let Some(repeat) = &answer.body_repeat {
        return Ok(repeat.text.repeat(repeat.times).into_bytes());
    }
    let text = match (&answer.json, &answer.body) {
        (Some(json), _) => json.to_string(),
        (None, Some(text)) => text.clone(),
        (None, None) => String::new(),
    };
    Ok(replace_text(&text, places).into_bytes())
}
