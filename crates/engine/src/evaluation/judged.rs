//! A judged set in memory: titles, queries, and how well titles answer queries.

use std::collections::HashMap;

use super::ranking::gain;

/// The titles and the queries of a set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The titles; a title's place stands for it.
    pub titles: Vec<String>,
    /// The queries that have a relevant title.
    pub queries: Vec<JudgedQuery>,
    /// The grade from which on a title is relevant.
    pub relevant: u8,
    /// Judgements that name a query or a title that the set does not have; they are left out.
    pub unknown: usize,
}

/// A query and its judged titles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JudgedQuery {
    /// What is searched.
    pub text: String,
    /// The grade of every judged title, by its place.
    pub grades: HashMap<usize, u8>,
}

/// One judgement: the query's id, the title's id and the grade.
pub type Judgement = (String, String, u8);

impl Judged {
    /// Joins titles and queries (id and text each) with the judgements. A title is relevant from the grade
    /// `relevant` on, or else from half of the best grade of the set on, rounded up. Queries without a relevant
    /// title are left out.
    pub fn new(
        titles: Vec<(String, String)>,
        queries: Vec<(String, String)>,
        judgements: &[Judgement],
        relevant: Option<u8>,
    ) -> Self {
        let best = judgements.iter().map(|(_, _, grade)| *grade).max().unwrap_or(0);
        let relevant = relevant.unwrap_or(best.div_ceil(2)).max(1);
        let places = |rows: &[(String, String)]| -> HashMap<String, usize> {
            rows.iter().enumerate().map(|(place, (id, _))| (id.clone(), place)).collect()
        };
        let (title_places, query_places) = (places(&titles), places(&queries));
        let mut judged: Vec<JudgedQuery> =
            queries.into_iter().map(|(_, text)| JudgedQuery { text, grades: HashMap::new() }).collect();
        let mut unknown = 0;
        for (query, title, grade) in judgements {
            match (query_places.get(query), title_places.get(title)) {
                (Some(query), Some(title)) => {
                    judged[*query].grades.insert(*title, *grade);
                }
                _ => unknown += 1,
            }
        }
        judged.retain(|query| query.grades.values().any(|grade| *grade >= relevant));
        let titles = titles.into_iter().map(|(_, text)| text).collect();
        Self { titles, queries: judged, relevant, unknown }
    }
}

impl JudgedQuery {
    /// The gains of the judged titles, best first.
    pub(super) fn gains(&self) -> Vec<f64> {
        let mut gains: Vec<f64> = self.grades.values().map(|grade| gain(*grade)).collect();
        gains.sort_by(|a, b| b.total_cmp(a));
        gains
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_without_a_relevant_title_are_left_out() {
        let rows = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
            rows.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect()
        };
        let judgement =
            |query: &str, title: &str, grade| -> Judgement { (query.to_owned(), title.to_owned(), grade) };
        let judgements = [
            judgement("q1", "d2", 3),
            judgement("q2", "d1", 1),
            judgement("q9", "d1", 3),
            judgement("q1", "d1", 0),
        ];
        let set = |relevant| {
            Judged::new(
                rows(&[("d1", "一"), ("d2", "二")]),
                rows(&[("q1", "甲"), ("q2", "乙"), ("q3", "丙")]),
                &judgements,
                relevant,
            )
        };
        let judged = set(None);
        assert_eq!((judged.relevant, judged.unknown), (2, 1));
        assert_eq!(judged.titles, ["一", "二"]);
        let grades = HashMap::from([(1, 3), (0, 0)]);
        assert_eq!(judged.queries, [JudgedQuery { text: "甲".into(), grades }]);
        assert_eq!(judged.queries[0].gains(), [7.0, 0.0]);
        assert_eq!(set(Some(1)).queries.len(), 2);
    }
}
