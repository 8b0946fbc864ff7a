//! Every statement of this crate, on both engines.

use rstest::rstest;

use super::Engine;
use crate::{
    idempotency, inbox, jobs, outbox,
    testing::{prepare_all, settle},
    vitals,
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn both_engines_take_every_statement_of_the_core(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let stores = [
        super::migrate::ALL,
        outbox::ALL,
        outbox::queue::ALL,
        outbox::dead::ALL,
        inbox::ALL,
        idempotency::ALL,
        jobs::ALL,
        jobs::queue::ALL,
        vitals::ALL,
        settle::ALL,
    ];
    prepare_all(engine, &[], &stores).await;
}
