//! What letters say: one template a kind and language, set in two frames, plain text and HTML, so that both say the same.
//!
//! The invariants: whatever a template names must be given, so nothing is left blank unseen; in HTML every value is escaped;
//! subjects carry no values at all.

use mesh_core::error::{Error, Result};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

const FRAMES: [(&str, &str); 2] = [
    ("frame.txt", include_str!("../../letters/frame.txt.j2")),
    ("frame.html", include_str!("../../letters/frame.html.j2")),
];

/// Names every kind of letter once: its template has the same name in the folder of every language.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// What a letter is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$kind),+];

            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }

        const TEMPLATES: &[(&str, &str)] = &[$(
            (concat!("en/", $name), include_str!(concat!("../../letters/en/", $name, ".j2"))),
            (concat!("de/", $name), include_str!(concat!("../../letters/de/", $name, ".j2"))),
        )+];
    };
}

kinds! {
    /// Somebody made an account for the reader, who opens it.
    AccountCreated = "account_created",
    /// The reader, or somebody with his address, asked for an account.
    SignUp = "sign_up",
    /// The reader asked for an account and has one.
    AccountExists = "account_exists",
    /// Somebody else waits for the reader's approval.
    AccountWaiting = "account_waiting",
    AccountApproved = "account_approved",
    AccountDeclined = "account_declined",
    PasswordReset = "password_reset",
    PasswordChanged = "password_changed",
    /// Somebody else changed the reader's profile.
    ProfileUpdated = "profile_updated",
    AccountLocked = "account_locked",
    AccountUnlocked = "account_unlocked",
    FailedSignIns = "failed_sign_ins",
    SignInCode = "sign_in_code",
    /// A sign-in on a device the reader was never seen on.
    NewDevice = "new_device",
    /// A refresh token was used twice.
    SessionStolen = "session_stolen",
    AppAdded = "app_added",
    PasskeyAdded = "passkey_added",
    PasskeyRemoved = "passkey_removed",
    /// The last second factor is gone.
    SecondFactorOff = "second_factor_off",
    CodesGuessed = "codes_guessed",
}

/// A language letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    #[cfg(test)]
    pub(super) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language of a BCP 47 tag; English for any other.
    pub(crate) fn of(locale: &str) -> Self {
        let primary = locale.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// What a letter says, in both its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Every template, compiled.
#[derive(Debug)]
pub(crate) struct Templates(Environment<'static>);

impl Templates {
    /// Compiles all of them, so that a broken one is found at start.
    pub(crate) fn new() -> Result<Self> {
        let mut env = Environment::empty();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_auto_escape_callback(|name| {
            let is_html = name.rsplit_once('.').is_some_and(|(_, form)| form == "html");
            if is_html { AutoEscape::Html } else { AutoEscape::None }
        });
        env.add_filter("plain", plain);
        env.add_filter("markup", markup);
        for (name, source) in FRAMES {
            env.add_template(name, source).map_err(Error::internal)?;
        }
        for (name, source) in TEMPLATES {
            for form in ["txt", "html"] {
                env.add_template_owned(format!("{name}.{form}"), *source).map_err(Error::internal)?;
            }
        }
        Ok(Self(env))
    }

    /// The letter of a kind with these values in it.
    pub(crate) fn wording(&self, kind: Kind, language: Language, values: &Value) -> Result<Wording> {
        let (subject, text) = self.form(kind, language, "txt", values)?;
        let (_, html) = self.form(kind, language, "html", values)?;
        Ok(Wording { subject, text, html })
    }

    /// Subject and whole of one form.
    fn form(&self, kind: Kind, language: Language, form: &str, values: &Value) -> Result<(String, String)> {
        let code = language.code();
        let name = format!("{code}/{}.{form}", kind.name());
        let values = context! { language => code, frame => format!("frame.{form}"), ..values.clone() };
        let template = self.0.get_template(&name).map_err(Error::internal)?;
        let mut letter = template.render_captured(values).map_err(Error::internal)?;
        let subject =
            letter.with_state_mut(|state| state.render_block("subject")).map_err(Error::internal)?;
        Ok((subject, letter.into_output()))
    }
}

/// Paragraphs of plain text, one blank line between.
fn plain(text: &str) -> String {
    paragraphs(text).join("\n\n")
}

/// Paragraphs of HTML; the text is escaped already.
fn markup(text: &str) -> Value {
    let marked: Vec<_> =
        paragraphs(text).iter().map(|one| format!("<p>{}</p>", one.replace('\n', "<br>\n"))).collect();
    Value::from_safe_string(marked.join("\n"))
}

/// Lines that stand together, without those that are blank.
fn paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let blocks = lines.split(|line| line.is_empty()).filter(|block| !block.is_empty());
    blocks.map(|block| block.join("\n")).collect()
}

#[cfg(test)]
mod tests {
    use minijinja::{Value, context};

    use super::{Kind, Language, TEMPLATES, Templates, Wording};

    /// Every value any template names.
    fn values() -> Value {
        context! {
            name => "Ann Lee",
            public_url => "https://desk.example.com",
            link => "",
            code => "",
            inviter => "Root Admin",
            message => "Welcome!\nSee you on Monday.",
            open => true,
            applicant => "Bob Ray",
            applicant_email => "bob@example.com",
            time => "2026-01-07 09:30 CET",
            editor => "Root Admin",
            new_email => "ann.lee@example.com",
            minutes => 15,
            failures => 5,
            device => "Firefox on Linux",
            address => "192.0.2.7",
        }
    }

    fn wording(kind: Kind, language: Language, values: &Value) -> Wording {
        Templates::new().expect("every template compiles").wording(kind, language, values).expect("renders")
    }

    /// Whether the letter names what its link is for.
    fn leads_somewhere(kind: Kind) -> bool {
        let source = TEMPLATES.iter().find(|(name, _)| *name == format!("en/{}", kind.name()));
        source.is_some_and(|(_, source)| source.contains("block action"))
    }

    #[test]
    fn every_letter_reads_as_it_is_kept() {
        for kind in Kind::ALL {
            for language in Language::ALL {
                let code = if *kind == Kind::SignInCode { "482913" } else { "" };
                let link =
                    if leads_somewhere(*kind) { "https://desk.example.com/somewhere/secret" } else { "" };
                let Wording { subject, text, html } =
                    wording(*kind, language, &context! { code, link, ..values() });
                insta::assert_snapshot!(
                    format!("{}-{}", kind.name(), language.code()),
                    format!("{subject}\n\n{text}\n\n{html}")
                );
            }
        }
    }

    #[test]
    fn what_people_typed_stays_text() {
        let typed = r#"<img src=x onerror="alert(1)"> & {{ link }} {% raw %}"#;
        let values = context! { name => typed, inviter => typed, message => typed, ..values() };
        for language in Language::ALL {
            let letter = wording(Kind::AccountCreated, language, &values);
            assert!(letter.text.contains(typed), "{}", letter.text);
            assert!(!letter.html.contains("<img") && letter.html.contains("&lt;img"), "{}", letter.html);
        }
    }

    #[test]
    fn a_letter_without_what_it_names_is_not_written() {
        let templates = Templates::new().expect("every template compiles");
        let values = context! { name => "Ann Lee", public_url => "", link => "", code => "" };
        assert!(templates.wording(Kind::AccountLocked, Language::English, &values).is_err());
    }

    #[test]
    fn subjects_are_the_same_for_everybody() {
        let others = context! { name => "Bob", inviter => "", device => "", address => "", applicant => "X", ..values() };
        for kind in Kind::ALL {
            for language in Language::ALL {
                let subject = wording(*kind, language, &values()).subject;
                assert_eq!(subject, wording(*kind, language, &others).subject);
                assert!(!subject.is_empty() && !subject.contains(char::is_control), "{subject}");
            }
        }
    }

    #[test]
    fn german_is_for_those_who_want_it_and_english_for_all_others() {
        for (locale, language) in [
            ("de", Language::German),
            ("DE-ch", Language::German),
            ("en-GB", Language::English),
            ("den", Language::English),
            ("fr", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of(locale), language, "{locale}");
        }
    }
}
