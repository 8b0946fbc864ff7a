//! A store of some thousand tickets, spread as in a house that has run for a while.

use mesh_core::{
    db::{Db, Engine, Tx},
    error::Violations,
    testing::World,
};
use proto::tickets::v1::{self as wire, FieldType, Priority, Status};

use crate::{
    catalogue::{Catalogue, Field, Fields, Matrix, Value},
    column::Words,
    comment::Comment,
    search::{Language, Lexemes},
    store::{
        MIGRATIONS, comments, tickets,
        words::{self, Index},
    },
    ticket::Ticket,
};

/// Tickets of the store, and how they are spread.
const TICKETS: i64 = 12_000;
const DEPARTMENTS: i64 = 20;
const PEOPLE: i64 = 1_000;
/// One in so many has comments.
const TALKED: i64 = 3;

pub(super) fn id(kind: &str, number: i64) -> String {
    format!("{kind}_{number:026}")
}

/// A ticket of the store. No word that is looked for stands in most of them: there reading all would be right.
fn ticket(number: i64) -> Ticket {
    Ticket {
        id: id("tkt", number),
        number,
        subject: format!("common{} matter number{} of {number}", number % 24, number % 97),
        description: format!("words{} that everybody writes", number % 50),
        requester_id: id("usr", number % PEOPLE),
        department_id: id("dep", number % DEPARTMENTS),
        assignee_id: id("usr", (number * 7) % PEOPLE),
        watcher_ids: Words::of(&[id("usr", (number * 3) % PEOPLE)]),
        category_id: id("cat", number % (DEPARTMENTS * 5)),
        priority: if number % 30 == 0 { Priority::Urgent } else { Priority::Normal },
        tags: Words::of(&[format!("tag{}", number % 600)]),
        fields: filled(number),
        status: match number % 20 {
            0 => Status::New,
            1 => Status::Open,
            2 => Status::Pending,
            _ => Status::Closed,
        },
        ..Ticket::blank(number)
    }
}

/// A text that few have.
fn filled(number: i64) -> Fields {
    let mut fields = Fields::default();
    fields.set("model", Some(Value::Text(format!("model{}", number % 800))));
    fields
}

/// The field it stands in.
pub(super) fn catalogue() -> Catalogue {
    let sent = wire::Field {
        key: "model".into(),
        label: "Model".into(),
        r#type: FieldType::Text.into(),
        ..wire::Field::default()
    };
    let field = Field::new("fld_model".into(), &sent, &mut Violations::default());
    Catalogue::new(1, Matrix::default(), vec![], vec![field]).expect("no rules")
}

fn comment(number: i64, internal: bool) -> Comment {
    Comment {
        id: id("cmt", number * 2 + i64::from(internal)),
        ticket_id: id("tkt", number),
        internal: i64::from(internal),
        text: format!("said{}", number % 800),
        ..Comment::blank(number)
    }
}

/// A comment and a note on a ticket.
async fn talk(tx: &mut Tx, ticket: &Ticket) {
    for internal in [false, true] {
        comments::insert(tx, &comment(ticket.number, internal)).await.expect("inserts");
    }
    let mut lexemes = Lexemes::new(Language::English);
    lexemes.place(&ticket.department_id);
    lexemes.title(&ticket.subject).text(&format!("note{}", ticket.number % 600));
    words::put(tx, Index::Notes, ticket.number, &lexemes).await.expect("inserts");
}

/// Has the engine count what there is, so that it plans as it would in a house that has run for a while.
async fn analyze(db: &Db) {
    match db.engine() {
        Engine::Postgres => {
            // The first one clears up behind the inserts; only then the second finds pages everybody sees.
            for _ in 0..2 {
                sqlx::query("vacuum analyze").execute(db.reader()).await.expect("counts");
            }
        }
        Engine::Sqlite => {
            let mut tx = db.begin().await.expect("begins");
            sqlx::query("analyze").execute(tx.conn()).await.expect("counts");
            tx.commit().await.expect("commits");
        }
    }
}

/// A store of some thousand tickets the engine has counted.
pub(super) async fn store(world: &World) -> Db {
    let db = world.db(MIGRATIONS).await;
    for batch in (1..=TICKETS).collect::<Vec<_>>().chunks(200) {
        let new: Vec<_> = batch.iter().map(|number| (ticket(*number), String::new())).collect();
        let rows: Vec<_> = new.iter().map(|(ticket, haystack)| (ticket, haystack.clone())).collect();
        let mut tx = db.begin().await.expect("begins");
        tickets::insert(&mut tx, &rows).await.expect("inserts");
        for (ticket, _) in new.iter().filter(|(ticket, _)| ticket.number % TALKED == 0) {
            talk(&mut tx, ticket).await;
        }
        tx.commit().await.expect("commits");
    }
    let mut tx = db.begin().await.expect("begins");
    let history = "insert into history (id, ticket_id, time, actor, cause, what) \
        select 'his' || substr(id, 4), ticket_id, create_time, '', '', '{}' from comments";
    sqlx::query(history).execute(tx.conn()).await.expect("inserts");
    tx.commit().await.expect("commits");
    analyze(&db).await;
    db
}
