//! Finding tickets by words.
//!
//! The invariants: what is found is what the viewer may see, in the same statement; what he may not see, and notes he does not
//! read, are passed over in the index, whose entries say who that is; the order (the number that was asked for, then tickets
//! with all words in number, subject and tags, then the others, the newest first) is the same on every page, so rows that move
//! between pages are neither doubled nor do they push others out; the total counts all that was found.

use mesh_core::{
    db::{Assembly, Engine},
    error::Result,
};
use proto::tickets::v1::TicketQuery;
use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{
    Store,
    lists::{Wanted, push_conditions},
    tickets::{SELECT_FOUND, SELECT_UNRANKED},
    visibility::{self, Shape},
    words::Index,
};
use crate::{
    access::Viewer,
    search::{Asked, Clause, Field},
    ticket::Ticket,
};

/// Comments that are looked through for snippets of one page.
const MOST_COMMENTS: i64 = 200;

/// The entries of an index, and how a statement begins that asks for them and for their tickets.
struct Entries {
    index: Index,
    select: &'static str,
    ticket: &'static str,
}

/// What everybody who sees a ticket may read.
const PUBLIC: Entries = Entries {
    index: Index::Tickets,
    select: "select rowid as hit from ticket_words where ",
    ticket: " and exists (select 1 from tickets t where t.number = ticket_words.rowid",
};
/// That and notes.
const NOTES: Entries = Entries {
    index: Index::Notes,
    select: "select rowid as hit from note_words where ",
    ticket: " and exists (select 1 from tickets t where t.number = note_words.rowid",
};

/// A question, with everybody it names known.
#[derive(Clone, Debug)]
pub(crate) struct Search<'a> {
    pub(crate) asked: &'a Asked,
    /// The conditions among the words.
    pub(crate) fields: &'a [Field],
    /// The conditions beside them.
    pub(crate) wanted: &'a Wanted,
    pub(crate) after: Option<Place>,
    pub(crate) limit: i64,
}

/// Where a page begins: behind the find with this place and number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    place: i64,
    number: i64,
}

/// A ticket that was found.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Find {
    place: i64,
    /// How many were found in all.
    total: i64,
    /// With its description.
    #[sqlx(flatten)]
    pub(crate) ticket: Ticket,
}

impl Find {
    /// The place behind this one.
    pub(crate) const fn place(&self) -> Place {
        Place { place: self.place, number: self.ticket.number }
    }
}

impl Store {
    /// A page of finds, best first, and how many there are in all.
    pub(crate) async fn search(&self, viewer: &Viewer, search: &Search<'_>) -> Result<(Vec<Find>, i64)> {
        let engine = self.db.engine();
        let mut connection = self.db.reader().acquire().await?;
        let clauses = search.asked.clauses();
        if clauses.is_empty() {
            let finds = search.unranked(viewer)?.fetch_as(&mut connection).await?;
            let counted = search.count(viewer)?.fetch_all(&mut connection).await?;
            let total = counted.iter().map(|row| row.try_get::<i64, _>(0)).sum::<sqlx::Result<_>>()?;
            return Ok((finds, total));
        }
        let finds: Vec<Find> = search.ranked(viewer, engine, &clauses)?.fetch_as(&mut connection).await?;
        if let (None, Some(_)) = (finds.first(), &search.after) {
            // Nothing is left of this page; its rows carry the total of the first one.
            let first = Search { after: None, limit: 1, ..search.clone() };
            let first: Vec<Find> = first.ranked(viewer, engine, &clauses)?.fetch_as(&mut connection).await?;
            return Ok((finds, first.first().map_or(0, |find| find.total)));
        }
        let total = finds.first().map_or(0, |find| find.total);
        Ok((finds, total))
    }

    /// What was said on these tickets that may hold one of these beginnings of words, the latest first; notes only on those
    /// named as readable. With the ticket's id.
    pub(crate) async fn said(
        &self,
        ticket_ids: &[&str],
        readable: &[&str],
        beginnings: &[String],
    ) -> Result<Vec<(String, String)>> {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let mut sql = Assembly::new("select ticket_id, text from comments where ticket_id in ");
        sql.list(owned(ticket_ids)).push(" and delete_time = 0 and (internal = 0 or ticket_id in ");
        sql.list(owned(readable)).push(") and (1 = 0");
        for beginning in beginnings {
            sql.push(" or lower(text) like ").bind(format!("%{beginning}%"));
        }
        sql.push(") order by create_time desc, id desc limit ").bind(MOST_COMMENTS);
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }
}

impl Search<'_> {
    /// The page of those that hold the words.
    pub(super) fn ranked(&self, viewer: &Viewer, engine: Engine, clauses: &[Clause]) -> Result<Assembly> {
        let mut sql = Assembly::new("with found as materialized (");
        self.push_found(&mut sql, viewer, engine, clauses)?;
        sql.push("), ranked as (select hit, case when hit = ").bind(self.asked.number.unwrap_or_default());
        sql.push(" then 2");
        let titles = self.asked.title_clauses();
        if !titles.is_empty() {
            sql.push(" when hit in (select rowid from ticket_words where ");
            Index::Tickets.push_match(&mut sql, engine, &titles);
            sql.push(") then 1");
        }
        sql.push(" else 0 end as place from found), page as (select hit, place from ranked");
        if let Some(Place { place, number }) = self.after {
            sql.push(" where (place, hit) < (").bind(place).push(", ").bind(number).push(")");
        }
        sql.push(" order by place desc, hit desc limit ").bind(self.limit).push(") ").push(SELECT_FOUND);
        visibility::push(&mut sql, viewer, Shape::Row);
        sql.push(" order by place desc, hit desc");
        Ok(sql)
    }

    /// The numbers of all tickets that hold the words in what the viewer may read.
    fn push_found(
        &self,
        sql: &mut Assembly,
        viewer: &Viewer,
        engine: Engine,
        clauses: &[Clause],
    ) -> Result<()> {
        let within = |places: Option<Clause>| clauses.iter().cloned().chain(places).collect::<Vec<_>>();
        let places = visibility::places(viewer);
        if places.as_ref().is_none_or(|places| !places.is_empty()) {
            self.push_entries(sql, &PUBLIC, engine, &within(places))?;
            sql.push(" union ");
        }
        if let Viewer::Person { id, department_ids } = viewer {
            // A cross join, because SQLite then begins with the index: asked once for every ticket, it would read the same words
            // each time.
            sql.push("select t.number as hit from ticket_words cross join tickets t where t.number = ticket_words.rowid and ");
            Index::Tickets.push_match(sql, engine, clauses);
            visibility::push_own(sql, id, department_ids);
            self.push_fields(sql)?;
            sql.push(" union ");
        }
        self.push_entries(sql, &NOTES, engine, &within(visibility::note_places(viewer)))
    }

    /// The numbers of an index's entries, where the tickets hold the conditions.
    ///
    /// Each ticket is looked up by itself: with the limit the engine can't make a join of it, for which it would read all tickets.
    fn push_entries(
        &self,
        sql: &mut Assembly,
        entries: &Entries,
        engine: Engine,
        clauses: &[Clause],
    ) -> Result<()> {
        sql.push(entries.select);
        entries.index.push_match(sql, engine, clauses);
        if !self.is_of_words_alone() {
            sql.push(entries.ticket);
            self.push_fields(sql)?;
            sql.push(" limit 1 offset 0)");
        }
        Ok(())
    }

    /// The page of those that hold the conditions, where nobody asks for words.
    fn unranked(&self, viewer: &Viewer) -> Result<Assembly> {
        let mut sql = Assembly::new(SELECT_UNRANKED);
        sql.push("1 = 1");
        visibility::push(&mut sql, viewer, Shape::of_list(viewer));
        self.push_fields(&mut sql)?;
        if let Some(Place { number, .. }) = self.after {
            sql.push(" and t.number < ").bind(number);
        }
        sql.push(" order by t.number desc limit ").bind(self.limit);
        Ok(sql)
    }

    /// How many hold the conditions: one row for each part of what the viewer sees.
    fn count(&self, viewer: &Viewer) -> Result<Assembly> {
        let mut sql = Assembly::new("");
        let (alike, own) = visibility::parts(viewer);
        for (index, part) in alike.iter().chain(own).enumerate() {
            sql.push(if index == 0 { "select count(*)" } else { " union all select count(*)" });
            part.push(&mut sql, viewer);
            self.push_fields(&mut sql)?;
        }
        Ok(sql)
    }

    fn is_of_words_alone(&self) -> bool {
        self.fields.is_empty() && self.wanted.query == TicketQuery::default() && self.wanted.rules.is_empty()
    }

    /// Goes on with ` and …` for each condition.
    fn push_fields(&self, sql: &mut Assembly) -> Result<()> {
        push_conditions(sql, self.wanted)?;
        for field in self.fields {
            match field {
                Field::Status(statuses) => sql.push(" and t.status in ").list(statuses),
                Field::Priority(priorities) => sql.push(" and t.priority in ").list(priorities),
                Field::Assignee(ids) => sql.push(" and t.assignee_id in ").list(ids),
                Field::Requester(ids) => sql.push(" and t.requester_id in ").list(ids),
                Field::Department(ids) => sql.push(" and t.department_id in ").list(ids),
            };
        }
        Ok(())
    }
}
