//! `qiusuo suggest` and `qiusuo search`: their options.

use clap::{Args, ValueEnum};

/// `qiusuo suggest`.
#[derive(Debug, Clone, Args)]
pub struct Suggest {
    /// What was typed: hanzi, pinyin or initials
    #[arg(allow_hyphen_values = true)]
    pub keyword: String,
    /// Say why each suggestion stands where it does
    #[arg(long)]
    pub explain: bool,
    /// Say why this text is not among the suggestions
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub why_not: Option<String>,
}

/// `qiusuo search`.
#[derive(Debug, Clone, Args)]
pub struct Search {
    /// What to search for
    #[arg(allow_hyphen_values = true)]
    pub keyword: String,
    /// How many results to skip
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub offset: u32,
    /// How many results to print, at most 20
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub count: u32,
    /// Only these types, joined by commas [default: all]
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    pub types: Vec<ContentType>,
    /// Print tier, score and features of every result
    #[arg(long)]
    pub explain: bool,
    /// Print whether this item matches the keyword as it is typed, and in which tier (0: all of it)
    #[arg(long, value_name = "GROUP_ID", conflicts_with_all = ["explain", "offset", "count", "types"])]
    pub matches: Option<i64>,
}

/// A type of content, by its name in the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ContentType {
    /// Articles with pictures
    #[value(name = "tuwen")]
    Tuwen,
    /// Horizontal videos
    #[value(name = "xigua_video")]
    XiguaVideo,
    /// Vertical videos
    #[value(name = "short_video")]
    ShortVideo,
}
