//! One's own account: devices, API keys, how one is seen by others.

use std::path::Path;

use http::Method;
use mesh_core::testing::eventually;
use proto::tickets::v1::ListTicketsRequest;
use tonic::Code;
use url::Url;

use crate::{
    chromium::Look,
    people::{Office, holder},
    stage::{Stage, play},
    wanderer::Wanderer,
};

const EMAIL: &str = "requester@demo.test";
/// A picture to cut a square out of.
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/desk.png");

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_signed_out_from_another_one_leaves_by_itself() {
    play(async |stage: &mut Stage| {
        Office::open(&stage.mesh).await;
        let phone = stage.signed_in(EMAIL, Look::Phone).await;
        phone.sees("No open requests").await;
        let loaded = phone.loaded_at().await;
        let laptop = stage.signed_in(EMAIL, Look::Light).await;
        laptop.opens("/account/sessions").await;
        laptop.sees("This device").await;
        let ends =
            "return [...document.querySelectorAll('[aria-label^=\"Sign out \"]')].map(end => end.ariaLabel);";
        let others = laptop.finds("the other devices", ends).await;
        // The browser, and the office's own sign-in, which named no device.
        assert!(others.iter().any(|end| end == "Sign out Unknown device"), "{others:?}");
        let browser = others.iter().find(|end| end.contains("Chrom")).expect("the phone");
        laptop.presses(browser).await;
        phone.sees("Your session has ended.").await;
        assert_eq!(phone.loaded_at().await, loaded, "nobody reloaded the page");
        phone.is_at("/sign-in").await;

        laptop.presses("Sign out all others").await;
        laptop.sees_no_more("Unknown device").await;
        laptop.sees("This device").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_is_shown_once_calls_as_its_owner_and_is_refused_once_revoked() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        requester.file("The lathe hums", &department_id).await;
        let owner = stage.signed_in(EMAIL, Look::Light).await;
        owner.opens("/account/keys").await;
        owner.presses("New key").await;
        owner.writes("Name", "Nightly report").await;
        owner.chooses("Lasts", "30 days").await;
        owner.presses("Create key").await;
        owner.sees("It is never shown again.").await;
        let secret = owner.copies("API key").await;
        owner.presses("Done").await;
        owner.sees("Nightly report").await;
        owner.has_nowhere(&secret).await;

        let program = holder(&stage.mesh, &secret);
        let list = async || program.tickets().list_tickets(ListTicketsRequest::default()).await;
        let listed = list().await.expect("the key calls").into_inner();
        assert_eq!(listed.tickets.len(), 1, "{listed:?}");
        let posted = post(stage, &secret).await;
        assert!(posted.contains("The lathe hums"), "{posted}");

        owner.presses("Revoke Nightly report").await;
        owner.presses("Revoke").await;
        owner.sees("The key is revoked.").await;
        owner.sees("Revoked").await;
        eventually("the key is refused", async || {
            list().await.is_err_and(|status| status.code() == Code::Unauthenticated).then_some(())
        })
        .await;
    })
    .await;
}

/// The same list by the JSON face of the API.
async fn post(stage: &Stage, secret: &str) -> String {
    let url = format!("{}/api/ticketmesh.tickets.v1.TicketService/ListTickets", stage.mesh.address());
    let url = Url::parse(&url).expect("an address");
    let bearer = format!("Bearer {secret}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    Wanderer::default().send(Method::POST, url, &headers, "{}").await.json().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_name_and_picture_is_seen_so_by_others() {
    play(async |stage: &mut Stage| {
        let Office { department_id, requester, .. } = Office::open(&stage.mesh).await;
        requester.file("The lathe hums", &department_id).await;
        let agent = stage.agent_at_work("agent@demo.test").await;
        let person = stage.signed_in(EMAIL, Look::Light).await;
        person.opens("/account/profile").await;
        person.writes("Name", "The Requester").await;
        person.writes("Telephone (optional)", "044 123").await;
        person.presses("Save").await;
        let wrong = "return document.querySelector('[name=phone][aria-invalid=true]') !== null;";
        person.notices("that it is no number", wrong).await;
        person.writes("Telephone (optional)", "+41 44 123 45 67").await;
        person.presses("Save").await;
        person.sees("Saved").await;
        person.may_press("Account of The Requester").await;
        person.reloads().await;
        person.may_press("Account of The Requester").await;
        person.finds_written("Telephone (optional)", "+41441234567").await;

        person.gives("Choose a picture", Path::new(PICTURE)).await;
        person.presses("Use picture").await;
        person
            .notices("the picture", "return document.querySelector('.picture img')?.naturalWidth > 0;")
            .await;

        agent.opens("/desk/all").await;
        agent.follows("The lathe hums").await;
        agent.sees("The Requester").await;
        let faces =
            "return [...document.querySelectorAll('main .avatar img')].some(face => face.naturalWidth > 0);";
        agent.notices("the picture", faces).await;

        person.presses("Remove").await;
        person.notices("no picture", "return document.querySelector('.picture img') === null;").await;
    })
    .await;
}
