//! The matrix: which place, which misfortune, which server, and how pressing it is.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::provider::{POLICIES, Policy};

const POINTS: &str = include_str!("../../vectors/store/crash_points.json");
/// As `TOKCORE_FP` names them.
const ACTIONS: [&str; 11] = [
    "kill9",
    "stop90s",
    "panic",
    "enospc",
    "eio",
    "erofs",
    "emfile",
    "enomem",
    "delay(300)",
    "short_write(7)",
    "reset",
];

/// A place in core; see the table.
#[derive(Clone, Debug, Deserialize)]
pub struct Point {
    pub point: String,
    pub passed: Option<Passed>,
    #[serde(default)]
    pub loses: bool,
    pub fails: Option<Fails>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    Renewal,
    Rotating,
    Making,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fails {
    Store,
    Exchange,
}

/// What the process is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Renew a token that is good for 500 s more.
    Stale,
    /// Renew one that is over.
    Expired,
    /// Put a grant into a store that is not there yet.
    Making,
}

const MOMENTS: [(Moment, &str); 3] =
    [(Moment::Stale, "stale"), (Moment::Expired, "expired"), (Moment::Making, "making")];

/// One cell of the matrix.
#[derive(Clone, Debug)]
pub struct Case {
    pub point: Point,
    pub action: &'static str,
    pub policy: Policy,
    pub moment: Moment,
}

/// All places, also those that core does not have.
pub fn points() -> Result<Vec<Point>> {
    #[derive(Deserialize)]
    struct Table {
        cases: Vec<Point>,
    }
    Ok(serde_json::from_str::<Table>(POINTS).context("crash_points.json")?.cases)
}

/// All cells that make sense.
pub fn all() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for point in points()? {
        for (moment, _) in MOMENTS {
            for policy in POLICIES.into_iter().filter(|policy| point.is_passed(moment, *policy)) {
                for action in ACTIONS {
                    cases.push(Case { point: point.clone(), action, policy, moment });
                }
            }
        }
    }
    Ok(cases)
}

impl Point {
    fn is_passed(&self, moment: Moment, policy: Policy) -> bool {
        let Some(passed) = self.passed else { return false };
        match moment {
            // The server has no part in it.
            Moment::Making => matches!(passed, Passed::Making | Passed::Both) && policy == Policy::Strict,
            _ => passed == Passed::Rotating && policy.is_risky() || matches!(passed, Passed::Renewal | Passed::Both),
        }
    }
}

impl Case {
    /// For `TOKCORE_FP`. A place that is passed several times stops the process once only.
    pub fn failpoint(&self) -> String {
        let count = if self.action == "stop90s" { ":1" } else { "" };
        format!("{}={}{count}", self.point.point, self.action)
    }

    /// Whether nothing fails, and only time passes.
    pub fn only_delays(&self) -> bool {
        self.action == "stop90s" || self.action.starts_with("delay")
    }

    /// Whether the only copy of an answer is lost.
    pub fn loses(&self) -> bool {
        self.point.loses && !self.only_delays()
    }
}

/// `rec_rename=kill9/strict/stale`.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = MOMENTS.iter().find(|(moment, _)| *moment == self.moment).map_or("", |(_, name)| name);
        write!(f, "{}={}/{}/{moment}", self.point.point, self.action, self.policy.name())
    }
}

impl FromStr for Case {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = all()?.into_iter().find(|case| case.to_string() == text);
        let case = found.with_context(|| format!("there is no case {text}; `tokcore-crash list` names them"))?;
        ensure!(case.point.passed.is_some(), "core does not have {}", case.point.point);
        Ok(case)
    }
}
