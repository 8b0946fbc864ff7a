//! A merge and its undoing leave everything as it was, whatever was said, felt and written before; what is said in between stays
//! where it is said.

use mesh_core::db::Engine;
use proptest::prelude::*;
use proto::tickets::v1::{
    AddCommentRequest, AddReactionRequest, Comment, CommentKind, DeleteCommentRequest, Draft, DraftKind,
    EditCommentRequest, LinkKind, SetWatchersRequest, Ticket, TicketLink, TimelineEntry,
    timeline_entry::What,
};
use rstest::rstest;

use crate::support::{Client, Desk, ask, fresh};

/// Tickets: the target and two sources.
const TICKETS: usize = 3;
/// People: two who merge, and one who asks on each ticket.
const PEOPLE: usize = 2 + TICKETS;

/// Something that is done, by index.
#[derive(Clone, Debug)]
enum Deed {
    Say { who: usize, ticket: usize, internal: bool },
    ReplyTo { comment: usize },
    Edit { comment: usize },
    TakeBack { comment: usize },
    React { comment: usize, emoji: i32 },
    Watch { who: usize, ticket: usize },
    Write { who: usize, ticket: usize, internal: bool },
    Attach { ticket: usize, internal: bool },
    Link { from: usize, to: usize, kind: LinkKind },
}

fn deed() -> impl Strategy<Value = Deed> {
    let (who, ticket, comment) = (0..2_usize, 0..TICKETS, 0..20_usize);
    prop_oneof![
        4 => (0..PEOPLE, ticket.clone(), any::<bool>())
            .prop_map(|(who, ticket, internal)| Deed::Say { who, ticket, internal }),
        2 => comment.clone().prop_map(|comment| Deed::ReplyTo { comment }),
        1 => comment.clone().prop_map(|comment| Deed::Edit { comment }),
        1 => comment.clone().prop_map(|comment| Deed::TakeBack { comment }),
        2 => (comment, 1..4_i32).prop_map(|(comment, emoji)| Deed::React { comment, emoji }),
        2 => (0..PEOPLE, ticket.clone()).prop_map(|(who, ticket)| Deed::Watch { who, ticket }),
        2 => (who, ticket.clone(), any::<bool>())
            .prop_map(|(who, ticket, internal)| Deed::Write { who, ticket, internal }),
        2 => (ticket.clone(), any::<bool>()).prop_map(|(ticket, internal)| Deed::Attach { ticket, internal }),
        1 => (ticket.clone(), ticket, link()).prop_map(|(from, to, kind)| Deed::Link { from, to, kind }),
    ]
}

fn link() -> impl Strategy<Value = LinkKind> {
    prop::sample::select(&[LinkKind::Parent, LinkKind::Related, LinkKind::Blocks, LinkKind::Duplicate][..])
}

/// What happened before the merge, who is in copy of what, and what is said while it stands.
fn story() -> impl Strategy<Value = (Vec<Deed>, Vec<Vec<usize>>, Vec<bool>)> {
    let ccs = prop::collection::vec(prop::collection::vec(0..PEOPLE, 0..3), TICKETS);
    (prop::collection::vec(deed(), 0..14), ccs, prop::collection::vec(any::<bool>(), 0..3))
}

struct Town {
    desk: Desk,
    people: Vec<Client>,
    tickets: Vec<Ticket>,
    /// Each with its author.
    comments: Vec<(Comment, usize)>,
}

/// What one person sees of one ticket.
#[derive(Clone, Debug, PartialEq)]
struct Sight {
    ticket: Option<Ticket>,
    timeline: Option<Vec<TimelineEntry>>,
    drafts: Vec<Option<Draft>>,
    files: Option<Vec<String>>,
    links: Option<Vec<Option<TicketLink>>>,
}

impl Town {
    async fn build(engine: Engine, ccs: &[Vec<usize>]) -> Self {
        let desk = Desk::open(engine).await;
        let department = desk.department();
        let mut people = vec![desk.lead(&department), desk.lead(&department)];
        people.extend((0..TICKETS).map(|_| desk.requester()));
        let mut tickets = vec![];
        for (number, ccs) in ccs.iter().enumerate() {
            let cc_ids = ccs.iter().map(|who| people[*who].id.clone()).collect();
            let asked = Ticket { cc_ids, ..ask(&department, &format!("Ticket {number}")) };
            let requester = &people[2 + number];
            let file = desk.file_of(requester, None, &format!("filed{number}.txt"), b"see").await;
            tickets.push(requester.file_with(asked, vec![file.id]).await.expect("filed"));
        }
        Self { desk, people, tickets, comments: vec![] }
    }

    async fn live(&mut self, deed: &Deed) {
        self.desk.later().await;
        match *deed {
            Deed::Say { who, ticket, internal } => self.say(who, ticket, internal, "").await,
            Deed::Watch { who, ticket } => {
                let ticket_id = self.tickets[ticket].id.clone();
                let add_ids = vec![self.people[who].id.clone()];
                let watch = SetWatchersRequest { ticket_id, add_ids, remove_ids: vec![] };
                self.people[0].raw().set_watchers(watch).await.expect("watched");
            }
            Deed::Write { who, ticket, internal } => {
                let kind = if internal { DraftKind::Note } else { DraftKind::Reply };
                let text = format!("{who} on {ticket}");
                self.people[who].write(&self.tickets[ticket], kind, &text).await.expect("kept");
            }
            Deed::Attach { ticket, internal } => {
                let (agent, ticket) = (&self.people[0], &self.tickets[ticket]);
                let kind = if internal { CommentKind::Internal } else { CommentKind::Public };
                let file = self.desk.file_of(agent, Some(ticket), "sent.txt", b"this").await;
                let said = agent.say_with(ticket, kind, vec![file.id]).await.expect("said");
                self.comments.push((said, 0));
            }
            Deed::Link { from, to, kind } => {
                // Some would go round in circles.
                drop(self.people[0].link(&self.tickets[from], kind, &self.tickets[to]).await);
            }
            Deed::ReplyTo { comment }
            | Deed::Edit { comment }
            | Deed::TakeBack { comment }
            | Deed::React { comment, .. } => {
                if !self.comments.is_empty() {
                    self.touch(deed, comment % self.comments.len()).await;
                }
            }
        }
    }

    /// Those of the requesters who can't are passed over.
    async fn say(&mut self, who: usize, ticket: usize, internal: bool, parent_id: &str) {
        let kind = if internal && who < 2 { CommentKind::Internal } else { CommentKind::Public };
        let comment = Comment {
            ticket_id: self.tickets[ticket].id.clone(),
            kind: kind.into(),
            text: format!("{who} says"),
            parent_id: parent_id.into(),
            ..Comment::default()
        };
        let ask =
            AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
        if let Ok(said) = self.people[who].raw().add_comment(ask).await {
            self.comments.push((said.into_inner(), who));
        }
    }

    /// Does something with a comment, as far as it lets one.
    async fn touch(&mut self, deed: &Deed, index: usize) {
        let (comment, author) = self.comments[index].clone();
        let mut client = self.people[author].raw();
        let (id, request_id) = (comment.id.clone(), fresh());
        match deed {
            Deed::ReplyTo { .. } => {
                let ticket = self.tickets.iter().position(|ticket| ticket.id == comment.ticket_id);
                let internal = comment.kind() == CommentKind::Internal;
                self.say(0, ticket.expect("known"), internal, &comment.id).await;
            }
            Deed::Edit { .. } => {
                let (text, etag) = ("better words".to_owned(), comment.etag.clone());
                let edit = EditCommentRequest { id, text, etag, request_id, ..EditCommentRequest::default() };
                if let Ok(edited) = client.edit_comment(edit).await {
                    self.comments[index].0 = edited.into_inner();
                }
            }
            Deed::TakeBack { .. } => {
                drop(client.delete_comment(DeleteCommentRequest { id, request_id }).await);
            }
            Deed::React { emoji, .. } => {
                let ask = AddReactionRequest { comment_id: id, emoji: *emoji };
                drop(self.people[0].raw().add_reaction(ask).await);
            }
            _ => {}
        }
    }

    /// Everything everybody sees of every ticket, but versions, when it last changed, and the entries that tell of the merge.
    async fn sights(&self) -> Vec<Sight> {
        let mut sights = vec![];
        for person in &self.people {
            for ticket in &self.tickets {
                let unversioned =
                    |ticket: Ticket| Ticket { etag: String::new(), update_time: None, ..ticket };
                let tells = |entry: &TimelineEntry| !matches!(entry.what, Some(What::Merged(_)));
                let timeline = person.timeline(ticket).await.ok();
                let mut drafts = vec![];
                for kind in [DraftKind::Reply, DraftKind::Note] {
                    drafts.push(person.writing(ticket, kind).await);
                }
                let links = person.links(ticket).await.ok();
                sights.push(Sight {
                    ticket: person.get(&ticket.id).await.ok().map(unversioned),
                    timeline: timeline.map(|entries| entries.into_iter().filter(tells).collect()),
                    drafts,
                    files: person.names(ticket).await.ok(),
                    links: links.map(|links| links.into_iter().map(|linked| linked.link).collect()),
                });
            }
        }
        sights
    }

    async fn merged_and_undone(&mut self, between: &[bool]) -> Vec<Comment> {
        let [target, first, second]: &[Ticket; 3] = self.tickets[..].try_into().expect("three tickets");
        let (target, lead) = (target.clone(), self.people[0].clone());
        let merge = lead.merge(&[first, second], &target, "").await.expect("merged");
        assert_eq!(lead.get(&first.id).await.expect("there").merged_into_id, target.id);
        let known = self.comments.len();
        for internal in between {
            self.desk.later().await;
            self.say(0, 0, *internal, "").await;
        }
        self.people[1].undo(&merge).await.expect("undone");
        self.comments.split_off(known).into_iter().map(|(comment, _)| comment).collect()
    }
}

/// A sight of the target without what was said on it since, which must be there as it was said.
fn without(mut sight: Sight, since: &[Comment]) -> Sight {
    let Some(timeline) = &mut sight.timeline else { return sight };
    let is_new = |entry: &TimelineEntry| since.iter().any(|comment| comment.id == entry.id);
    let read = timeline.iter().filter(|entry| is_new(entry)).filter_map(|entry| entry.what.clone());
    let read: Vec<_> = read.collect();
    let ticket = sight.ticket.as_mut().expect("who reads a timeline reads the ticket");
    let staff = ticket.abilities.as_ref().is_some_and(|abilities| abilities.read_notes);
    let readable = since.iter().filter(|comment| staff || comment.kind() == CommentKind::Public);
    assert_eq!(read, readable.cloned().map(What::Comment).collect::<Vec<_>>());
    timeline.retain(|entry| !is_new(entry));
    for comment in since {
        let count = match comment.kind() {
            CommentKind::Internal if !staff => continue,
            CommentKind::Internal => &mut ticket.note_count,
            _ => &mut ticket.comment_count,
        };
        *count -= 1;
    }
    // The first answer of the staff is one, wherever the conversation went on afterwards.
    ticket.first_response_time = None;
    sight
}

async fn check(engine: Engine, deeds: &[Deed], ccs: &[Vec<usize>], between: &[bool]) {
    let mut town = Town::build(engine, ccs).await;
    for deed in deeds {
        town.live(deed).await;
    }
    town.desk.later().await;
    let before = town.sights().await;
    let since = town.merged_and_undone(between).await;
    assert_eq!(since.len(), between.len());
    for (index, (was, is)) in before.into_iter().zip(town.sights().await).enumerate() {
        if index % TICKETS == 0 && !since.is_empty() {
            assert_eq!(without(was, &[]), without(is, &since), "the target, for {}", index / TICKETS);
        } else {
            assert_eq!(was, is, "ticket {} for {}", index % TICKETS, index / TICKETS);
        }
    }
}

#[rstest]
fn a_merge_and_its_undoing_change_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let config = ProptestConfig { cases: 10, ..ProptestConfig::default() };
    let outcome = proptest::test_runner::TestRunner::new(config).run(&story(), |(deeds, ccs, between)| {
        runtime.block_on(check(engine, &deeds, &ccs, &between));
        Ok(())
    });
    outcome.expect("everything is as it was");
}
