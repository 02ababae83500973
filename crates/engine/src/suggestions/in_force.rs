//! What answers are made from at this moment, behind one pointer.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use arc_swap::ArcSwap;
use suggest::{Base, Explanation, Overlay, Rules, Settings, Snapshot, SuggestionView, Suggestions, WhyNot};

use crate::{Error, Result};

/// The suggestions in force.
pub(crate) struct InForce {
    state: ArcSwap<State>,
    generation: AtomicU64,
    /// Held while a part is replaced, so that no other replacement is lost; readers never take it.
    replacing: parking_lot::Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    snapshot: Snapshot,
    /// Whether there is a base: an empty one answers, none does not.
    ready: bool,
}

impl InForce {
    pub(crate) fn new(settings: Settings) -> InForce {
        let snapshot = Snapshot { settings: Arc::new(settings), ..Snapshot::default() };
        InForce {
            state: ArcSwap::from_pointee(State { snapshot, ready: false }),
            generation: AtomicU64::new(0),
            replacing: parking_lot::Mutex::default(),
        }
    }

    /// Grows after every replacement. Whoever keeps an answer reads it before asking: then an answer made from
    /// what was replaced meanwhile is never taken for a new one.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The routes and penalties that answers are given by.
    pub(crate) fn settings(&self) -> Settings {
        Settings::clone(&self.state.load().snapshot.settings)
    }

    pub(crate) fn put_base(&self, base: Arc<Base>, overlay: Arc<Overlay>) {
        metrics::gauge!("qiusuo_suggestion_entries").set(base.len() as f64);
        metrics::gauge!("qiusuo_suggestion_overlay_entries").set(overlay.len() as f64);
        self.replace(|state| {
            state.snapshot.base = base;
            state.snapshot.overlay = overlay;
            state.ready = true;
        });
    }

    pub(crate) fn put_overlay(&self, overlay: Arc<Overlay>) {
        metrics::gauge!("qiusuo_suggestion_overlay_entries").set(overlay.len() as f64);
        self.replace(|state| state.snapshot.overlay = overlay);
    }

    pub(crate) fn put_rules(&self, rules: Arc<Rules>) {
        self.replace(|state| state.snapshot.rules = rules);
    }

    fn replace(&self, change: impl FnOnce(&mut State)) {
        let _replacing = self.replacing.lock();
        let mut state = State::clone(&self.state.load());
        change(&mut state);
        self.state.store(Arc::new(state));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// The suggestions for `keyword`, best first.
    pub(crate) fn suggest(&self, keyword: &str, limit: usize, now: i64) -> Result<Suggestions> {
        self.ask(|snapshot| snapshot.suggest(keyword, limit, now))
    }

    /// Calls `visit` with each of them; tells until when they stay as they are.
    pub(crate) fn suggest_each(
        &self,
        keyword: &str,
        limit: usize,
        now: i64,
        visit: impl FnMut(SuggestionView<'_>),
    ) -> Result<i64> {
        self.ask(|snapshot| snapshot.suggest_each(keyword, limit, now, visit))
    }

    /// The same with the reasons.
    pub(crate) fn explain(&self, keyword: &str, limit: usize, now: i64) -> Result<Explanation> {
        self.ask(|snapshot| snapshot.explain(keyword, limit, now))
    }

    /// What keeps `text` out of that answer.
    pub(crate) fn why_not(&self, keyword: &str, text: &str, limit: usize, now: i64) -> Result<WhyNot> {
        self.ask(|snapshot| snapshot.why_not(keyword, text, limit, now))
    }

    /// Entries that sound exactly as `typed` is spelled, best first; none while there is no base.
    pub(crate) fn by_sound(&self, typed: &str) -> Vec<String> {
        self.ask(|snapshot| snapshot.by_sound(typed)).unwrap_or_default()
    }

    fn ask<T>(&self, ask: impl FnOnce(&Snapshot) -> T) -> Result<T> {
        let state = self.state.load();
        if state.ready { Ok(ask(&state.snapshot)) } else { Err(Error::SuggestionsNotReady) }
    }

    /// The base; `None` while there is none.
    pub(crate) fn base(&self) -> Option<Arc<Base>> {
        let state = self.state.load();
        state.ready.then(|| Arc::clone(&state.snapshot.base))
    }

    /// The store's sequence that the base stands for; `None` while there is no base.
    pub(crate) fn sequence(&self) -> Option<i64> {
        self.base().map(|base| base.sequence())
    }

    /// How many entries the base has.
    pub(crate) fn len(&self) -> usize {
        self.state.load().snapshot.base.len()
    }

    /// How many entries came or changed since the base was built.
    pub(crate) fn overlay_len(&self) -> usize {
        self.state.load().snapshot.overlay.len()
    }
}
