//! Finding people among very many: by id, by name, page by page.
//!
//! The people are made by the API one by one, so what is measured is what an installation of that size has.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use proto::identity::v1::{BatchGetUsersRequest, ListUsersRequest, UserView};
use tokio::task::JoinSet;

use crate::{
    front::Front,
    load::{Figures, histogram},
};

/// People asked for at once.
const BATCH: usize = 200;
/// Names people have here; two of them make about as many combinations as there are people with one name in a large firm.
const NAMES: [&str; 40] = [
    "Amara", "Bela", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kofi", "Lena",
    "Mateo", "Nadia", "Olek", "Priya", "Quentin", "Rosa", "Sven", "Tariq", "Uma", "Viktor", "Wanda", "Xenia",
    "Yusuf", "Zora", "Anders", "Brigid", "Cosmo", "Dara", "Emre", "Fiona", "Goran", "Hanna", "Ivo", "Jana",
    "Karim", "Lotte", "Marek", "Noor",
];

/// Fills the directory and measures each way to ask, one caller at a time.
pub(crate) async fn measure(front: &Front, people: u64, callers: usize, time: Duration) -> Result<String> {
    fill(front, people, callers).await?;
    let (tokens, scattered) = walk(front).await?;
    let middle = tokens.get(tokens.len() / 2).cloned().unwrap_or_default();
    let batch = BatchGetUsersRequest { user_ids: scattered, view: UserView::Full.into(), emails: vec![] };
    let list = |query: &str, page_token: String| ListUsersRequest {
        query: query.into(),
        view: UserView::Full.into(),
        page_size: 50,
        page_token,
        ..ListUsersRequest::default()
    };
    let mut said = String::new();
    let taken = repeat(time, async || front.batch_get_users(batch.clone()).await).await?;
    write!(said, "BatchGetUsers({BATCH}): {taken}")?;
    for (what, ask) in [
        ("first page", list("", String::new())),
        ("page in the middle", list("", middle)),
        ("two beginnings of names", list("kar lot", String::new())),
        ("one letter", list("k", String::new())),
        ("an address", list("person-77", String::new())),
    ] {
        let taken = repeat(time, async || front.list_users(ask.clone()).await.map(drop)).await?;
        write!(said, "\nListUsers, {what}: {taken}")?;
    }
    Ok(said)
}

/// Makes people until there are enough.
async fn fill(front: &Front, people: u64, callers: usize) -> Result<()> {
    let there = front.list_users(ListUsersRequest::default()).await?.total;
    let next = std::sync::Arc::new(AtomicU64::new(u64::try_from(there)?));
    let mut makers = JoinSet::new();
    for _ in 0..callers {
        let (front, next) = (front.clone(), next.clone());
        makers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= people {
                    return anyhow::Ok(());
                }
                front.create_person(&name(number), number).await?;
            }
        });
    }
    while let Some(made) = makers.join_next().await {
        made??;
    }
    Ok(())
}

fn name(number: u64) -> String {
    let pick = |number: u64| {
        NAMES.get(usize::try_from(number % 40).unwrap_or_default()).copied().unwrap_or_default()
    };
    format!("{} {} {number}", pick(number), pick(number / 40))
}

/// Every page's token, and ids from all over the list.
async fn walk(front: &Front) -> Result<(Vec<String>, Vec<String>)> {
    let (mut tokens, mut ids, mut page_token) = (vec![], vec![], String::new());
    loop {
        let ask = ListUsersRequest {
            page_size: 50,
            view: UserView::Full.into(),
            page_token: page_token.clone(),
            ..ListUsersRequest::default()
        };
        let page = front.list_users(ask).await?;
        ids.push(page.users.first().context("an empty page")?.id.clone());
        if page.next_page_token.is_empty() {
            break;
        }
        page_token.clone_from(&page.next_page_token);
        tokens.push(page.next_page_token);
    }
    let step = (ids.len() / BATCH).max(1);
    Ok((tokens, ids.into_iter().step_by(step).take(BATCH).collect()))
}

/// One call after the other for the time.
async fn repeat(time: Duration, mut call: impl AsyncFnMut() -> Result<()>) -> Result<Figures> {
    let (start, mut micros) = (Instant::now(), histogram()?);
    while start.elapsed() < time {
        let sent = Instant::now();
        call().await?;
        micros.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    Ok(Figures { callers: 1, time: start.elapsed(), micros })
}
