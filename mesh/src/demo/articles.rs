//! What the knowledge base of the demonstration says, written and published by the administrator.

use mesh_core::error::Result;
use proto::tickets::v1::{
    Article, ArticleState, ArticleVisibility, CreateArticleRequest, GetArticleRequest, PublishArticleRequest,
};

use super::{
    client::{Person, patiently},
    people::request_id,
};

/// Title, text and readers of each.
const ARTICLES: [(&str, &str, ArticleVisibility); 5] = [
    (
        "Connect to the Wi-Fi in the meeting rooms",
        "Visitors and colleagues use the same network in all meeting rooms.\n\n## What to do\n\n1. Choose **Guest** in the list of networks.\n2. Open any page; you are asked for your name.\n3. Say yes to the terms of use. The access lasts until midnight.\n\nThe network *Staff* needs a device that the IT department has set up.\n\n> No network in the list? The access point in the room may be off. Tell us the number of the room.",
        ArticleVisibility::Public,
    ),
    (
        "Unjam a printer",
        "Most jams are gone in a minute.\n\n1. Open the **rear cover**, not only the tray.\n2. Pull the paper out in the direction it was going.\n3. Close the cover and wait until the printer is quiet.\n\nIf it jams again at once, the roller is worn out: send a request and name the printer as on its sticker.",
        ArticleVisibility::SignedIn,
    ),
    (
        "Set up a second factor",
        "A second factor keeps others out even when they know your password.\n\n- Open **Your account**, then *Second factor*.\n- Scan the picture with an authenticator app, or add a passkey.\n- Print the recovery codes and keep them where you keep keys.",
        ArticleVisibility::SignedIn,
    ),
    (
        "Borrow a laptop for a journey",
        "Send a request to **Asset Management**, category *Check Out*, at least two days before you leave.\n\n| what | who |\n|---|---|\n| laptop, charger, bag | Asset Management |\n| adapters for other countries | reception |\n\nGive everything back within three days after you return.",
        ArticleVisibility::SignedIn,
    ),
    (
        "Reset an account for somebody on the telephone",
        "1. Ask for the employee number and call back on the number in the directory.\n2. Send a link for a new password; never say one on the telephone.\n3. Write down in an internal note how you made sure who it was.",
        ArticleVisibility::Staff,
    ),
];

/// Writes and publishes them; those that are there stay as they are.
pub(super) async fn publish(admin: &Person) -> Result<()> {
    for (number, (title, text, visibility)) in ARTICLES.into_iter().enumerate() {
        let article = Article {
            title: title.into(),
            text: text.into(),
            visibility: visibility.into(),
            ..Article::default()
        };
        let ask = CreateArticleRequest { article: Some(article), request_id: request_id("article", number) };
        let id = patiently(async || admin.knowledge().create_article(ask.clone()).await).await?.id;
        // The answer to a repetition is the first one, however the article stands by now.
        let ask = GetArticleRequest { id };
        let article = patiently(async || admin.knowledge().get_article(ask.clone()).await).await?;
        if article.state() == ArticleState::Draft {
            let ask = PublishArticleRequest {
                id: article.id,
                etag: article.etag,
                ..PublishArticleRequest::default()
            };
            patiently(async || admin.knowledge().publish_article(ask.clone()).await).await?;
        }
    }
    Ok(())
}
