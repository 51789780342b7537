//! Signs the demo user in the way a person does: page, provider, consent, callback. No row is written behind the
//! broker's back, so that the demo shows the real flow or nothing.

use tokcore::{Context, Error};
use url::Url;

use crate::browser::Browser;

/// Signs in to the integration `guid`, and agrees to what the provider asks.
///
/// `login_link` is a one-time link of this broker, with its token in the fragment. Effects: `[net]`, loopback only.
pub async fn sign_in(context: Context, login_link: &Url, guid: &str) -> Result<(), Error> {
    let mut browser = Browser::new(context);
    // The page's script does this for a person: it moves the token from the fragment into a form.
    let login = join(login_link, "login/link")?;
    let fields = [("token", login_link.fragment().unwrap_or_default())];
    let credentials = browser.submit(&login, &fields).await?.redirect()?.clone();

    let page = browser.open(&credentials).await?;
    let begin = join(&page.url, &format!("credentials/{guid}/sign-in"))?;
    let provider = browser.submit(&begin, &[("csrf", page.field("csrf")?)]).await?.redirect()?.clone();

    let consent = browser.open(&provider).await?;
    let answer = join(&provider, "authorize/answer")?;
    let fields = [("request", consent.field("request")?), ("answer", "allow")];
    let callback = browser.submit(&answer, &fields).await?.redirect()?.clone();
    let done = browser.open(&callback).await?;
    browser.open(done.redirect()?).await.map(drop)
}

fn join(base: &Url, path: &str) -> Result<Url, Error> {
    base.join(&format!("/{path}"))
        .map_err(|cause| Error::new(tokcore::Kind::Internal, format!("demo address: {cause}")))
}
