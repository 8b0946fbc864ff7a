//! Views: who may use, share and change them, and how many tickets they have.

use std::collections::BTreeSet;

use mesh_core::{db::Engine, policy};
use proptest::prelude::*;
use proto::{
    events::v1::{Envelope, envelope::Event},
    identity::v1::Permission,
    tickets::v1::{
        CountViewsRequest, CreateViewRequest, DeleteViewRequest, ListTicketsRequest, ListViewsRequest,
        Priority, Sharing, SharingKind, Status, Ticket, TicketQuery, UpdateViewRequest, View,
    },
};
use rstest::rstest;
use tonic::{Code, Status as Refusal};

use crate::support::{AGENT, Client, Desk, ask, fresh, reason, wrong_fields};

type Answer<T> = Result<T, Refusal>;

pub(crate) fn sharing(kind: SharingKind, department_id: &str) -> Sharing {
    Sharing { kind: kind.into(), department_id: department_id.to_owned() }
}

pub(crate) fn personal(name: &str, filter: &str) -> View {
    let sharing = Some(sharing(SharingKind::Personal, ""));
    View { name: name.to_owned(), filter: filter.to_owned(), sharing, ..View::default() }
}

impl Client {
    pub(crate) async fn save(&self, view: View) -> Answer<View> {
        let ask = CreateViewRequest { view: Some(view), request_id: fresh() };
        Ok(self.views().create_view(ask).await?.into_inner())
    }

    pub(crate) async fn change(&self, view: View, paths: &[&str]) -> Answer<View> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let ask = UpdateViewRequest { view: Some(view), update_mask: Some(prost_types::FieldMask { paths }) };
        Ok(self.views().update_view(ask).await?.into_inner())
    }

    pub(crate) async fn drop_view(&self, view: &View) -> Answer<()> {
        self.views().delete_view(DeleteViewRequest { id: view.id.clone() }).await.map(drop)
    }

    async fn own_views(&self) -> Vec<View> {
        self.views().list_views(ListViewsRequest {}).await.expect("lists").into_inner().views
    }

    async fn view_names(&self) -> Vec<String> {
        self.own_views().await.into_iter().map(|view| view.name).collect()
    }

    async fn counted(&self, ids: Vec<String>) -> std::collections::BTreeMap<String, i64> {
        let answer = self.views().count_views(CountViewsRequest { ids }).await.expect("counts").into_inner();
        assert!(answer.problems.is_empty(), "{answer:?}");
        answer.counts
    }
}

/// Somebody who works in a department and may share there.
fn sharer(desk: &Desk, department: &str) -> Client {
    let held: Vec<_> = AGENT.into_iter().chain([Permission::ViewShare]).collect();
    desk.somebody(&[(department, &held)])
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_view_comes_back_as_it_was_saved_and_changes_by_field(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let agent = desk.agent(&desk.department());
    let sent = View {
        order_by: "priority desc".into(),
        columns: vec!["number".into(), "subject".into(), "fields.serial".into()],
        group_by: "status".into(),
        position: 3,
        ..personal("Urgent ones", "priority == \"URGENT\"")
    };
    let request = CreateViewRequest { view: Some(sent.clone()), request_id: fresh() };
    let saved = agent.views().create_view(request.clone()).await.expect("saved").into_inner();
    assert_eq!(agent.views().create_view(request).await.expect("repeated").into_inner(), saved);
    let made = View { id: saved.id.clone(), owner_id: agent.id.clone(), etag: "1".into(), ..sent };
    assert_eq!(saved, made);
    assert_eq!(agent.own_views().await, std::slice::from_ref(&saved));

    let wanted = View { name: "Soon".into(), position: 9, filter: "unused".into(), ..saved.clone() };
    let changed = agent.change(wanted, &["name"]).await.expect("changed");
    assert_eq!(changed, View { name: "Soon".into(), etag: "2".into(), ..saved.clone() });
    let stale = agent.change(saved, &["name"]).await.expect_err("stale");
    assert_eq!(mesh_core::error::current_of::<View>(&stale), Some(changed.clone()));
    let first = agent.save(View { position: 1, ..personal("First", "") }).await.expect("saved");
    assert_eq!(agent.view_names().await, ["First", "Soon"]);
    agent.drop_view(&changed).await.expect("deleted");
    assert_eq!(agent.drop_view(&changed).await.expect_err("gone").code(), Code::NotFound);
    assert_eq!(agent.own_views().await, [first]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn views_are_for_those_they_are_shared_with(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (sharer, colleague) = (sharer(&desk, &here), desk.agent(&here));
    let (stranger, requester, boss) = (desk.agent(&there), desk.requester(), desk.administrator());
    sharer.save(personal("Mine", "")).await.expect("saved");
    let team = View { sharing: Some(sharing(SharingKind::Department, &here)), ..personal("Team", "") };
    let team = sharer.save(team).await.expect("shared");
    let all = View { sharing: Some(sharing(SharingKind::Everyone, "")), ..personal("All", "") };
    boss.save(all.clone()).await.expect("shared");

    assert_eq!(sharer.view_names().await, ["All", "Mine", "Team"]);
    assert_eq!(colleague.view_names().await, ["All", "Team"]);
    assert_eq!(stranger.view_names().await, ["All"]);
    assert_eq!(boss.view_names().await, ["All", "Team"]);
    assert_eq!(requester.view_names().await, Vec::<String>::new());

    let renamed = View { name: "Ours".into(), ..team.clone() };
    let refusals = [
        colleague.change(renamed.clone(), &["name"]).await.expect_err("no right to share"),
        colleague.drop_view(&team).await.expect_err("no right to share"),
        colleague.save(team.clone()).await.expect_err("no right to share"),
        sharer.save(all).await.expect_err("not with everyone"),
        requester.save(personal("Mine", "")).await.expect_err("no agent"),
    ];
    for refusal in refusals {
        assert_eq!(reason(&refusal), "PERMISSION_DENIED", "{refusal:?}");
    }
    assert_eq!(stranger.change(renamed, &["name"]).await.expect_err("unseen").code(), Code::NotFound);
    let moved = View { sharing: Some(sharing(SharingKind::Department, &there)), ..team.clone() };
    assert_eq!(
        reason(&sharer.change(moved, &["sharing"]).await.expect_err("not there")),
        "PERMISSION_DENIED"
    );
    boss.drop_view(&team).await.expect("holders of view.share may");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn those_who_could_use_a_view_before_hear_of_it_too_and_learn_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let here = desk.department();
    let sharer = sharer(&desk, &here);
    let team = View { sharing: Some(sharing(SharingKind::Department, &here)), ..personal("Team", "") };
    let team = sharer.save(team).await.expect("shared");
    let mine = View { sharing: Some(sharing(SharingKind::Personal, "")), ..team.clone() };
    let mine = sharer.change(mine, &["sharing"]).await.expect("unshared");
    sharer.drop_view(&mine).await.expect("deleted");
    desk.world.settle().await;

    let heard = desk.ear.heard();
    let colleague = desk.world.person(&desk.id("usr")).grant(Permission::TicketRead, Some(&here));
    let hears = |envelope: &Envelope| {
        policy::sees(&colleague.caller(), envelope.audience.as_ref().expect("an audience"))
    };
    let told: Vec<_> = heard.iter().map(|envelope| (envelope.version, hears(envelope))).collect();
    assert_eq!(told, [(1, true), (2, true), (3, false)]);
    let deleted = heard.iter().filter_map(|envelope| match &envelope.event {
        Some(Event::TicketsViewChanged(changed)) if changed.view_id == team.id => Some(changed.deleted),
        _ => None,
    });
    assert_eq!(deleted.collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(desk.ear.names()[0], "tickets.view.changed");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_a_view_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let agent = desk.agent(&desk.department());
    let wrong = View {
        name: String::new(),
        sharing: Some(sharing(SharingKind::Department, "somewhere")),
        filter: "stauts == 1".into(),
        order_by: "name".into(),
        columns: vec!["number".into(), "secret".into(), "number".into()],
        group_by: "subject".into(),
        position: -1,
        ..View::default()
    };
    let refusal = agent.save(wrong).await.expect_err("refused");
    let mut fields = wrong_fields(&refusal);
    fields.sort();
    let expected = [
        "view.columns[1]",
        "view.columns[2]",
        "view.filter",
        "view.group_by",
        "view.name",
        "view.order_by",
        "view.position",
        "view.sharing.department_id",
    ];
    assert_eq!(fields, expected);
    assert!(refusal.message().contains("did you mean `status`?"), "{}", refusal.message());
    let saved = agent.save(personal("Mine", "")).await.expect("saved");
    let refusal = agent.change(saved, &["owner_id"]).await.expect_err("refused");
    assert_eq!(wrong_fields(&refusal), ["update_mask"]);
    let nowhere =
        View { sharing: Some(sharing(SharingKind::Department, &desk.id("dep"))), ..personal("x", "") };
    let refusal = desk.administrator().save(nowhere).await.expect_err("refused");
    assert_eq!(wrong_fields(&refusal), ["view.sharing.department_id"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_keeps_two_hundred_views_and_no_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let agent = desk.agent(&department);
    agent.file(&department, "Printer").await;
    for turn in 0..200 {
        agent
            .save(personal(&format!("View {turn}"), &format!("number > {}", 900 + turn)))
            .await
            .expect("saved");
    }
    assert_eq!(reason(&agent.save(personal("One more", "")).await.expect_err("refused")), "TOO_MANY");
    let counts = agent.counted(vec![]).await;
    assert_eq!((counts.len(), counts.values().sum::<i64>()), (200, 101), "one ticket, numbered 1001");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_shared_view_counts_for_whoever_looks(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (here, there) = (desk.department(), desk.department());
    let (boss, agent) = (desk.administrator(), desk.agent(&here));
    let mine = boss.file(&here, "Printer").await;
    boss.file(&there, "Screen").await;
    desk.place(&mine, 1, Status::Open, &agent.id).await;
    let shared = |name: &str, filter: &str| View {
        sharing: Some(sharing(SharingKind::Everyone, "")),
        ..personal(name, filter)
    };
    let all = boss.save(shared("All", "")).await.expect("shared").id;
    let own = boss.save(shared("My own", "assignee == me")).await.expect("shared").id;
    let private = boss.save(personal("Private", "")).await.expect("saved").id;
    let ids = vec![all.clone(), own.clone(), private.clone(), desk.id("viw")];
    assert_eq!(boss.counted(ids.clone()).await, [(all.clone(), 2), (own.clone(), 0), (private, 2)].into());
    assert_eq!(agent.counted(ids).await, [(all, 1), (own, 1)].into());
}

/// Conditions that hold of some of the tickets below.
const RULES: [&str; 8] = [
    "",
    "assignee == me",
    "unassigned",
    "status == \"OPEN\" || requester == me",
    "me in cc || me in watchers",
    "priority in [\"HIGH\", \"URGENT\"] && !unassigned",
    "\"vip\" in tags",
    "!(\"vip\" in tags) && number > 1002",
];

#[derive(Clone, Debug)]
struct Plan {
    department: usize,
    requester: usize,
    assignee: Option<usize>,
    cc: Option<usize>,
    vip: bool,
    high: bool,
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        0..2_usize,
        0..3_usize,
        prop::option::of(0..3_usize),
        prop::option::of(0..3_usize),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(department, requester, assignee, cc, vip, high)| Plan {
            department,
            requester,
            assignee,
            cc,
            vip,
            high,
        })
}

/// Files the tickets.
async fn file(desk: &Desk, boss: &Client, plans: &[Plan], departments: &[String], people: &[String]) {
    for plan in plans {
        let sent = Ticket {
            requester_id: people[plan.requester].clone(),
            cc_ids: plan.cc.iter().map(|index| people[*index].clone()).collect(),
            tags: if plan.vip { vec!["vip".into()] } else { vec![] },
            priority: if plan.high { Priority::High } else { Priority::Low }.into(),
            ..ask(&departments[plan.department], "Printer")
        };
        let ticket = boss.create(sent).await.expect("filed");
        if let Some(assignee) = plan.assignee {
            desk.place(&ticket, 1, Status::Open, &people[assignee]).await;
        }
    }
}

/// Holds lists, counts and views of every person against each other.
async fn agree(engine: Engine, plans: &[Plan], grants: &[Vec<usize>]) {
    let desk = Desk::open(engine).await;
    let departments = [desk.department(), desk.department()];
    let people: Vec<_> = (0..3).map(|_| desk.requester().id).collect();
    let boss = desk.administrator();
    file(&desk, &boss, plans, &departments, &people).await;
    let mut ids = vec![];
    for filter in RULES {
        let view = View { sharing: Some(sharing(SharingKind::Everyone, "")), ..personal("View", filter) };
        ids.push(boss.save(view).await.expect("shared").id);
    }
    for (id, held) in people.iter().zip(grants) {
        // Whoever counts views reads tickets somewhere; an empty department does.
        let elsewhere = desk.department();
        let mut places: Vec<_> =
            held.iter().map(|place| (departments[*place].as_str(), &AGENT[..1])).collect();
        places.push((&elsewhere, &AGENT[..1]));
        let person = desk.person_with(id.clone(), &places);
        let counts = person.counted(vec![]).await;
        let seen: BTreeSet<_> = person.all().await.into_iter().collect();
        for (view, filter) in ids.iter().zip(RULES) {
            let listed = listed(&person, filter).await;
            assert!(listed.is_subset(&seen), "{filter}");
            assert_eq!(counts[view], i64::try_from(listed.len()).expect("few"), "{filter}");
        }
    }
}

/// What a rule finds for somebody; list, total and count agree.
async fn listed(person: &Client, filter: &str) -> BTreeSet<String> {
    let query = TicketQuery { filter: filter.into(), ..TicketQuery::default() };
    let ask =
        ListTicketsRequest { query: Some(query.clone()), page_size: 200, ..ListTicketsRequest::default() };
    let page = person.list(ask).await.expect("lists");
    let listed: BTreeSet<_> = page.tickets.into_iter().map(|ticket| ticket.id).collect();
    let count = i64::try_from(listed.len()).expect("few");
    assert_eq!((page.total, person.count(query).await), (count, count), "{filter}");
    listed
}

#[rstest]
fn lists_counts_and_views_agree_for_everybody(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let grants = prop::collection::vec(prop::collection::vec(0..2_usize, 0..2), 3);
    let config = ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&(prop::collection::vec(plan(), 1..7), grants), |(plans, grants)| {
        runtime.block_on(agree(engine, &plans, &grants));
        Ok(())
    });
    outcome.expect("all ways agree");
}
