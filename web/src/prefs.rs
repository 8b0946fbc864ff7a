//! What somebody likes in this browser: theme, density, language, folded zones. Kept in local storage, nothing else is.

use sycamore::prelude::*;

use crate::browser;

const THEME: &str = "tm.theme";
const DENSITY: &str = "tm.density";
const LANGUAGE: &str = "tm.language";

/// Light, dark, or whatever the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// All of them, in the order of the switch.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word kept and set on `<html>`.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Whatever is not known follows the system.
    pub(crate) fn from_key(key: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.key() == key).unwrap_or_default()
    }
}

/// The preferences as signals; setting one applies and keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefs {
    pub(crate) theme: Signal<Theme>,
    pub(crate) comfortable: Signal<bool>,
}

impl Prefs {
    /// Reads what was kept and applies every later change at once.
    pub(crate) fn load() -> Self {
        let theme = create_signal(Theme::from_key(&browser::remembered(THEME).unwrap_or_default()));
        let comfortable = create_signal(browser::remembered(DENSITY).as_deref() == Some("comfortable"));
        create_effect(move || apply_theme(theme.get()));
        create_effect(move || apply_density(comfortable.get()));
        Self { theme, comfortable }
    }
}

fn apply_theme(theme: Theme) {
    let Some(root) = browser::root() else { return };
    if theme == Theme::System {
        root.remove_attribute("data-theme").ok();
        browser::forget(THEME);
    } else {
        root.set_attribute("data-theme", theme.key()).ok();
        browser::remember(THEME, theme.key());
    }
}

fn apply_density(comfortable: bool) {
    let Some(root) = browser::root() else { return };
    if comfortable {
        root.set_attribute("data-density", "comfortable").ok();
        browser::remember(DENSITY, "comfortable");
    } else {
        root.remove_attribute("data-density").ok();
        browser::forget(DENSITY);
    }
}

/// The language chosen here, if one was.
pub(crate) fn language() -> Option<String> {
    browser::remembered(LANGUAGE)
}

/// Chooses a language; every text is made anew, so the page starts over.
pub(crate) fn choose_language(tag: &str) {
    browser::remember(LANGUAGE, tag);
    browser::reload();
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn a_theme_survives_its_word_and_an_unknown_word_follows_the_system() {
        assert!(Theme::ALL.into_iter().all(|theme| Theme::from_key(theme.key()) == theme));
        assert_eq!(Theme::from_key("sepia"), Theme::System);
    }
}
