//! Contract 2, content search: codes, parameters, items and answers.

mod answer;
mod explain;
mod identifiers;
mod kinds;
mod neighbours;
mod parameters;
mod ret;

pub use answer::{
    ErrorAnswer, Image, Item, RegisterAnswer, RegisterData, RegisterErrorAnswer, SearchAnswer, UserInfo,
    Video, VideoDetail, render_author, write_answer_end, write_answer_start, write_explained_end,
};
pub use explain::{ExplainedFeature, ExplainedItem, Explanation, explain};
pub use identifiers::{req_id, search_id};
pub use kinds::{GroupType, TypeSet};
pub use neighbours::{RelatedParameters, SingleAnswer, group_id, write_single_end, write_single_start};
pub use parameters::{
    DEFAULT_COUNT, MAX_COUNT, PublicParameters, RegisterParameters, SearchParameters, Timestamp,
    access_token, nonce, partner, signature, timestamp, uuid,
};
pub use ret::Ret;

pub use crate::query::{Keyword, ParameterError};
