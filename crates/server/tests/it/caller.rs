//! A caller of the content search API who asks for pages.

use crate::support::{Application, Directory, Server, wait_for};

/// A registered user of an application of its own.
pub(crate) struct Caller<'a> {
    server: &'a Server,
    application: Application,
    access_token: String,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) ids: Vec<i64>,
    pub(crate) has_more: bool,
}

impl<'a> Caller<'a> {
    /// Makes an application in the directory of a running server, and registers.
    pub(crate) fn new(directory: &Directory, server: &'a Server) -> Caller<'a> {
        Caller::of(directory.application("caller"), server)
    }

    /// Registers with an application that the server knows, or soon will.
    pub(crate) fn of(application: Application, server: &'a Server) -> Caller<'a> {
        let target = application.register_target("walker");
        wait_for("the application", || (server.get(&target).json()["ret"] == 0).then_some(()));
        let access_token = application.register(server, "walker");
        Caller { server, application, access_token }
    }

    /// One page of a search.
    #[track_caller]
    pub(crate) fn page(&self, keyword: &str, search_id: &str, offset: usize, count: usize) -> Page {
        let (offset, count) = (offset.to_string(), count.to_string());
        let parameters =
            [("keyword", keyword), ("search_id", search_id), ("offset", &*offset), ("count", &*count)];
        let answer = self.application.search(self.server, &self.access_token, &parameters).json();
        assert_eq!(answer["ret"], 0, "{answer}");
        let id = |item: &serde_json::Value| item["group_id"].as_str().unwrap().parse().unwrap();
        let ids = answer["data"].as_array().unwrap().iter().map(id).collect();
        Page { ids, has_more: answer["has_more"].as_bool().unwrap() }
    }

    /// The first twenty of a new search.
    #[track_caller]
    pub(crate) fn first(&self, keyword: &str) -> Vec<i64> {
        self.page(keyword, &format!("first-{}", unique()), 0, 20).ids
    }

    /// The whole list of a new search.
    #[track_caller]
    pub(crate) fn all(&self, keyword: &str) -> Vec<i64> {
        let search_id = format!("all-{}", unique());
        let mut ids = Vec::new();
        loop {
            let page = self.page(keyword, &search_id, ids.len(), 20);
            assert!(!page.has_more || page.ids.len() == 20, "{page:?}");
            ids.extend(page.ids);
            if !page.has_more {
                return ids;
            }
        }
    }
}

/// A number that no other search of this test process has.
fn unique() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
