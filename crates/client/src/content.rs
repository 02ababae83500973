//! Content search: an application registers its users, and searches for them.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use wire::content::{RegisterAnswer, Ret, SearchAnswer, TypeSet};
use wire::signature;

use crate::Error;
use crate::transport::{Received, Transport};

const REGISTER: &str = "/access_token/register/wap/v4/";
const SEARCH: &str = "/data/stream/search/v4/";

/// The content search as one application.
#[derive(Clone)]
pub struct Content {
    transport: Transport,
    partner: String,
    secure_key: String,
}

/// One registered user of an application.
#[derive(Clone)]
pub struct User {
    content: Content,
    access_token: String,
    expires_in: Option<i64>,
}

/// What to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// The keyword, 1 to 64 characters.
    pub keyword: String,
    /// Where the page begins.
    pub offset: u32,
    /// Items a page, at most 20; 0 means the default of 10.
    pub count: u32,
    /// The kinds of content.
    pub types: TypeSet,
    /// The id of this search; absent: the server makes one on the first page.
    pub search_id: Option<String>,
}

impl SearchRequest {
    /// The first page of a search for all kinds of content.
    pub fn new(keyword: impl Into<String>) -> Self {
        Self { keyword: keyword.into(), offset: 0, count: 0, types: TypeSet::ALL, search_id: None }
    }

    /// The page after the one that was answered; `None` behind the last.
    pub fn next_page(&self, answer: &SearchAnswer) -> Option<Self> {
        let step = if self.count == 0 { wire::content::DEFAULT_COUNT } else { self.count };
        let given = Some(answer.search_id.clone()).filter(|search_id| !search_id.is_empty());
        let search_id = given.or_else(|| self.search_id.clone());
        answer.has_more.then(|| Self { offset: self.offset.saturating_add(step), search_id, ..self.clone() })
    }
}

impl Content {
    pub(crate) fn new(transport: Transport, partner: &str, secure_key: &str) -> Self {
        Self { transport, partner: partner.to_owned(), secure_key: secure_key.to_owned() }
    }

    /// Registers an end user by the application's own id, at most 64 characters. The same id is the
    /// same user again, with a fresh token.
    ///
    /// # Errors
    /// When the server refuses, fails or does not answer.
    pub async fn register(&self, uuid: &str) -> Result<User, Error> {
        let (timestamp, nonce) = stamp()?;
        let signature = signature::sign_register(&self.secure_key, &timestamp, &nonce, uuid);
        let query = self.query(&timestamp, &nonce, &signature, &[("uuid", uuid)]);
        let received = self.transport.get(REGISTER, &query).await?;
        check(&received)?;
        let answer: RegisterAnswer = received.json()?;
        let expires_in = Some(answer.data.expires_in);
        Ok(User { content: self.clone(), access_token: answer.data.access_token, expires_in })
    }

    /// A user whose access token is known from an earlier registration.
    pub fn user(&self, access_token: &str) -> User {
        User { content: self.clone(), access_token: access_token.to_owned(), expires_in: None }
    }

    fn query<'a>(
        &'a self,
        timestamp: &'a str,
        nonce: &'a str,
        signature: &'a str,
        rest: &[(&'a str, &'a str)],
    ) -> Vec<(&'a str, &'a str)> {
        let mut query = vec![
            ("partner", self.partner.as_str()),
            ("timestamp", timestamp),
            ("nonce", nonce),
            ("signature", signature),
        ];
        query.extend_from_slice(rest);
        query
    }
}

impl User {
    /// Searches; one page an answer.
    ///
    /// # Errors
    /// When the server refuses, fails or does not answer. [`Ret::AccessToken`] means that the user is
    /// to be registered again.
    pub async fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, Error> {
        let (timestamp, nonce) = stamp()?;
        let content = &self.content;
        let signature = signature::sign(&content.secure_key, &timestamp, &nonce);
        let (offset, count) = (request.offset.to_string(), request.count.to_string());
        let types = request.types.to_string();
        let mut rest = vec![
            ("access_token", self.access_token.as_str()),
            ("keyword", &request.keyword),
            ("offset", &offset),
        ];
        // What has its default is left out: also the vendors' servers know their defaults.
        if request.count != 0 {
            rest.push(("count", &count));
        }
        if request.types != TypeSet::ALL {
            rest.push(("need_group_types", &types));
        }
        if let Some(search_id) = &request.search_id {
            rest.push(("search_id", search_id));
        }
        let query = content.query(&timestamp, &nonce, &signature, &rest);
        let received = content.transport.get(SEARCH, &query).await?;
        check(&received)?;
        received.json()
    }

    /// The access token, to be kept and given to [`Content::user`] later. It is a secret.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// Seconds from the registration until the token expires; `None` for one known from earlier.
    pub fn expires_in(&self) -> Option<i64> {
        self.expires_in
    }
}

/// The application's name; its key is a secret.
impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Content");
        shown.field("transport", &self.transport).field("partner", &self.partner).finish_non_exhaustive()
    }
}

/// The application's name; key and token are secrets.
impl fmt::Debug for User {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("User").field("content", &self.content).finish_non_exhaustive()
    }
}

/// What every answer has; an error may have no more than this.
#[derive(Deserialize)]
struct Head {
    ret: i64,
    #[serde(default)]
    msg: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    req_id: Option<String>,
}

fn check(received: &Received) -> Result<(), Error> {
    let head: Head = received.json()?;
    if head.ret == Ret::Success.number() {
        return Ok(());
    }
    Err(Error::Content {
        ret: head.ret,
        msg: head.msg.or(head.message).unwrap_or_default(),
        req_id: head.req_id.unwrap_or_default(),
    })
}

/// The timestamp and the nonce of one request.
fn stamp() -> Result<(String, String), Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut random = [0; 6];
    getrandom::fill(&mut random).map_err(|_| Error::Random)?;
    // Twelve digits: the longest nonce of the documentation.
    let nonce = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((format!("{:010}", now.as_secs()), nonce))
}
