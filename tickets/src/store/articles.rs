//! Articles, what was published of them, and whether they helped.
//!
//! The invariant: what a statement finds for a reader is what he may read; the index of words says who that is, so that others'
//! articles are passed over in it.

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use proto::tickets::v1::{ArticleState, ArticleVisibility};
use serde::{Deserialize, Serialize};

use super::{
    Store,
    words::{self, Index},
};
use crate::{
    article::{Article, LANGUAGE, Reader},
    search::{Asked, Clause, Lexeme, Lexemes, place},
    ticket::Micros,
};

/// All columns, in the order of the table; the long texts last.
macro_rules! columns {
    ($long_texts:literal) => {
        concat!(
            "id, number, title, author_id, category_id, visibility, state, revision, public_title, public_author, publish_time, \
             helpful_count, unhelpful_count, create_time, update_time, version, ",
            $long_texts
        )
    };
}

/// Without its long texts.
const SUMMARIES: &str = concat!(
    "select ",
    columns!("'' as text, '' as html, '' as public_text, '' as public_html"),
    " from articles a where "
);
/// With what readers see, of what was found.
const FOUND: &str = concat!(
    "select ",
    columns!("'' as text, '' as html, public_text, '' as public_html"),
    " from (select hit, cast(sum(score) as bigint) as score from hits group by hit) as found \
     join articles a on a.number = found.hit where a.state = "
);

mesh_core::statements! {
    /// One article, whole.
    BY_ID = concat!("select ", columns!("text, html, public_text, public_html"), " from articles where id = $1");
    /// The next number of an article.
    NUMBER = "update numbers set next = next + 1 where name = 'article' returning next - 1";
    /// Keeps a new article.
    INSERT = "insert into articles (id, number, title, title_key, text, html, author_id, category_id, visibility, state, revision, \
        public_title, public_key, public_text, public_html, public_author, publish_time, helpful_count, unhelpful_count, \
        create_time, update_time, version) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '', '', '', '', 0, 0, 0, $11, $11, 1)";
    /// Writes a changed article, if nobody was faster.
    SAVE = "update articles set title = $3, title_key = $4, text = $5, html = $6, author_id = $7, category_id = $8, \
        visibility = $9, state = $10, revision = $11, public_title = $12, public_key = $13, public_text = $14, public_html = $15, \
        public_author = $16, publish_time = $17, update_time = $18, version = version + 1 where id = $1 and version = $2";
    /// Keeps what was published.
    KEEP_VERSION = "insert into article_versions (article_id, revision, title, text, summary, author_id, publish_time) \
        values ($1, $2, $3, $4, $5, $6, $7)";
    /// What was published, the latest first.
    VERSIONS = "select revision, title, text, summary, author_id, publish_time from article_versions \
        where article_id = $1 and revision < $2 order by revision desc limit $3";
    /// Keeps what a person says.
    RATE = "insert into article_ratings (article_id, person_id, helpful, time) values ($1, $2, $3, $4) \
        on conflict (article_id, person_id) do update set helpful = excluded.helpful, time = excluded.time";
    /// Counts what people say.
    COUNT_RATINGS = "update articles set \
        helpful_count = (select count(*) from article_ratings where article_id = $1 and helpful = 1), \
        unhelpful_count = (select count(*) from article_ratings where article_id = $1 and helpful = 0) where id = $1";
}

/// A published text of an article.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct Version {
    pub(crate) revision: i32,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) summary: String,
    pub(crate) author_id: String,
    pub(crate) publish_time: Micros,
}

/// Which articles, in the order of their titles.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<'a> {
    pub(crate) state: ArticleState,
    pub(crate) category_id: &'a str,
    pub(crate) after: Option<Bookmark>,
    pub(crate) limit: i64,
}

/// Where a page begins: behind the article with this title and id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bookmark {
    title_key: String,
    id: String,
}

impl Bookmark {
    /// The place behind this article on a shelf of this state.
    pub(crate) fn behind(article: &Article, state: ArticleState) -> Self {
        let title = if state == ArticleState::Published { &article.public_title } else { &article.title };
        Self { title_key: title.to_lowercase(), id: article.id.clone() }
    }
}

impl Store {
    /// The article, whole, whoever may read it.
    pub(crate) async fn article(&self, id: &str) -> Result<Option<Article>> {
        Ok(sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(self.db.reader()).await?)
    }

    /// A page of articles of a state the reader may read, without their texts.
    pub(crate) async fn articles(&self, reader: Reader, wanted: &Shelf<'_>) -> Result<Vec<Article>> {
        let key = if wanted.state == ArticleState::Published { "a.public_key" } else { "a.title_key" };
        let mut sql = Assembly::new(SUMMARIES);
        sql.push("a.state = ").bind(wanted.state as i32).push(" and a.visibility in ").list(visible(reader));
        if !wanted.category_id.is_empty() {
            sql.push(" and a.category_id = ").bind(wanted.category_id.to_owned());
        }
        if let Some(Bookmark { title_key, id }) = &wanted.after {
            sql.push(" and (").push(key).push(", a.id) > (").bind(title_key.clone());
            sql.push(", ").bind(id.clone()).push(")");
        }
        sql.push(" order by ").push(key).push(", a.id limit ").bind(wanted.limit);
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }

    /// Published articles with some of the words that the reader may read: those with most of them first, a word of the title
    /// counting for four.
    pub(crate) async fn find_articles(
        &self,
        reader: Reader,
        asked: &Asked,
        limit: i64,
    ) -> Result<Vec<Article>> {
        let engine = self.db.engine();
        let readers: Clause = visible(reader).map(|level| Lexeme::whole(place(&level.to_string()))).collect();
        let mut sql = Assembly::new("with hits as materialized (");
        let texts = asked.clauses().into_iter().map(|clause| ("rowid as hit, 1 as score", clause));
        let titles = asked.title_clauses().into_iter().map(|clause| ("rowid as hit, 3 as score", clause));
        for (index, (columns, clause)) in texts.chain(titles).enumerate() {
            sql.push(if index == 0 { "select " } else { " union all select " });
            sql.push(columns).push(" from article_words where ");
            Index::Articles.push_match(&mut sql, engine, &[clause, readers.clone()]);
        }
        sql.push(") ").push(FOUND).bind(ArticleState::Published as i32);
        sql.push(" and a.visibility in ").list(visible(reader));
        sql.push(" order by found.score desc, a.helpful_count desc, a.number desc limit ").bind(limit);
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }

    /// What was published of an article before this revision, the latest first.
    pub(crate) async fn versions(&self, id: &str, before: i32, limit: i64) -> Result<Vec<Version>> {
        let query = sqlx::query_as(VERSIONS).bind(id.to_owned()).bind(before).bind(limit);
        Ok(query.fetch_all(self.db.reader()).await?)
    }
}

/// The visibilities of what the reader may read, as columns have them.
fn visible(reader: Reader) -> impl Iterator<Item = i32> {
    reader.visibilities().iter().map(|visibility: &ArticleVisibility| *visibility as i32)
}

/// The article, whole, as it is in this transaction.
pub(crate) async fn article(tx: &mut Tx, id: &str) -> Result<Option<Article>> {
    Ok(sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(tx.conn()).await?)
}

/// Keeps a new article and gives it its number.
pub(crate) async fn insert(tx: &mut Tx, article: Article) -> Result<Article> {
    let number = sqlx::query_scalar(NUMBER).fetch_one(tx.conn()).await?;
    let article = Article { number, ..article };
    sqlx::query(INSERT)
        .bind(article.id.clone())
        .bind(number)
        .bind(article.title.clone())
        .bind(article.title.to_lowercase())
        .bind(article.text.clone())
        .bind(article.html.clone())
        .bind(article.author_id.clone())
        .bind(article.category_id.clone())
        .bind(article.visibility as i32)
        .bind(article.state as i32)
        .bind(article.create_time)
        .execute(tx.conn())
        .await?;
    Ok(article)
}

/// Writes the article over the version before it and takes it into the index; `false` when somebody was faster.
pub(crate) async fn save(tx: &mut Tx, after: &Article) -> Result<bool> {
    let saved = sqlx::query(SAVE)
        .bind(after.id.clone())
        .bind(after.version - 1)
        .bind(after.title.clone())
        .bind(after.title.to_lowercase())
        .bind(after.text.clone())
        .bind(after.html.clone())
        .bind(after.author_id.clone())
        .bind(after.category_id.clone())
        .bind(after.visibility as i32)
        .bind(after.state as i32)
        .bind(after.revision)
        .bind(after.public_title.clone())
        .bind(after.public_title.to_lowercase())
        .bind(after.public_text.clone())
        .bind(after.public_html.clone())
        .bind(after.public_author.clone())
        .bind(after.publish_time)
        .bind(after.update_time)
        .execute(tx.conn())
        .await?;
    if saved.rows_affected() == 0 {
        return Ok(false);
    }
    index(tx, after).await?;
    Ok(true)
}

/// Has readers find the article, or not any more.
async fn index(tx: &mut Tx, article: &Article) -> Result<()> {
    if !article.is_shown() {
        return words::drop_from(tx, Index::Articles, article.number).await;
    }
    let mut lexemes = Lexemes::new(LANGUAGE);
    lexemes.place(&(article.visibility as i32).to_string());
    lexemes.title(&article.public_title).text(&article.public_text);
    words::put(tx, Index::Articles, article.number, &lexemes).await?;
    words::learn(tx, [article.public_title.as_str()]).await
}

/// Keeps what was published just now.
pub(crate) async fn keep_version(tx: &mut Tx, article: &Article, summary: String, by: String) -> Result<()> {
    sqlx::query(KEEP_VERSION)
        .bind(article.id.clone())
        .bind(article.revision)
        .bind(article.public_title.clone())
        .bind(article.public_text.clone())
        .bind(summary)
        .bind(by)
        .bind(article.publish_time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Keeps what a person says of an article; the last word counts.
pub(crate) async fn rate(tx: &mut Tx, article_id: &str, person_id: &str, helpful: bool) -> Result<()> {
    let now = tx.micros();
    let rating = sqlx::query(RATE).bind(article_id.to_owned()).bind(person_id.to_owned());
    rating.bind(i64::from(helpful)).bind(now).execute(tx.conn()).await?;
    sqlx::query(COUNT_RATINGS).bind(article_id.to_owned()).execute(tx.conn()).await?;
    Ok(())
}
