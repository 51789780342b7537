//! What an RPC request asks for, read strictly: a body that two readers could understand differently is refused.
//!
//! Source: specs/workbench.md §1.1, §1.2 (what the clients send), §1.9 ("Accept on input").

use uuid::Uuid;

use super::strict::Json;

/// Largest body that is read. Units: bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// The calls, named by the last part of their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `/oauth_token`: an access token for one integration.
    Token,
    /// `/oauth_integrations`: what there is, and what of it this user is signed in to.
    Integrations,
    /// `/id_token`: the identity token of the web login.
    IdentityToken,
    /// `/delegated_azure_token`: a token for an Azure resource.
    AzureToken,
    /// `/heartbeat`: sent by an editor, answered and ignored.
    Heartbeat,
}

impl Method {
    /// The call with this name, as it stands in a path or in a body.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "oauth_token" => Self::Token,
            "oauth_integrations" => Self::Integrations,
            "id_token" => Self::IdentityToken,
            "delegated_azure_token" => Self::AzureToken,
            "heartbeat" => Self::Heartbeat,
            _ => return None,
        })
    }

    /// Its name in paths, bodies and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "oauth_token",
            Self::Integrations => "oauth_integrations",
            Self::IdentityToken => "id_token",
            Self::AzureToken => "delegated_azure_token",
            Self::Heartbeat => "heartbeat",
        }
    }

    /// Whether an empty body says everything.
    fn needs_no_body(self) -> bool {
        matches!(self, Self::Integrations | Self::IdentityToken | Self::Heartbeat)
    }
}

/// A well-formed request.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// A token; `None` when what was sent cannot be the GUID of anything.
    Token(Option<Uuid>),
    /// The list.
    Integrations,
    /// The identity token.
    IdentityToken,
    /// A token for an Azure resource.
    AzureToken,
    /// A sign of life.
    Heartbeat,
}

/// A body that is not JSON, of the wrong types, or for another call; answered by 400 without echoing any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

/// Reads the body of a call to `method`.
pub fn read(method: Method, body: &[u8]) -> Result<Request, Invalid> {
    let body = if body.is_empty() && method.needs_no_body() { b"{}" } else { body };
    let body = Json::parse(body).filter(|body| matches!(body, Json::Object(_))).ok_or(Invalid)?;
    check_method(method, &body)?;
    let keywords = keywords(&body)?;
    let params = match body.get("params") {
        None => &[][..],
        Some(Json::Array(params)) => params,
        Some(_) => return Err(Invalid),
    };
    Ok(match method {
        // The SDK does not validate the GUID: any value arrives here, and any value but a GUID names nothing.
        Method::Token => Request::Token(keywords.and_then(|k| k.get("uuid")).ok_or(Invalid)?.as_str().and_then(guid)),
        Method::AzureToken => match params.first().and_then(Json::as_str) {
            Some(resource) if !resource.is_empty() => Request::AzureToken,
            _ => return Err(Invalid),
        },
        Method::Integrations => Request::Integrations,
        Method::IdentityToken => Request::IdentityToken,
        Method::Heartbeat => Request::Heartbeat,
    })
}

/// Python writes the method with a leading slash, R without; both repeat what the path says.
fn check_method(method: Method, body: &Json<'_>) -> Result<(), Invalid> {
    match body.get("method") {
        None => Ok(()),
        Some(Json::Text(name)) if name.strip_prefix('/').unwrap_or(name) == method.name() => Ok(()),
        Some(_) => Err(Invalid),
    }
}

/// The keyword object. R encodes an empty one as an empty array.
fn keywords<'j, 'a>(body: &'j Json<'a>) -> Result<Option<&'j Json<'a>>, Invalid> {
    match body.get("kwparams") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Array(items)) if items.is_empty() => Ok(None),
        Some(keywords @ Json::Object(_)) => Ok(Some(keywords)),
        Some(_) => Err(Invalid),
    }
}

/// A GUID in its one written form, in either letter case; braces, URNs and bare digits are not it.
pub fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const G01: &str = "75cc881c-25b4-53f2-bb9e-f7459f7c909e";

    fn token(body: &str) -> Result<Request, Invalid> {
        read(Method::Token, body.as_bytes())
    }

    #[test]
    fn both_clients_own_bytes() {
        let wanted = Ok(Request::Token(guid(G01)));
        assert_eq!(token(&format!(r#"{{"method": "/oauth_token", "kwparams": {{"uuid": "{G01}"}}}}"#)), wanted);
        assert_eq!(token(&format!(r#"{{"kwparams":{{"uuid":"{G01}"}},"method":"oauth_token"}}"#)), wanted);
        assert_eq!(
            read(Method::Integrations, br#"{"kwparams":[],"method":"oauth_integrations"}"#),
            Ok(Request::Integrations)
        );
        let azure = br#"{"params":["https://r"],"method":"delegated_azure_token"}"#;
        assert_eq!(read(Method::AzureToken, azure), Ok(Request::AzureToken));
        assert_eq!(read(Method::IdentityToken, br#"{"method":"id_token"}"#), Ok(Request::IdentityToken));
    }

    #[test]
    fn whatever_is_not_a_guid_names_nothing() {
        let long = format!("\"{}\"", "x".repeat(5000));
        let braced = format!("\"{{{G01}}}\"");
        for value in ["5", "null", "[]", "\"\"", "{}", "true", &long, &braced, "\"75cc881c25b453f2bb9ef7459f7c909e\""] {
            assert_eq!(token(&format!(r#"{{"kwparams":{{"uuid":{value}}}}}"#)), Ok(Request::Token(None)), "{value}");
        }
        assert_eq!(guid(&G01.to_uppercase()), guid(G01));
    }

    #[test]
    fn wrong_shapes_are_refused() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"kwparams":[]}"#,
            r#"{"kwparams":null}"#,
            r#"{"kwparams":{}}"#,
            r#"{"kwparams":[1]}"#,
            r#"{"kwparams":"x"}"#,
            r#"{"kwparams":{"uuid":"x"},"params":{}}"#,
            r#"{"kwparams":{"uuid":"x"},"method":"//oauth_token"}"#,
            r#"{"kwparams":{"uuid":"x"},"method":null}"#,
            r#"{"kwparams":{"uuid":"x"},"method":"id_token"}"#,
        ] {
            assert_eq!(token(body), Err(Invalid), "{body}");
        }
        assert_eq!(read(Method::AzureToken, br#"{"params":[]}"#), Err(Invalid));
        assert_eq!(read(Method::AzureToken, br#"{"params":[""]}"#), Err(Invalid));
    }

    #[test]
    fn unknown_keys_are_ignored() {
        let body = br#"{"clientId":"c","version":3,"sourceWnd":"w","method":"/oauth_integrations"}"#;
        assert_eq!(read(Method::Integrations, body), Ok(Request::Integrations));
        assert_eq!(read(Method::Integrations, b""), Ok(Request::Integrations));
    }
}
