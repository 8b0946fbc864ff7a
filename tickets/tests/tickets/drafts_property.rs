//! Whatever happens to a ticket, its agents and their sessions, what each of them is writing lies where he left it.

use std::collections::BTreeMap;

use mesh_core::db::Engine;
use proptest::prelude::*;
use proto::tickets::v1::{
    AddCommentRequest, Comment, CommentKind, DiscardDraftRequest, DraftKind, Merge, Status, Ticket,
};
use rstest::rstest;

use crate::support::{AGENT, Client, Desk, fresh};

/// Two agents of the department, and somebody who sees only what is assigned to him.
const PEOPLE: usize = 3;
/// The target of merges, and what is merged into it.
const TICKETS: usize = 2;
const KINDS: [DraftKind; 2] = [DraftKind::Reply, DraftKind::Note];

/// Whose draft, on which ticket, of what, by index.
type Place = (usize, usize, usize);
/// What a draft says, and when it was saved.
type Text = (String, usize);

/// Something that is done.
#[derive(Clone, Debug)]
enum Deed {
    Write(Place),
    Send(Place),
    Discard(Place),
    Assign { ticket: usize, to: Option<usize> },
    Answer { ticket: usize },
    SignInAnew { who: usize },
    MergeOrUndo,
}

fn deed() -> impl Strategy<Value = Deed> {
    let place = || (0..PEOPLE, 0..TICKETS, 0..KINDS.len());
    prop_oneof![
        6 => place().prop_map(Deed::Write),
        1 => place().prop_map(Deed::Send),
        1 => place().prop_map(Deed::Discard),
        3 => (0..TICKETS, prop::option::of(0..PEOPLE)).prop_map(|(ticket, to)| Deed::Assign { ticket, to }),
        1 => (0..TICKETS).prop_map(|ticket| Deed::Answer { ticket }),
        1 => (0..PEOPLE).prop_map(|who| Deed::SignInAnew { who }),
        2 => Just(Deed::MergeOrUndo),
    ]
}

/// Drafts by where they should lie.
type Drafts = BTreeMap<Place, Text>;

struct Town {
    desk: Desk,
    department: String,
    people: Vec<Client>,
    boss: Client,
    tickets: Vec<Ticket>,
    assignees: [Option<usize>; TICKETS],
    drafts: Drafts,
    /// The merge that stands, with the drafts as they were before and as it left them.
    merge: Option<(Merge, Drafts, Drafts)>,
    turn: usize,
}

impl Town {
    async fn build(engine: Engine) -> Self {
        let desk = Desk::open(engine).await;
        let department = desk.department();
        let people = vec![desk.agent(&department), desk.agent(&department), desk.requester()];
        let (boss, requester) = (desk.administrator(), desk.requester());
        let mut tickets = vec![];
        for subject in ["Target", "Source"] {
            tickets.push(requester.file(&department, subject).await);
        }
        let (drafts, assignees) = (Drafts::new(), [None; TICKETS]);
        Self { desk, department, people, boss, tickets, assignees, drafts, merge: None, turn: 0 }
    }

    fn sees(&self, who: usize, ticket: usize) -> bool {
        who < 2 || self.assignees[ticket] == Some(who)
    }

    /// Where a draft lies: on the ticket, or on what it leads to.
    fn lies(&self, (who, ticket, kind): Place) -> Place {
        (who, if self.merge.is_some() { 0 } else { ticket }, kind)
    }

    async fn live(&mut self, deed: &Deed) {
        self.desk.later().await;
        self.turn += 1;
        match *deed {
            Deed::Write(place @ (who, ticket, kind)) => {
                let text = format!("{who} writes {}", self.turn);
                let kept = self.people[who].write(&self.tickets[ticket], KINDS[kind], &text).await;
                assert_eq!(kept.is_ok(), self.sees(who, ticket), "{deed:?}");
                if kept.is_ok() {
                    self.drafts.insert(self.lies(place), (text, self.turn));
                }
            }
            Deed::Send(place) => self.send(place).await,
            Deed::Discard(place @ (who, ticket, kind)) => {
                let ticket_id = self.tickets[ticket].id.clone();
                let ask = DiscardDraftRequest { ticket_id, kind: KINDS[kind].into() };
                if self.people[who].raw().discard_draft(ask).await.is_ok() {
                    self.drafts.remove(&self.lies(place));
                }
            }
            Deed::Assign { ticket, to } => self.assign(ticket, to).await,
            Deed::Answer { ticket } => {
                drop(self.boss.say(&self.tickets[ticket], CommentKind::Public, "Done?").await);
            }
            Deed::SignInAnew { who } => {
                let agents = [(self.department.as_str(), &AGENT[..])];
                let held = if who < 2 { &agents[..] } else { &[] };
                self.people[who] = self.desk.person_with(self.people[who].id.clone(), held);
            }
            Deed::MergeOrUndo => self.merge_or_undo().await,
        }
    }

    async fn send(&mut self, place: Place) {
        let (who, ticket, kind) = place;
        let comment_kind =
            if KINDS[kind] == DraftKind::Note { CommentKind::Internal } else { CommentKind::Public };
        let comment = Comment {
            ticket_id: self.tickets[ticket].id.clone(),
            kind: comment_kind.into(),
            text: "Sent.".into(),
            ..Comment::default()
        };
        let ask = AddCommentRequest {
            comment: Some(comment),
            request_id: fresh(),
            discard_draft: KINDS[kind].into(),
        };
        if self.people[who].raw().add_comment(ask).await.is_ok() {
            self.drafts.remove(&place);
        }
    }

    async fn assign(&mut self, ticket: usize, to: Option<usize>) {
        let person = to.map(|who| self.people[who].id.clone()).unwrap_or_default();
        let version = i64::try_from(self.turn).expect("few");
        self.desk.place(&self.tickets[ticket], version, Status::Open, &person).await;
        self.assignees[ticket] = to;
    }

    async fn merge_or_undo(&mut self) {
        if let Some((merge, before, joined)) = self.merge.take() {
            self.boss.undo(&merge).await.expect("undone");
            self.part(&before, &joined);
            return;
        }
        let merge = self.boss.merge(&[&self.tickets[1]], &self.tickets[0], "").await.expect("merged");
        let before = self.drafts.clone();
        for ((who, ticket, kind), (text, saved)) in &before {
            if *ticket == 1 {
                let came = self.drafts.remove(&(*who, 1, *kind)).expect("it lay there");
                let own = before.get(&(*who, 0, *kind));
                let both = own.map_or(came, |(own, since)| (format!("{own}\n\n{text}"), *since.max(saved)));
                self.drafts.insert((*who, 0, *kind), both);
            }
        }
        self.merge = Some((merge, before, self.drafts.clone()));
    }

    /// What came from the source goes back, unless it was sent or thrown away; what was changed since stays on the target, too.
    fn part(&mut self, before: &Drafts, joined: &Drafts) {
        for ((who, ticket, kind), came) in before {
            let target = (*who, 0, *kind);
            let Some(lies) = self.drafts.get(&target).filter(|_| *ticket == 1).cloned() else { continue };
            self.drafts.insert((*who, 1, *kind), came.clone());
            if joined.get(&target) == Some(&lies) {
                match before.get(&target) {
                    Some(own) => self.drafts.insert(target, own.clone()),
                    None => self.drafts.remove(&target),
                };
            }
        }
    }

    /// Everybody finds what he was writing, and nothing else.
    async fn check(&self, deed: &Deed) {
        for (who, person) in self.people.iter().enumerate() {
            for (ticket, known) in self.tickets.iter().enumerate() {
                for (kind, name) in KINDS.iter().enumerate() {
                    let lies = self.drafts.get(&self.lies((who, ticket, kind)));
                    let expected = lies.filter(|_| self.sees(who, ticket)).map(|(text, _)| text.clone());
                    let found = person.writing(known, *name).await.map(|draft| draft.text);
                    assert_eq!(found, expected, "{who} on {ticket} after {deed:?}");
                }
            }
        }
    }
}

#[rstest]
fn drafts_outlast_reassignment_sessions_answers_and_merges(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = ProptestConfig { cases: 8, ..ProptestConfig::default() };
    let deeds = prop::collection::vec(deed(), 1..16);
    let outcome = proptest::test_runner::TestRunner::new(config).run(&deeds, |deeds| {
        runtime.block_on(async {
            let mut town = Town::build(engine).await;
            for deed in &deeds {
                town.live(deed).await;
                town.check(deed).await;
            }
        });
        Ok(())
    });
    outcome.expect("nothing that was typed is lost");
}
