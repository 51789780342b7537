//! `device.json`.

use serde::Deserialize;
use serde_json::{Value, json};
use tokcore::oauth::Reading;
use tokcore::oauth::device::{self, DeviceAuthorization, Moment, PollAnswer, Polling, Step};
use tokcore::{Error, Kind, Secret};

use crate::answer::Answer;
use crate::table::{each, same, same_error};

const NOW_UNIX_MS: i64 = 1_700_000_000_000;

#[derive(Deserialize)]
struct Case {
    answer: Option<Answer>,
    #[serde(default)]
    polls: Vec<Poll>,
    expires_in_s: Option<u64>,
    #[serde(default)]
    slept_s_before_poll: Vec<i64>,
    expect: Value,
}

#[derive(Deserialize)]
struct Poll {
    lost: Option<String>,
    #[serde(flatten)]
    answer: Answer,
}

impl Poll {
    fn read(&self) -> PollAnswer {
        let lost = self.lost.as_deref().map(|slug| {
            let kind = Kind::ALL.iter().find(|kind| kind.slug() == slug).expect("a kind");
            Error::new(*kind, "no answer")
        });
        let answer = match lost {
            Some(error) => Err(error),
            None => Ok(self.answer.response()),
        };
        PollAnswer::read(&answer, &Reading { sent_at_unix_s: NOW_UNIX_MS / 1000, ..Reading::default() })
    }
}

#[test]
fn device() {
    each("device.json", |case: &Case| match &case.answer {
        Some(answer) => {
            let read = device::read(&answer.response(), &Reading::default());
            if format!("{read:?}").contains("canary") {
                return Err("the device code was printed".into());
            }
            match read {
                Ok(authorization) => same("authorization", &described(&authorization), &case.expect["authorization"]),
                Err(error) => same_error(&error, case.expect.get("error").unwrap_or(&Value::Null)),
            }
        }
        None => case.poll(),
    });
}

fn described(authorization: &DeviceAuthorization) -> Value {
    json!({
        "user_code": authorization.user_code,
        "verification_uri": authorization.verification_uri,
        "verification_uri_complete": authorization.verification_uri_complete,
        "message": authorization.message,
        "expires_in_s": authorization.expires_in_s,
        "interval_s": authorization.interval_s,
        "page": authorization.page().map(|url| url.to_string()),
        "warnings": authorization.warnings.iter().map(|warning| warning.slug()).collect::<Vec<_>>(),
    })
}

impl Case {
    fn poll(&self) -> Result<(), String> {
        let authorization = DeviceAuthorization {
            device_code: Secret::new("device-canary"),
            user_code: "WDJB-MJHT".into(),
            verification_uri: "https://as.example/device".into(),
            verification_uri_complete: None,
            message: None,
            expires_in_s: self.expires_in_s.unwrap_or(900),
            interval_s: 5,
            warnings: Vec::new(),
        };
        let mut now = Moment { steady_ms: 0, unix_ms: NOW_UNIX_MS };
        let mut polling = Polling::new(&authorization, now);
        let mut wait = polling.first_wait();
        let (mut asked_at_ms, mut warnings, mut end) = (Vec::new(), Vec::new(), json!(null));
        for (at, poll) in self.polls.iter().enumerate() {
            let waited_ms = u64::try_from(wait.as_millis()).expect("a short wait");
            now.steady_ms += waited_ms;
            now.unix_ms += waited_ms as i64 + self.slept_s_before_poll.get(at).unwrap_or(&0) * 1000;
            asked_at_ms.push(now.steady_ms);
            match polling.after(poll.read(), now) {
                Step::Continue { wait: next, warning } => {
                    wait = next;
                    warnings.extend(warning.map(|warning| warning.slug()));
                }
                Step::Done(_) => end = json!("done"),
                Step::Failed(error) => {
                    same_error(&error, &self.expect["end"])?;
                    end = self.expect["end"].clone();
                }
            }
            if !end.is_null() && at + 1 < self.polls.len() {
                return Err(format!("over after {} answers", at + 1));
            }
        }
        same("asked_at_ms", &json!(asked_at_ms), &self.expect["asked_at_ms"])?;
        same("warnings", &json!(warnings), self.expect.get("warnings").unwrap_or(&json!([])))?;
        same("end", &end, &self.expect["end"])
    }
}
