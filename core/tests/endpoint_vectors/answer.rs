//! An answer, as the tables write it.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokcore::transport::HttpResponse;

#[derive(Deserialize)]
pub struct Answer {
    status: Option<u16>,
    content_type: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    json: Option<Value>,
    text: Option<String>,
    text_fill: Option<Fill>,
}

#[derive(Deserialize)]
struct Fill {
    prefix: String,
    fill: String,
    count: usize,
    suffix: String,
}

impl Answer {
    pub fn response(&self) -> HttpResponse {
        let mut headers = HeaderMap::new();
        let content_type = self.content_type.as_deref().unwrap_or("application/json");
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).expect("a header value"));
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().expect("a header name");
            headers.insert(name, value.as_str().and_then(|text| text.parse().ok()).expect("a header value"));
        }
        let fill = |fill: &Fill| format!("{}{}{}", fill.prefix, fill.fill.repeat(fill.count), fill.suffix);
        let body = match (&self.json, &self.text_fill) {
            (Some(json), _) => json.to_string(),
            (_, Some(text_fill)) => fill(text_fill),
            _ => self.text.clone().unwrap_or_default(),
        };
        HttpResponse::new(self.status.unwrap_or(200), headers, body.into_bytes())
    }
}
