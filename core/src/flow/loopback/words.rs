//! The sentences of the pages, one table per language. `{application}` stands for the program's name.

/// What the pages say in one language.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// Language tag, for the page and for [`Words::in_language`].
    pub language: &'static str,
    /// Titles and sentences of: the sign-in page is still open.
    pub waiting: (&'static str, &'static str),
    /// … the answer is there, and the program is not done with it.
    pub received: (&'static str, &'static str),
    /// … all is well.
    pub succeeded: (&'static str, &'static str),
    /// … it did not work.
    pub failed: (&'static str, &'static str),
    /// … the answer belongs to no sign-in that is going on.
    pub stray: (&'static str, &'static str),
    /// Comes before the provider's own words.
    pub reason: &'static str,
}

/// A language is added by adding a table.
const LANGUAGES: [Words; 2] = [
    Words {
        language: "en",
        waiting: (
            "Waiting for your sign-in",
            "Finish the sign-in in the page that was opened. If there is none, use the link that {application} shows.",
        ),
        received: ("Sign-in received", "Return to {application}, which takes it from here. You can close this page."),
        succeeded: ("You are signed in", "{application} has what it needs. You can close this page."),
        failed: ("Sign-in failed", "You are not signed in. Return to {application} to try again."),
        stray: (
            "This is another sign-in",
            "The answer does not belong to the sign-in that {application} waits for. Use the newest link it shows.",
        ),
        reason: "Reason:",
    },
    Words {
        language: "de",
        waiting: (
            "Die Anmeldung läuft noch",
            "Schließen Sie die Anmeldung auf der geöffneten Seite ab. Fehlt sie, benutzen Sie den Link, den {application} zeigt.",
        ),
        received: (
            "Anmeldung angekommen",
            "Kehren Sie zu {application} zurück, dort geht es weiter. Diese Seite können Sie schließen.",
        ),
        succeeded: ("Sie sind angemeldet", "{application} hat alles Nötige. Diese Seite können Sie schließen."),
        failed: (
            "Die Anmeldung ist gescheitert",
            "Sie sind nicht angemeldet. Kehren Sie zu {application} zurück, um es noch einmal zu versuchen.",
        ),
        stray: (
            "Das ist eine andere Anmeldung",
            "Die Antwort gehört nicht zu der Anmeldung, auf die {application} wartet. Benutzen Sie den neuesten Link.",
        ),
        reason: "Grund:",
    },
];

impl Words {
    /// The words in the first language of an `Accept-Language` value that there is a table for, else in English.
    ///
    /// Browsers list their languages by preference, so weights are not looked at.
    pub fn in_language(accepted: &str) -> &'static Words {
        let primary =
            |tag: &str| tag.split(['-', '_', ';', '.']).next().unwrap_or_default().trim().to_ascii_lowercase();
        accepted
            .split(',')
            .map(primary)
            .find_map(|tag| LANGUAGES.iter().find(|words| words.language == tag))
            .unwrap_or(&LANGUAGES[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_wins() {
        for (accepted, language) in [
            ("de-CH,en;q=0.8", "de"),
            ("fr-FR, de;q=0.7", "de"),
            ("", "en"),
            ("*", "en"),
            ("en-GB,de", "en"),
            ("de_DE.UTF-8", "de"),
        ] {
            assert_eq!(Words::in_language(accepted).language, language, "{accepted}");
        }
    }
}
