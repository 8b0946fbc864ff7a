//! The knowledge base, for readers and for those who write it.

use proto::tickets::v1::{
    ArchiveArticleRequest, Article, ArticleMatch, ArticleState, ArticleVersion, CreateArticleRequest,
    GetArticleRequest, ListArticleVersionsRequest, ListArticlesRequest, ListArticlesResponse,
    PublishArticleRequest, RateArticleRequest, SearchArticlesRequest, UpdateArticleRequest,
    knowledge_service,
};

use super::{Answer, ask, last_word, mask};
use crate::browser;

/// A page of the articles in a state, by title.
pub(crate) async fn list(
    state: ArticleState,
    page_token: String,
    page_size: i32,
) -> Answer<ListArticlesResponse> {
    let asked =
        ListArticlesRequest { state: state.into(), page_token, page_size, ..ListArticlesRequest::default() };
    ask(knowledge_service::LIST_ARTICLES, asked).await
}

/// Published articles by words, best first; the last word may be half typed.
pub(crate) async fn search(text: String, page_size: i32) -> Answer<Vec<ArticleMatch>> {
    let asked = SearchArticlesRequest { text, page_size };
    ask(knowledge_service::SEARCH_ARTICLES, asked).await.map(|answer| answer.matches)
}

/// One article with its text.
pub(crate) async fn get(id: String) -> Answer<Article> {
    ask(knowledge_service::GET_ARTICLE, GetArticleRequest { id }).await
}

/// Says whether an article helped; saying otherwise later changes that.
pub(crate) async fn rate(id: String, helpful: bool) -> Answer<Article> {
    ask(knowledge_service::RATE_ARTICLE, RateArticleRequest { id, helpful }).await
}

/// Adds a draft; the same `request_id` never adds it twice.
pub(crate) async fn create(article: Article, request_id: String) -> Answer<Article> {
    let asked = CreateArticleRequest { article: Some(article), request_id };
    ask(knowledge_service::CREATE_ARTICLE, asked).await
}

/// Changes the named parts of an article as it was read.
pub(crate) async fn update(article: Article, paths: &[&str]) -> Answer<Article> {
    let asked = UpdateArticleRequest { article: Some(article), update_mask: Some(mask(paths)) };
    ask(knowledge_service::UPDATE_ARTICLE, asked).await
}

/// Keeps title and text when the page is about to go.
pub(crate) fn keep_at_last(article: &Article, title: &str, text: &str) {
    let fields =
        [("id", article.id.as_str()), ("title", title), ("text", text), ("etag", article.etag.as_str())];
    let json = format!(r#"{{"article":{},"updateMask":"title,text"}}"#, browser::json(&fields));
    last_word("KnowledgeService/UpdateArticle", &json);
}

/// Shows the current text to its readers.
pub(crate) async fn publish(article: &Article, summary: String) -> Answer<Article> {
    let asked = PublishArticleRequest { id: article.id.clone(), etag: article.etag.clone(), summary };
    ask(knowledge_service::PUBLISH_ARTICLE, asked).await
}

/// Takes an article out of use.
pub(crate) async fn archive(article: &Article) -> Answer<Article> {
    let asked = ArchiveArticleRequest { id: article.id.clone(), etag: article.etag.clone() };
    ask(knowledge_service::ARCHIVE_ARTICLE, asked).await
}

/// The published texts of an article, newest first: those on the page behind the token, and the token of the next.
pub(crate) async fn versions(id: String, page_token: String) -> Answer<(Vec<ArticleVersion>, String)> {
    let asked = ListArticleVersionsRequest { id, page_token, ..ListArticleVersionsRequest::default() };
    let answer = ask(knowledge_service::LIST_ARTICLE_VERSIONS, asked).await?;
    Ok((answer.versions, answer.next_page_token))
}
