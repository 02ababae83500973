//! What repairs the characters of a keyword: a model of the titles and the query log, in memory.
//!
//! A server learns it with every base that it builds, from the same rows, and at its start where the base is there
//! already. Nobody waits for it: until it is there, keywords are not repaired, and a new one takes the place of the last
//! by one pointer. Commands learn it only when they need it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use arc_swap::ArcSwapOption;
use search::correction::{Model, ModelBuilder};

/// The model in force.
#[derive(Default)]
pub(crate) struct Corrections {
    model: ArcSwapOption<Model>,
    kept: AtomicBool,
}

impl Corrections {
    /// From now on every base that is built brings a new model.
    pub(crate) fn keep(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    /// Whether a base that is built brings a new model.
    pub(super) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }

    /// The model; `None` while there is none.
    pub(crate) fn model(&self) -> Option<Arc<Model>> {
        self.model.load_full()
    }

    /// Makes a model of what was taken in and puts it in force.
    pub(super) fn learn(&self, builder: ModelBuilder) {
        let model = builder.build();
        metrics::gauge!("qiusuo_correction_model_bytes").set(model.bytes() as f64);
        tracing::debug!(model.bytes = model.bytes(), "the model that repairs keywords is made");
        self.model.store(Some(Arc::new(model)));
    }
}
