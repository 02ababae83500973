//! `/v1/items` and `/v1/counters`: applications write their content.

mod body;
mod many;
mod one;
mod wait;

pub(super) use body::text as body_text;
pub(crate) use many::{counters, put};
pub(crate) use one::{act, item};
