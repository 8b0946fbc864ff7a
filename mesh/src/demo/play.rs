//! What the people of the demonstration do: file tickets, answer, note, move on.

use mesh_core::error::{Error, Result};
use proto::{
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, CreateTicketRequest, ListTicketsRequest, Priority, Status,
        Ticket, TicketQuery, WaitReason,
    },
    workflow::v1::{Presence, SetPresenceRequest, TransitionRequest},
};

use tokio::time::sleep;

use super::{
    TICKETS,
    catalogue::Shelves,
    client::{MOMENT, Person, patiently},
    people::{Cast, Places, request_id},
    stories::{ROOMS, STORIES, Story, TIMES},
};

/// Tickets an agent reads at a time.
const PAGE: i32 = 200;
/// Of so many tickets most are normal, some are high or low, one is urgent.
const PRIORITIES: [Priority; 10] = [
    Priority::Normal,
    Priority::Normal,
    Priority::High,
    Priority::Normal,
    Priority::Low,
    Priority::Normal,
    Priority::Urgent,
    Priority::Normal,
    Priority::High,
    Priority::Low,
];

/// How far a ticket gets.
#[derive(Clone, Copy)]
enum Fate {
    Untouched,
    Answered,
    Noted,
    Asked,
    AskedAndAnswered,
    OnHold,
    Resolved,
    Closed,
    Rejected,
    Withdrawn,
}

/// Fates in the order of ticket numbers, again and again. So many that no story always has the same.
const FATES: [Fate; 17] = [
    Fate::Answered,
    Fate::Resolved,
    Fate::Untouched,
    Fate::Asked,
    Fate::Closed,
    Fate::Noted,
    Fate::Resolved,
    Fate::AskedAndAnswered,
    Fate::OnHold,
    Fate::Untouched,
    Fate::Resolved,
    Fate::Rejected,
    Fate::Answered,
    Fate::Closed,
    Fate::Untouched,
    Fate::Asked,
    Fate::Withdrawn,
];

/// What is said where a ticket waits for others, is turned down, taken back, and thanked for.
const WAITS: &str = "The supplier answers within three days.";
const TWICE: &str = "This was asked for twice; we go on in the other request.";
const TAKEN_BACK: &str = "It is no longer needed, thank you.";
const THANKS: &str = "That was it, thank you.";

/// The agents are at their desks.
pub(super) async fn go_online(cast: &Cast) -> Result<()> {
    for agent in &cast.agents {
        let ask = SetPresenceRequest { user_id: agent.id.clone(), presence: Presence::Online.into() };
        patiently(async || agent.routing().set_presence(ask.clone()).await).await?;
    }
    Ok(())
}

/// How many tickets there are for the person to see.
pub(super) async fn count(person: &Person) -> Result<usize> {
    let ask = ListTicketsRequest { page_size: 1, ..ListTicketsRequest::default() };
    let total = patiently(async || person.tickets().list_tickets(ask.clone()).await).await?.total;
    usize::try_from(total).map_err(Error::internal)
}

/// The requesters file their tickets.
pub(super) async fn file_tickets(cast: &Cast, places: &Places, shelves: &Shelves) -> Result<()> {
    for number in 0..TICKETS {
        let requester = &cast.requesters[number % cast.requesters.len()];
        let ask = CreateTicketRequest {
            ticket: Some(ticket(number, places, shelves)),
            request_id: request_id("ticket", number),
            ..CreateTicketRequest::default()
        };
        patiently(async || requester.tickets().create_ticket(ask.clone()).await).await?;
    }
    Ok(())
}

fn ticket(number: usize, places: &Places, shelves: &Shelves) -> Ticket {
    let story = &STORIES[number * 7 % STORIES.len()];
    let words = Words::of(story, number);
    let ticket = Ticket {
        subject: words.fill(story.subject),
        description: words.fill(story.description),
        department_id: places.id(story.place).into(),
        priority: PRIORITIES[number % PRIORITIES.len()].into(),
        ..Ticket::default()
    };
    shelves.file(ticket, story, &words, places.department(story.place))
}

/// The things, rooms and times one ticket speaks of.
pub(super) struct Words {
    pub(super) thing: &'static str,
    room: &'static str,
    when: &'static str,
}

impl Words {
    fn of(story: &Story, number: usize) -> Self {
        let round = number / STORIES.len();
        Self {
            thing: story.things[round % story.things.len()],
            room: ROOMS[number % ROOMS.len()],
            when: TIMES[number % TIMES.len()],
        }
    }

    /// The text with its places filled, every sentence with a capital.
    pub(super) fn fill(&self, text: &str) -> String {
        let filled =
            text.replace("{thing}", self.thing).replace("{room}", self.room).replace("{when}", self.when);
        let mut begins = true;
        let written = filled.chars().flat_map(|letter| {
            let first = begins && letter.is_alphabetic();
            begins = matches!(letter, '.' | '!' | '?' | '\n') || begins && !letter.is_alphanumeric();
            if first { letter.to_uppercase().collect::<Vec<_>>() } else { vec![letter] }
        });
        written.collect()
    }
}

/// Waits until every ticket stands in its workflow. What a killed process was about to tell is told when its lease is over.
pub(super) async fn all_stand(admin: &Person) -> Result<()> {
    let query = TicketQuery { filter: "stage == null".into(), ..TicketQuery::default() };
    let ask = ListTicketsRequest { query: Some(query), page_size: 1, ..ListTicketsRequest::default() };
    while patiently(async || admin.tickets().list_tickets(ask.clone()).await).await?.total > 0 {
        sleep(MOMENT).await;
    }
    Ok(())
}

/// Each agent takes his new tickets as far as their fate says.
pub(super) async fn work(cast: &Cast) -> Result<()> {
    for agent in &cast.agents {
        let query = TicketQuery {
            statuses: vec![Status::New.into()],
            assignee_id: agent.id.clone(),
            ..TicketQuery::default()
        };
        let ask = ListTicketsRequest { query: Some(query), page_size: PAGE, ..ListTicketsRequest::default() };
        for ticket in patiently(async || agent.tickets().list_tickets(ask.clone()).await).await?.tickets {
            Work { cast, agent, ticket: &ticket }.through().await?;
        }
    }
    Ok(())
}

/// One ticket on one agent's desk.
struct Work<'a> {
    cast: &'a Cast,
    agent: &'a Person,
    ticket: &'a Ticket,
}

impl Work<'_> {
    async fn through(&self) -> Result<()> {
        let number = self.number();
        let Some(story) = STORIES.iter().find(|story| self.tells(story)) else { return Ok(()) };
        let (agent, requester) = (self.agent, self.requester());
        match FATES[number % FATES.len()] {
            Fate::Untouched => Ok(()),
            Fate::Noted => self.comment(agent, CommentKind::Internal, story.note).await,
            Fate::Answered => self.comment(agent, CommentKind::Public, story.question).await,
            Fate::Asked => self.press(agent, "ask", story.question).await,
            Fate::AskedAndAnswered => {
                self.press(agent, "ask", story.question).await?;
                self.comment(requester, CommentKind::Public, story.answer).await
            }
            Fate::OnHold => self.press(agent, "hold", WAITS).await,
            Fate::Resolved => self.resolve(story).await,
            Fate::Closed => {
                self.resolve(story).await?;
                self.press(requester, "close", THANKS).await
            }
            Fate::Rejected => self.press(agent, "reject", TWICE).await,
            Fate::Withdrawn => self.press(requester, "withdraw", TAKEN_BACK).await,
        }
    }

    async fn resolve(&self, story: &Story) -> Result<()> {
        self.comment(self.agent, CommentKind::Internal, story.note).await?;
        self.press(self.agent, "resolve", story.solution).await
    }

    /// The number people call the ticket by, without its prefix.
    fn number(&self) -> usize {
        self.ticket
            .number
            .bytes()
            .filter(u8::is_ascii_digit)
            .fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
    }

    /// Whether the ticket's subject is the story's, whatever its words were filled with.
    fn tells(&self, story: &Story) -> bool {
        let parts = story.subject.split(['{', '}']).enumerate().filter(|(index, _)| index % 2 == 0);
        parts.map(|(_, part)| part).all(|part| self.ticket.subject.contains(part))
    }

    fn requester(&self) -> &Person {
        let his = |person: &&Person| person.id == self.ticket.requester_id;
        self.cast.requesters.iter().find(his).unwrap_or(self.agent)
    }

    async fn comment(&self, author: &Person, kind: CommentKind, text: &str) -> Result<()> {
        let comment = Comment {
            ticket_id: self.ticket.id.clone(),
            kind: kind.into(),
            text: text.into(),
            ..Comment::default()
        };
        let request_id = request_id(&format!("{kind:?} {}", author.id), self.number());
        let ask = AddCommentRequest { comment: Some(comment), request_id, ..AddCommentRequest::default() };
        patiently(async || author.tickets().add_comment(ask.clone()).await).await.map(drop)
    }

    /// Presses a button with a comment.
    async fn press(&self, by: &Person, transition_key: &str, comment: &str) -> Result<()> {
        // Of those that wait, only what is put on hold may wait for more than one thing.
        let wait_reason = if transition_key == "hold" { WaitReason::Vendor } else { WaitReason::Unspecified };
        let press = TransitionRequest {
            request_id: request_id(transition_key, self.number()),
            ticket_id: self.ticket.id.clone(),
            transition_key: transition_key.into(),
            comment: comment.into(),
            wait_reason: wait_reason.into(),
            ..TransitionRequest::default()
        };
        by.press(&press).await
    }
}
