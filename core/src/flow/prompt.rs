//! What a host shows while a sign-in is under way.

use std::fmt;

use super::CapturePlan;
use super::code::CodeFlow;
use super::device::DeviceFlow;

/// What the host shows to the person.
#[derive(Clone, Default)]
pub struct FlowPrompt {
    /// The page to sign in on. It holds the one-time state: for this person only.
    pub authorization_url: Option<String>,
    /// Where the browser comes back to.
    pub redirect_uri: Option<String>,
    /// The code to enter on another device.
    pub user_code: Option<String>,
    /// Where to enter it.
    pub verification_uri: Option<String>,
    /// The same with the code in it.
    pub verification_uri_complete: Option<String>,
    /// The server's own instructions.
    pub message: Option<String>,
    /// When the code stops working. Units: seconds since 1970-01-01 UTC.
    pub expires_at_unix_s: Option<i64>,
    /// Where the answer is awaited: `loopback`, `paste`, `poll`, `device`.
    pub channels: Vec<&'static str>,
    /// What the person should know, one line each.
    pub notices: Vec<String>,
}

impl FlowPrompt {
    /// What the plan alone says.
    pub(super) fn of(plan: &CapturePlan) -> Self {
        let channels = &plan.channels;
        let watched = [
            (channels.listener, "loopback"),
            (channels.paste, "paste"),
            (channels.poll.is_some(), "poll"),
            (channels.device, "device"),
        ];
        Self {
            channels: watched.into_iter().filter(|(watched, _)| *watched).map(|(_, name)| name).collect(),
            notices: plan.notices.clone(),
            ..Self::default()
        }
    }

    /// The same for a sign-in with a page.
    pub(super) fn with_code(self, code: &CodeFlow) -> Self {
        let redirect_uri = Some(code.sign_in.redirect_uri.clone());
        Self { authorization_url: Some(code.url.clone()), redirect_uri, ..self }
    }

    /// The same for a sign-in on another device.
    pub(super) fn with_device(self, device: &DeviceFlow) -> Self {
        Self {
            user_code: Some(device.authorization.user_code.clone()),
            verification_uri: Some(device.authorization.verification_uri.clone()),
            verification_uri_complete: device.authorization.verification_uri_complete.clone(),
            message: device.authorization.message.clone(),
            expires_at_unix_s: Some(device.expires_at_unix_s),
            ..self
        }
    }
}

/// The page's address holds one-time texts, and the code is for one person's eyes: neither is printed.
impl fmt::Debug for FlowPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowPrompt")
            .field("redirect_uri", &self.redirect_uri)
            .field("verification_uri", &self.verification_uri)
            .field("expires_at_unix_s", &self.expires_at_unix_s)
            .field("channels", &self.channels)
            .field("notices", &self.notices)
            .finish_non_exhaustive()
    }
}
