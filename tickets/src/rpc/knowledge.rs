//! `KnowledgeService`.

use mesh_core::{
    caller::{Caller, open},
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    page::{self, PageKey},
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{
    self as wire, ArchiveArticleRequest, ArticleMatch, ArticleState, CreateArticleRequest, GetArticleRequest,
    ListArticleVersionsRequest, ListArticleVersionsResponse, ListArticlesRequest, ListArticlesResponse,
    PublishArticleRequest, RateArticleRequest, SearchArticlesRequest, SearchArticlesResponse,
    UpdateArticleRequest, knowledge_service_server::KnowledgeService,
};
use tonic::{Request, Response, Status};

use super::{Tickets, cut, expect_etag};
use crate::{
    article::{Article, Face, LANGUAGE, Reader, changed, check_change, check_new},
    events, markdown,
    search::{Asked, Found, snippet},
    store::{
        Store,
        articles::{self, Bookmark, Shelf},
        catalogue::Catalogues,
    },
    wire::{article as encode, article_version},
};

const CREATE: &str = "/ticketmesh.tickets.v1.KnowledgeService/CreateArticle";

/// Articles on a page when nobody says how many.
const PAGE: i32 = 50;
/// Finds when nobody says how many, and the most there are.
const FINDS: i32 = 10;
const MOST_FINDS: i32 = 50;
/// Versions on a page at most: texts are long.
const MOST_VERSIONS: i32 = 10;
/// Characters of a question.
const QUESTION: std::ops::RangeInclusive<usize> = 0..=255;

/// `KnowledgeService`.
#[derive(Clone, Debug)]
pub(crate) struct Knowledge {
    pub(crate) store: Store,
    pub(crate) catalogues: Catalogues,
    pub(crate) pages: PageKey,
}

/// Each method opens its request and hands it to the function of the same purpose.
macro_rules! methods {
    ($($method:ident: $ask:ty => $function:ident -> $answer:ty;)*) => {
        #[tonic::async_trait]
        impl KnowledgeService for Knowledge {
            $(async fn $method(&self, request: Request<$ask>) -> Result<Response<$answer>, Status> {
                let (caller, ask) = open(request)?;
                Ok(Response::new(self.$function(&caller, ask).await?))
            })*
        }
    };
}

methods! {
    list_articles: ListArticlesRequest => list -> ListArticlesResponse;
    get_article: GetArticleRequest => get -> wire::Article;
    create_article: CreateArticleRequest => create -> wire::Article;
    update_article: UpdateArticleRequest => update -> wire::Article;
    publish_article: PublishArticleRequest => publish -> wire::Article;
    archive_article: ArchiveArticleRequest => archive -> wire::Article;
    list_article_versions: ListArticleVersionsRequest => versions -> ListArticleVersionsResponse;
    search_articles: SearchArticlesRequest => search -> SearchArticlesResponse;
    rate_article: RateArticleRequest => rate -> wire::Article;
}

impl Knowledge {
    /// The service on the same store.
    pub(crate) fn beside(tickets: &Tickets) -> Self {
        Self {
            store: tickets.store.clone(),
            catalogues: tickets.catalogues.clone(),
            pages: tickets.pages.clone(),
        }
    }

    /// A page of articles, by title.
    async fn list(&self, caller: &Caller, ask: ListArticlesRequest) -> Result<ListArticlesResponse> {
        policy::check(caller, Action::KnowledgeRead, &Scope::everywhere())?;
        check_list(&ask)?;
        let state =
            if ask.state() == ArticleState::Unspecified { ArticleState::Published } else { ask.state() };
        let face = if state == ArticleState::Published { Face::Public } else { Face::Working };
        if face == Face::Working {
            policy::check_somewhere(caller, Action::KnowledgeEdit)?;
        }
        let (size, token) = (page::size(ask.page_size, PAGE), ask.page_token.clone());
        let signed = ListArticlesRequest { page_size: 0, page_token: String::new(), ..ask };
        let after = self.pages.open(caller, &signed, &token)?;
        let wanted = Shelf { state, category_id: &signed.category_id, after, limit: size + 1 };
        let mut rows = self.store.articles(Reader::of(caller), &wanted).await?;
        let has_more = cut(&mut rows, size);
        let next_page_token = match rows.last().filter(|_| has_more) {
            Some(last) => self.pages.seal(caller, &signed, &Bookmark::behind(last, state))?,
            None => String::new(),
        };
        let articles = rows.iter().map(|article| encode(article, face)).collect();
        Ok(ListArticlesResponse { articles, next_page_token })
    }

    /// One article, as the caller sees it.
    async fn get(&self, caller: &Caller, ask: GetArticleRequest) -> Result<wire::Article> {
        policy::check(caller, Action::KnowledgeRead, &Scope::everywhere())?;
        check_id(&ask.id)?;
        let reader = Reader::of(caller);
        let found = self.store.article(&ask.id).await?.filter(|article| reader.sees(article));
        let article = found.ok_or_else(|| Error::not_found("article", &ask.id))?;
        Ok(encode(&article, reader.face()))
    }

    /// Fine when the article is to belong to a category in use, or to none.
    async fn expect_category(&self, category_id: &str) -> Result<()> {
        if category_id.is_empty() {
            return Ok(());
        }
        let catalogue = self.catalogues.now().await?;
        let category = catalogue.category(category_id);
        let department_id = category.map(|category| category.department_id.as_str()).unwrap_or_default();
        catalogue.expect_open(category_id, department_id)
    }

    /// Adds a draft.
    async fn create(&self, caller: &Caller, ask: CreateArticleRequest) -> Result<wire::Article> {
        policy::check_somewhere(caller, Action::KnowledgeEdit)?;
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let sent = ask.article.unwrap_or_default();
        let mut wrong = Violations::default();
        check_new(&sent, &mut wrong);
        wrong.into_result()?;
        self.expect_category(&sent.category_id).await?;
        let html = markdown::render(&sent.text);

        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let author_id = caller.user_id().unwrap_or_default().to_owned();
        let draft = Article::draft(sent, author_id, tx.micros());
        let draft = Article { id: tx.ids().id("art"), html, ..draft };
        let article = articles::insert(&mut tx, draft).await?;
        outbox::push(&mut tx, &Cause::of(caller), events::article_changed(&article, None)).await?;
        let answer = encode(&article, Face::Working);
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Changes fields of an article.
    async fn update(&self, caller: &Caller, ask: UpdateArticleRequest) -> Result<wire::Article> {
        policy::check_somewhere(caller, Action::KnowledgeEdit)?;
        let (sent, paths) = (ask.article.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
        let mut wrong = Violations::default();
        wrong.id("article.id", &sent.id, "art");
        check_change(&sent, &paths, &mut wrong);
        wrong.into_result()?;
        let html = markdown::render(&sent.text);

        let mut tx = self.store.db().begin().await?;
        let before = current(&mut tx, caller, &sent.id, &sent.etag).await?;
        let author_id = caller.user_id().unwrap_or_default();
        let mut after = changed(&before, &sent, &paths, author_id, tx.micros());
        if after.text != before.text {
            after.html = html;
        }
        if after.category_id != before.category_id {
            self.expect_category(&after.category_id).await?;
        }
        save(tx, caller, &before, &after).await
    }

    /// Shows the current text to its readers.
    async fn publish(&self, caller: &Caller, ask: PublishArticleRequest) -> Result<wire::Article> {
        policy::check_somewhere(caller, Action::KnowledgeEdit)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "art");
        wrong.text("summary", &ask.summary, 0..=500);
        wrong.into_result()?;
        let mut tx = self.store.db().begin().await?;
        let before = current(&mut tx, caller, &ask.id, &ask.etag).await?;
        let after = before.published(tx.micros())?;
        if after.revision > before.revision {
            let by = caller.user_id().unwrap_or_default().to_owned();
            articles::keep_version(&mut tx, &after, ask.summary, by).await?;
        }
        save(tx, caller, &before, &after).await
    }

    /// Takes an article out of use.
    async fn archive(&self, caller: &Caller, ask: ArchiveArticleRequest) -> Result<wire::Article> {
        policy::check_somewhere(caller, Action::KnowledgeEdit)?;
        check_id(&ask.id)?;
        let mut tx = self.store.db().begin().await?;
        let before = current(&mut tx, caller, &ask.id, &ask.etag).await?;
        let after = before.archived(tx.micros());
        save(tx, caller, &before, &after).await
    }

    /// What was published of an article.
    async fn versions(
        &self,
        caller: &Caller,
        ask: ListArticleVersionsRequest,
    ) -> Result<ListArticleVersionsResponse> {
        policy::check_somewhere(caller, Action::KnowledgeEdit)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "art");
        wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 10");
        wrong.into_result()?;
        let (size, token) =
            (page::size(ask.page_size.min(MOST_VERSIONS), MOST_VERSIONS), ask.page_token.clone());
        let signed = ListArticleVersionsRequest { page_size: 0, page_token: String::new(), ..ask };
        let before = self.pages.open(caller, &signed, &token)?.unwrap_or(i32::MAX);
        if self.store.article(&signed.id).await?.is_none() {
            return Err(Error::not_found("article", &signed.id));
        }
        let mut rows = self.store.versions(&signed.id, before, size + 1).await?;
        let has_more = cut(&mut rows, size);
        let next_page_token = match rows.last().filter(|_| has_more) {
            Some(last) => self.pages.seal(caller, &signed, &last.revision)?,
            None => String::new(),
        };
        let versions = rows.into_iter().map(article_version).collect();
        Ok(ListArticleVersionsResponse { versions, next_page_token })
    }

    /// Published articles with these words, best first.
    async fn search(&self, caller: &Caller, ask: SearchArticlesRequest) -> Result<SearchArticlesResponse> {
        policy::check(caller, Action::KnowledgeRead, &Scope::everywhere())?;
        let mut wrong = Violations::default();
        wrong.text("text", &ask.text, QUESTION);
        wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 50");
        wrong.into_result()?;
        let limit = page::size(ask.page_size.min(MOST_FINDS), FINDS);
        let mut asked = Asked::of_words(&ask.text);
        if asked.words.is_empty() {
            return Ok(SearchArticlesResponse::default());
        }
        let reader = Reader::of(caller);
        let mut found = self.store.find_articles(reader, &asked, limit).await?;
        if found.is_empty()
            && let Some(words) = self.store.respelled(&asked.words).await?
        {
            asked.words = words;
            found = self.store.find_articles(reader, &asked, limit).await?;
        }
        let shown = |article: &Article| ArticleMatch {
            snippet_html: snippet([Found::of(
                &markdown::plain(&article.public_text),
                LANGUAGE,
                &asked.words,
            )]),
            article: Some(wire::Article { text: String::new(), ..encode(article, Face::Public) }),
        };
        Ok(SearchArticlesResponse { matches: found.iter().map(shown).collect() })
    }

    /// Says whether an article helped.
    async fn rate(&self, caller: &Caller, ask: RateArticleRequest) -> Result<wire::Article> {
        policy::check(caller, Action::Browse, &Scope::everywhere())?;
        check_id(&ask.id)?;
        let (reader, person_id) = (Reader::of(caller), caller.user_id()?);
        let missing = || Error::not_found("article", &ask.id);
        let mut tx = self.store.db().begin().await?;
        let before = articles::article(&mut tx, &ask.id).await?.filter(|article| reader.sees(article));
        let before = before.ok_or_else(missing)?;
        if before.revision == 0 {
            let message = "it is a draft; publish it first, so that there are readers it can help";
            return Err(Error::failed_precondition(&proto::errors::v1::ErrorReason::WrongState, message));
        }
        articles::rate(&mut tx, &before.id, person_id, ask.helpful).await?;
        let after = articles::article(&mut tx, &ask.id).await?.ok_or_else(missing)?;
        tx.commit().await?;
        Ok(encode(&after, reader.face()))
    }
}

/// The article as it is, if that is what the caller read.
async fn current(tx: &mut Tx, caller: &Caller, id: &str, etag: &str) -> Result<Article> {
    let found = articles::article(tx, id).await?;
    let article = found.ok_or_else(|| Error::not_found("article", id))?;
    expect_etag(caller, etag, &article.etag(), || encode(&article, Face::Working))?;
    Ok(article)
}

/// Keeps what changed and tells who sees it.
async fn save(mut tx: Tx, caller: &Caller, before: &Article, after: &Article) -> Result<wire::Article> {
    if after != before {
        if !articles::save(&mut tx, after).await? {
            return Err(Error::conflict("others keep changing this article; send the same request again"));
        }
        outbox::push(&mut tx, &Cause::of(caller), events::article_changed(after, Some(before))).await?;
        tx.commit().await?;
    }
    Ok(encode(after, Face::Working))
}

fn check_id(id: &str) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("id", id, "art");
    wrong.into_result()
}

fn check_list(ask: &ListArticlesRequest) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.optional_id("category_id", &ask.category_id, "cat");
    let unknown = ArticleState::try_from(ask.state).is_err();
    wrong.when(unknown, "state", "is unknown; use DRAFT, PUBLISHED or ARCHIVED");
    wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 200");
    wrong.into_result()
}
