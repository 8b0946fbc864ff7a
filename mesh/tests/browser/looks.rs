//! Light and dark: by the system, by the switch, and kept.

use crate::{
    chromium::Look,
    people::Office,
    stage::{Stage, play},
    visitor::Visitor,
};

/// How bright what is painted behind the page is, 0 to 255.
const BRIGHTNESS: &str = "
    const [red, green, blue] = getComputedStyle(document.documentElement).backgroundColor.match(/[\\d.]+/g).map(Number);
    const bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue;";

async fn is_dark(visitor: &Visitor) {
    visitor.notices("the page is dark", &format!("{BRIGHTNESS} return bright < 64;")).await;
}

async fn is_light(visitor: &Visitor) {
    visitor.notices("the page is light", &format!("{BRIGHTNESS} return bright > 192;")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_dark_where_the_system_is_and_as_one_chooses_from_then_on() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let email = "requester@demo.test";
        let requester = stage.signed_in(email, Look::Dark).await;
        is_dark(&requester).await;
        requester.presses(&format!("Account of {email}")).await;
        requester.presses("Light").await;
        is_light(&requester).await;
        requester.reloads().await;
        requester.sees("No open requests").await;
        is_light(&requester).await;

        let other = stage.signed_in(email, Look::Light).await;
        is_light(&other).await;
        other.presses(&format!("Account of {email}")).await;
        other.presses("Dark").await;
        is_dark(&other).await;
        other.reloads().await;
        other.sees("No open requests").await;
        is_dark(&other).await;
        other.presses(&format!("Account of {email}")).await;
        other.presses("As the system").await;
        is_light(&other).await;
    })
    .await;
}
