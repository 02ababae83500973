//! What the tests stand on.

use suggest::{Base, BuildOptions, Builder, Candidate, Evidence, Route, Settings, Snapshot, Suggestion};

/// A candidate that was submitted so often just now.
pub(crate) fn submitted(text: &str, count: u64) -> Candidate {
    Candidate::new(text, Evidence::submitted(count))
}

/// A base of these candidates.
pub(crate) fn base(candidates: &[Candidate]) -> Base {
    builder(candidates, BuildOptions::default()).build()
}

/// A builder with these candidates.
pub(crate) fn builder(candidates: &[Candidate], options: BuildOptions) -> Builder {
    let mut builder = Builder::new(options);
    candidates.iter().for_each(|candidate| builder.push(candidate));
    builder
}

/// A snapshot of these texts with their counts.
pub(crate) fn snapshot(entries: &[(&str, u64)]) -> Snapshot {
    let candidates: Vec<_> = entries.iter().map(|&(text, count)| submitted(text, count)).collect();
    Snapshot::of_base(base(&candidates))
}

/// The usual settings with these routes alone.
pub(crate) fn only(routes: &[Route]) -> Settings {
    let all = Route::ALL.into_iter();
    all.fold(Settings::default(), |settings, route| settings.with_enabled(route, routes.contains(&route)))
}

/// A snapshot with other settings.
pub(crate) fn with(snapshot: &Snapshot, settings: Settings) -> Snapshot {
    Snapshot { settings: settings.into(), ..snapshot.clone() }
}

/// The texts of an answer.
pub(crate) fn texts(snapshot: &Snapshot, keyword: &str) -> Vec<String> {
    snapshot.suggest(keyword, 15, 0).items.into_iter().map(|item| item.text).collect()
}

/// Flags as a string: `x` marked, `.` not.
pub(crate) fn drawn(item: &Suggestion) -> String {
    item.flags.iter().map(|&flag| if flag { 'x' } else { '.' }).collect()
}
