//! Who should hear of what. Pure rules: an event in, the notifications it asks for out.

use std::collections::BTreeMap;

use proto::{
    events::v1::{
        AssignmentMade, Audience, AutomationPaused, ClockBreached, ClockWarned, CommentAdded, Envelope,
        NoticeSent, RunMoved, TicketCreated, envelope::Event,
    },
    identity::v1::Actor,
    notify::v1::NotificationKind,
    tickets::v1::{CommentKind, Status, Ticket},
    workflow::v1::{Run, SlaMetric},
};

/// Subjects are cut to so many characters.
const SUBJECT: usize = 200;
/// Bodies are cut to so many characters.
const BODY: usize = 500;

/// What one person should be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) user_id: String,
    pub(crate) kind: NotificationKind,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) ticket_id: String,
    pub(crate) ticket_number: String,
    pub(crate) actor_id: String,
    /// What the words call him, if they name him.
    pub(crate) actor_name: String,
}

/// What an event has to tell, one entry a person, never to the one who did it.
pub(crate) fn of(envelope: &Envelope) -> Vec<News> {
    let Actor { user_id: actor_id, display_name: actor_name, .. } =
        envelope.actor.clone().unwrap_or_default();
    let told = match &envelope.event {
        Some(Event::TicketsTicketCreated(created)) => created_for(created),
        Some(Event::TicketsCommentAdded(added)) => commented(added, envelope.audience.as_ref()),
        Some(Event::WorkflowAssignmentMade(made)) => assigned(made, !actor_id.is_empty()),
        Some(Event::WorkflowRunMoved(moved)) => went_on(moved),
        Some(Event::WorkflowClockWarned(warned)) => running_out(warned),
        Some(Event::WorkflowClockBreached(breached)) => ran_out(breached),
        Some(Event::WorkflowNoticeSent(notice)) => noticed(notice),
        Some(Event::WorkflowAutomationPaused(paused)) => gave_up(paused),
        _ => Told::default(),
    };
    let people = told.people.into_iter().filter(|(user_id, _)| !user_id.is_empty() && *user_id != actor_id);
    people
        .map(|(user_id, (kind, subject))| News {
            user_id,
            kind,
            subject: cut(&subject, SUBJECT),
            body: cut(&told.body, BODY),
            ticket_id: told.ticket_id.clone(),
            ticket_number: told.ticket_number.clone(),
            actor_id: actor_id.clone(),
            actor_name: actor_name.clone(),
        })
        .collect()
}

/// Whom to tell what, and what it is about. A person is told once an event; what was said first stands.
#[derive(Default)]
struct Told {
    ticket_id: String,
    ticket_number: String,
    body: String,
    people: BTreeMap<String, (NotificationKind, String)>,
}

impl Told {
    fn about(ticket_id: &str, ticket_number: &str) -> Self {
        Self { ticket_id: ticket_id.to_owned(), ticket_number: ticket_number.to_owned(), ..Self::default() }
    }

    fn tell(&mut self, user_id: &str, kind: NotificationKind, subject: &str) {
        self.people.entry(user_id.to_owned()).or_insert_with(|| (kind, subject.to_owned()));
    }
}

/// Somebody else filed a ticket for a person. What another system has told him of long ago is no news.
fn created_for(created: &TicketCreated) -> Told {
    let Some(ticket) = created.ticket.as_ref().filter(|_| !created.imported) else { return Told::default() };
    let mut told = Told::about(&ticket.id, &ticket.number);
    let subject = format!("{} was filed for you: {}", ticket.number, ticket.subject);
    told.tell(&ticket.requester_id, NotificationKind::TicketCreated, &subject);
    told.tell(&ticket.on_behalf_of_id, NotificationKind::TicketCreated, &subject);
    told
}

/// Somebody wrote something: the mentioned, the assignee, and for public words everybody on the ticket; of these, whom the event itself
/// is for by name. What the words say is a secret before anybody else.
fn commented(added: &CommentAdded, audience: Option<&Audience>) -> Told {
    let (Some(comment), Some(ticket)) = (&added.comment, &added.ticket) else { return Told::default() };
    let mut told = Told::about(&ticket.id, &ticket.number);
    let public = comment.kind() == CommentKind::Public;
    let author = comment.author.as_ref().map_or("somebody", |author| author.display_name.as_str());
    if public {
        comment.text.clone_into(&mut told.body);
    }
    for mentioned in &comment.mention_ids {
        told.tell(
            mentioned,
            NotificationKind::Mentioned,
            &format!("{author} mentioned you on {}: {}", ticket.number, ticket.subject),
        );
    }
    let verb = if public { "answered" } else { "wrote a note on" };
    let subject = format!("{author} {verb} {}: {}", ticket.number, ticket.subject);
    told.tell(&ticket.assignee_id, NotificationKind::CommentAdded, &subject);
    if public {
        for outsider in outsiders(ticket) {
            told.tell(outsider, NotificationKind::CommentAdded, &subject);
        }
    }
    let heard = audience.map_or(&[][..], |audience| &audience.user_ids);
    told.people.retain(|person, _| heard.contains(person));
    told
}

/// Those who are on a ticket without working on it; they see its public side only.
fn outsiders(ticket: &Ticket) -> impl Iterator<Item = &str> {
    [&ticket.requester_id, &ticket.on_behalf_of_id]
        .into_iter()
        .chain(&ticket.cc_ids)
        .chain(&ticket.watcher_ids)
        .map(String::as_str)
        .filter(|id| *id != ticket.assignee_id)
}

/// A ticket got an agent, from routing or from a person's hand.
fn assigned(made: &AssignmentMade, by_hand: bool) -> Told {
    let Some(run) = &made.run else { return Told::default() };
    let mut told = about_run(run);
    let (number, title) = (&run.ticket_number, &made.ticket_subject);
    let kind = if by_hand && !made.previous_assignee_id.is_empty() {
        NotificationKind::TransferredTo
    } else {
        NotificationKind::Assigned
    };
    told.tell(&run.assignee_id, kind, &format!("{number} is yours: {title}"));
    told.tell(
        &made.previous_assignee_id,
        NotificationKind::TransferredAway,
        &format!("{number} went to somebody else: {title}"),
    );
    made.reason.clone_into(&mut told.body);
    told
}

/// A ticket went to another stage: its requester should know.
fn went_on(moved: &RunMoved) -> Told {
    let Some(run) = &moved.run else { return Told::default() };
    let mut told = about_run(run);
    let number = &run.ticket_number;
    let (kind, subject) = match run.category() {
        Status::Resolved => (NotificationKind::Resolved, format!("{number} is resolved")),
        Status::Closed => (NotificationKind::Closed, format!("{number} is closed")),
        Status::Open if moved.from_stage_key == "resolved" || moved.from_stage_key == "closed" => {
            (NotificationKind::Reopened, format!("{number} is open again"))
        }
        _ => (NotificationKind::StageChanged, format!("{number} is now: {}", run.stage_label)),
    };
    told.tell(&run.requester_id, kind, &subject);
    if kind == NotificationKind::Reopened {
        told.tell(&run.assignee_id, kind, &subject);
    }
    told
}

/// A service level is about to be missed: whoever has the ticket can still see to it.
fn running_out(warned: &ClockWarned) -> Told {
    let Some(run) = &warned.run else { return Told::default() };
    let mut told = about_run(run);
    let what = warned.clock.as_ref().map_or("answer", |clock| promised(clock.metric()));
    let (number, percent, title) = (&run.ticket_number, warned.percent, &warned.ticket_subject);
    let subject = format!("{number}: {percent} % of the time for the {what} is used: {title}");
    told.tell(&run.assignee_id, NotificationKind::ClockWarning, &subject);
    told
}

/// A service level was missed.
fn ran_out(breached: &ClockBreached) -> Told {
    let Some(run) = &breached.run else { return Told::default() };
    let mut told = about_run(run);
    let what = breached.clock.as_ref().map_or("answer", |clock| promised(clock.metric()));
    let subject = format!("{}: the {what} is overdue: {}", run.ticket_number, breached.ticket_subject);
    told.tell(&run.assignee_id, NotificationKind::ClockBreached, &subject);
    told
}

/// A workflow or an automation says something to people.
fn noticed(notice: &NoticeSent) -> Told {
    let mut told = Told::about(&notice.ticket_id, &notice.ticket_number);
    let subject = format!("{}: {}", notice.ticket_number, notice.message);
    for user_id in &notice.user_ids {
        told.tell(user_id, NotificationKind::System, &subject);
    }
    told
}

/// An automation failed too often: its owner can mend it.
fn gave_up(paused: &AutomationPaused) -> Told {
    let Some(automation) = &paused.automation else { return Told::default() };
    let mut told = Told { body: automation.paused_because.clone(), ..Told::default() };
    let subject = format!("The automation “{}” has paused", automation.name);
    told.tell(&automation.owner_id, NotificationKind::System, &subject);
    told
}

/// What a clock was a promise of.
const fn promised(metric: SlaMetric) -> &'static str {
    match metric {
        SlaMetric::FirstReply => "first reply",
        SlaMetric::NextReply => "next reply",
        SlaMetric::PeriodicUpdate => "next update",
        SlaMetric::AgentWork | SlaMetric::RequesterWait | SlaMetric::Resolution => "resolution",
        SlaMetric::Ownership | SlaMetric::Stage => "next step",
        SlaMetric::FirstAssignment => "first assignment",
        SlaMetric::Unspecified => "answer",
    }
}

fn about_run(run: &Run) -> Told {
    Told::about(&run.ticket_id, &run.ticket_number)
}

/// At most so many characters, with an ellipsis where something was cut.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proto::{
        events::v1::{
            AssignmentMade, Audience, AutomationPaused, ClockBreached, ClockWarned, CommentAdded, Envelope,
            NoticeSent, envelope::Event,
        },
        identity::v1::Actor,
        notify::v1::NotificationKind,
        tickets::v1::{Comment, CommentKind, Ticket},
        workflow::v1::{Automation, Clock, Run, SlaMetric},
    };

    use super::of;

    fn by(user_id: &str, event: Event) -> Envelope {
        let actor =
            Actor { user_id: user_id.into(), display_name: user_id.to_uppercase(), ..Actor::default() };
        Envelope { actor: Some(actor), event: Some(event), ..Envelope::default() }
    }

    fn comment(kind: CommentKind, mentions: &[&str]) -> Event {
        let ticket = Ticket {
            number: "TX-1".into(),
            requester_id: "asker".into(),
            watcher_ids: vec!["watcher".into()],
            assignee_id: "agent".into(),
            ..Ticket::default()
        };
        let mention_ids = mentions.iter().map(|id| (*id).to_owned()).collect();
        let comment =
            Comment { kind: kind.into(), text: "secret words".into(), mention_ids, ..Comment::default() };
        Event::TicketsCommentAdded(CommentAdded { comment: Some(comment), ticket: Some(ticket) })
    }

    /// Heard by these people.
    fn heard_by(people: &[&str], envelope: Envelope) -> Envelope {
        let user_ids = people.iter().map(|id| (*id).to_owned()).collect();
        Envelope { audience: Some(Audience { user_ids, ..Audience::default() }), ..envelope }
    }

    fn people(envelope: &Envelope) -> Vec<(String, NotificationKind)> {
        of(envelope).into_iter().map(|news| (news.user_id, news.kind)).collect()
    }

    #[test]
    fn a_public_answer_reaches_everyone_on_the_ticket_but_its_author() {
        let said = by("agent", comment(CommentKind::Public, &[]));
        let told = people(&heard_by(&["agent", "asker", "watcher"], said));
        assert_eq!(
            told,
            [
                ("asker".to_owned(), NotificationKind::CommentAdded),
                ("watcher".to_owned(), NotificationKind::CommentAdded)
            ]
        );
    }

    #[test]
    fn words_reach_nobody_the_event_is_not_for_even_when_they_mention_him() {
        let noted = by("colleague", comment(CommentKind::Internal, &["asker", "expert"]));
        let envelope = heard_by(&["agent", "expert"], noted);
        let told = people(&envelope);
        assert_eq!(
            told,
            [
                ("agent".to_owned(), NotificationKind::CommentAdded),
                ("expert".to_owned(), NotificationKind::Mentioned)
            ]
        );
        assert!(of(&envelope).iter().all(|news| !news.body.contains("secret")));
        let said = by("agent", comment(CommentKind::Public, &["stranger", "expert"]));
        let told = people(&heard_by(&["agent", "expert"], said));
        assert_eq!(told, [("expert".to_owned(), NotificationKind::Mentioned)]);
        assert_eq!(people(&by("agent", comment(CommentKind::Public, &["expert"]))), []);
    }

    #[test]
    fn whoever_has_a_ticket_hears_of_its_clocks() {
        let run = Some(Run { assignee_id: "agent".into(), ticket_number: "TX-1".into(), ..Run::default() });
        let clock = Some(Clock { metric: SlaMetric::FirstReply.into(), ..Clock::default() });
        let ticket_subject = "printer".to_owned();
        let warned = ClockWarned { clock: clock.clone(), run: run.clone(), percent: 75, ticket_subject };
        let warned = of(&by("", Event::WorkflowClockWarned(warned)));
        assert_eq!(warned[0].subject, "TX-1: 75 % of the time for the first reply is used: printer");
        let breached = ClockBreached { clock, run, ticket_subject: "printer".into() };
        let breached = people(&by("", Event::WorkflowClockBreached(breached)));
        assert_eq!(breached, [("agent".to_owned(), NotificationKind::ClockBreached)]);
    }

    #[test]
    fn those_a_workflow_names_are_told_and_so_is_the_owner_of_an_automation_that_paused() {
        let notice = NoticeSent {
            ticket_number: "TX-1".into(),
            user_ids: vec!["lead".into(), "agent".into()],
            message: "Somebody has to call back".into(),
            ..NoticeSent::default()
        };
        let told = of(&by("", Event::WorkflowNoticeSent(notice)));
        let told: Vec<_> = told.iter().map(|news| (news.user_id.as_str(), news.subject.as_str())).collect();
        let subject = "TX-1: Somebody has to call back";
        assert_eq!(told, [("agent", subject), ("lead", subject)]);
        let automation = Automation {
            name: "Hurry".into(),
            owner_id: "boss".into(),
            paused_because: "failed 10 times in 24 hours".into(),
            ..Automation::default()
        };
        let paused = AutomationPaused { automation: Some(automation) };
        let told = of(&by("", Event::WorkflowAutomationPaused(paused)));
        assert_eq!((told.len(), told[0].user_id.as_str()), (1, "boss"));
        assert_eq!(told[0].subject, "The automation “Hurry” has paused");
        assert_eq!(told[0].body, "failed 10 times in 24 hours");
    }

    #[test]
    fn a_hand_over_tells_both_sides_and_routing_tells_the_agent() {
        let run = Run { assignee_id: "new".into(), ticket_number: "TX-1".into(), ..Run::default() };
        let made = AssignmentMade {
            run: Some(run),
            previous_assignee_id: "old".into(),
            ..AssignmentMade::default()
        };
        assert_eq!(
            people(&by("lead", Event::WorkflowAssignmentMade(made.clone()))),
            [
                ("new".to_owned(), NotificationKind::TransferredTo),
                ("old".to_owned(), NotificationKind::TransferredAway)
            ]
        );
        let routed = AssignmentMade { previous_assignee_id: String::new(), ..made };
        assert_eq!(
            people(&by("", Event::WorkflowAssignmentMade(routed))),
            [("new".to_owned(), NotificationKind::Assigned)]
        );
    }
}
