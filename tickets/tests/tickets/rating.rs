//! How content the requester is, said once.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::tickets::v1::{
    CreateRatingLinkRequest, RateByLinkRequest, RateByLinkResponse, RateTicketRequest, Status, Ticket,
    projection_service_client::ProjectionServiceClient, ticket_service_client::TicketServiceClient,
    timeline_entry::What,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, reason, wrong_fields};

async fn rate(client: &Client, ticket: &Ticket, score: i32, comment: &str) -> Result<Ticket, tonic::Status> {
    let ask = RateTicketRequest {
        ticket_id: ticket.id.clone(),
        score,
        comment: comment.into(),
        request_id: fresh(),
    };
    Ok(client.raw().rate_ticket(ask).await?.into_inner())
}

async fn link(desk: &Desk, ticket: &Ticket) -> Result<String, tonic::Status> {
    let mut mesh = ProjectionServiceClient::new(desk.service.as_mesh());
    let ask = CreateRatingLinkRequest { ticket_id: ticket.id.clone() };
    Ok(mesh.create_rating_link(ask).await?.into_inner().token)
}

/// Somebody who has not signed in.
async fn rate_by(desk: &Desk, token: &str, score: i32) -> Result<RateByLinkResponse, tonic::Status> {
    let mut nobody = TicketServiceClient::new(desk.service.with_token(""));
    let (token, comment) = (token.to_owned(), "Thanks".to_owned());
    let ask = RateByLinkRequest { token, score, comment, request_id: fresh() };
    Ok(nobody.rate_by_link(ask).await?.into_inner())
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_requester_says_once_how_content_he_is(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, boss) = (desk.requester(), desk.administrator());
    let ticket = requester.file(&department, "Printer").await;
    let refused = rate(&requester, &ticket, 5, "").await.expect_err("too early");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "NOT_RATABLE"));
    desk.place(&ticket, 1, Status::Resolved, &boss.id).await;
    assert!(requester.get(&ticket.id).await.expect("read").abilities.expect("abilities").rate);
    assert_eq!(rate(&boss, &ticket, 5, "").await.expect_err("not his").code(), Code::PermissionDenied);
    let wrong = rate(&requester, &ticket, 6, &"x".repeat(2_001)).await.expect_err("nonsense");
    assert_eq!(wrong_fields(&wrong), ["score", "comment"]);

    let rated = rate(&requester, &ticket, 4, "Took a while.").await.expect("rated");
    let satisfaction = rated.satisfaction.expect("kept");
    assert_eq!((satisfaction.score, satisfaction.comment.as_str()), (4, "Took a while."));
    assert_eq!(reason(&rate(&requester, &ticket, 5, "").await.expect_err("once")), "NOT_RATABLE");
    assert_eq!(boss.get(&ticket.id).await.expect("read").satisfaction.expect("kept").score, 4);
    desk.world.settle().await;
    assert!(desk.ear.names().contains(&"tickets.ticket.rated".to_owned()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_rates_once_without_signing_in(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (requester, agent) = (desk.requester(), desk.agent(&department));
    let ticket = requester.file(&department, "Printer").await;
    assert_eq!(reason(&link(&desk, &ticket).await.expect_err("too early")), "NOT_RATABLE");
    desk.place(&ticket, 1, Status::Resolved, &agent.id).await;
    let (token, spare) =
        (link(&desk, &ticket).await.expect("a link"), link(&desk, &ticket).await.expect("another"));

    let refused = rate_by(&desk, &format!("{token}x"), 9).await.expect_err("forged");
    assert_eq!(wrong_fields(&refused), ["token", "score"]);
    let kept = rate_by(&desk, &token, 5).await.expect("rated");
    assert_eq!(
        (kept.ticket_number.as_str(), kept.satisfaction.expect("kept").score),
        (ticket.number.as_str(), 5)
    );
    for used in [&token, &spare] {
        assert_eq!(reason(&rate_by(&desk, used, 1).await.expect_err("spent")), "NOT_RATABLE");
    }
    let timeline = requester.timeline(&ticket).await.expect("read");
    let entry = timeline.iter().find(|entry| matches!(entry.what, Some(What::Change(_)))).expect("told");
    assert_eq!(entry.actor.as_ref().expect("somebody").user_id, requester.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_is_good_for_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let requester = desk.requester();
    let ticket = requester.file(&department, "Printer").await;
    desk.place(&ticket, 1, Status::Closed, "").await;
    let token = link(&desk, &ticket).await.expect("a link");
    desk.world.advance(SignedDuration::from_hours(24 * 30)).await;
    assert_eq!(wrong_fields(&rate_by(&desk, &token, 5).await.expect_err("too old")), ["token"]);
    rate(&requester, &ticket, 5, "").await.expect("signed in he still may");
}
