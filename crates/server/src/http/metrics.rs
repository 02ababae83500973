//! The figures under `/metrics`, in Prometheus' text form.

use std::time::Duration;

use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the latency histogram, in seconds.
const LATENCY_BOUNDS: &[f64] =
    &[0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0];

/// An API whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// Keyword suggestions.
    Suggest,
    /// Content search.
    Search,
    /// Registration of users.
    Register,
    /// One item.
    Single,
    /// Items like one.
    Related,
    /// Questions about a token's account.
    User,
}

/// How many APIs there are.
const APIS: usize = 6;

impl Api {
    fn name(self) -> &'static str {
        match self {
            Api::Suggest => "suggest",
            Api::Search => "search",
            Api::Register => "register",
            Api::Single => "single",
            Api::Related => "related",
            Api::User => "user",
        }
    }
}

/// Handles that the request paths use, looked up once.
pub(crate) struct Figures {
    prometheus: PrometheusHandle,
    succeeded: [Counter; APIS],
    latency: [Histogram; APIS],
    cache_hits: Counter,
    cache_misses: Counter,
}

impl Figures {
    /// Installs the process's recorder (the first call does; later ones share it).
    pub(crate) fn install() -> Figures {
        static HANDLE: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();
        let prometheus = HANDLE.get_or_init(|| {
            let builder = PrometheusBuilder::new().set_buckets(LATENCY_BOUNDS).unwrap_or_default();
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; /metrics stays empty");
            }
            handle
        });
        let apis = [Api::Suggest, Api::Search, Api::Register, Api::Single, Api::Related, Api::User];
        Figures {
            prometheus: prometheus.clone(),
            succeeded: apis
                .map(|api| metrics::counter!("qiusuo_calls_total", "api" => api.name(), "code" => "0")),
            latency: apis.map(|api| metrics::histogram!("qiusuo_call_seconds", "api" => api.name())),
            cache_hits: metrics::counter!("qiusuo_suggest_cache_hits_total"),
            cache_misses: metrics::counter!("qiusuo_suggest_cache_misses_total"),
        }
    }

    /// Counts one call.
    pub(crate) fn call(&self, api: Api, code: i64, duration: Duration) {
        if code == 0 {
            self.succeeded[api as usize].increment(1);
        } else {
            let code = code.to_string();
            metrics::counter!("qiusuo_calls_total", "api" => api.name(), "code" => code).increment(1);
        }
        self.latency[api as usize].record(duration.as_secs_f64());
    }

    /// Counts one look into the cache of suggestions.
    pub(crate) fn cache(&self, hit: bool) {
        let counter = if hit { &self.cache_hits } else { &self.cache_misses };
        counter.increment(1);
    }

    /// Condenses what histograms have collected: to be called every few seconds, or they grow.
    pub(crate) fn condense(&self) {
        self.prometheus.run_upkeep();
    }

    /// All figures as Prometheus reads them.
    pub(crate) fn render(&self) -> String {
        self.prometheus.render()
    }
}
