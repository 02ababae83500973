//! Statements over many rows at once.
//!
//! A statement costs a hop to another thread whatever it carries, so rows travel together. The widths are
//! fixed, so that every statement's text is known beforehand and its prepared form is found again.
//!
//! SQLite's driver looks every *numbered* placeholder up by a scan over all of them: with a hundred items of sixteen
//! columns that scan took 43 % of the time (18,000 items a CPU second, against 30,000 with twenty), with twenty still
//! 22 %. So what is written by the thousand asks for its statement with [`Bulk::query_on`], whose placeholders SQLite
//! counts through without a number, and travels by the hundred; the rest is numbered and travels by the twenty.

use std::{
    fmt::Write as _,
    sync::{Arc, OnceLock},
};

use sqlx::{Any, AnyConnection, AssertSqlSafe, any::AnyArguments, query::Query};

/// Rows of one statement: as many hundreds as there are, then twenties, tens, fives, ones.
const WIDTHS: [usize; 5] = [100, 20, 10, 5, 1];

/// The query type that values are bound to.
pub(crate) type Bound<'q> = Query<'q, Any, AnyArguments>;

/// How placeholders are written.
#[derive(Clone, Copy)]
pub(crate) enum Placeholders {
    /// `$1,$2`: every database knows them.
    Numbered,
    /// `?,?`: SQLite's alone.
    InOrder,
}

impl Placeholders {
    /// Those that a connection's database takes with the least effort.
    pub(crate) fn of(connection: &AnyConnection) -> Placeholders {
        if connection.backend_name() == "SQLite" { Placeholders::InOrder } else { Placeholders::Numbered }
    }
}

/// A statement with a group of placeholders for every row.
pub(crate) struct Bulk {
    head: &'static str,
    columns: usize,
    tail: &'static str,
    numbered: Texts,
    in_order: Texts,
}

/// A statement's text by width, once it was asked for.
type Texts = [OnceLock<Arc<str>>; WIDTHS.len()];

const fn no_texts() -> Texts {
    [const { OnceLock::new() }; WIDTHS.len()]
}

impl Bulk {
    /// `head ($1,$2),($3,$4) tail`: an INSERT of rows with that many columns.
    pub(crate) const fn rows(head: &'static str, columns: usize, tail: &'static str) -> Bulk {
        Bulk { head, columns, tail, numbered: no_texts(), in_order: no_texts() }
    }

    /// `head ($1,$2,$3) tail`: a list of single values.
    pub(crate) const fn list(head: &'static str, tail: &'static str) -> Bulk {
        Bulk::rows(head, 0, tail)
    }

    /// The statement for a piece of that length, which must come from [`pieces`] or one of its kind.
    pub(crate) fn query(&self, width: usize) -> Bound<'static> {
        self.query_with(Placeholders::Numbered, width)
    }

    /// The same as that connection's database takes it with the least effort.
    pub(crate) fn query_on(&self, connection: &AnyConnection, width: usize) -> Bound<'static> {
        self.query_with(Placeholders::of(connection), width)
    }

    /// The same with such placeholders.
    pub(crate) fn query_with(&self, placeholders: Placeholders, width: usize) -> Bound<'static> {
        let slot = WIDTHS.iter().position(|known| *known == width);
        debug_assert!(slot.is_some(), "{width} rows are not a piece");
        let texts = match placeholders {
            Placeholders::Numbered => &self.numbered,
            Placeholders::InOrder => &self.in_order,
        };
        let text = match slot {
            Some(slot) => Arc::clone(texts[slot].get_or_init(|| self.text(placeholders, width))),
            None => self.text(placeholders, width),
        };
        sqlx::query(AssertSqlSafe(text))
    }

    fn text(&self, placeholders: Placeholders, width: usize) -> Arc<str> {
        let (groups, columns) = if self.columns == 0 { (1, width) } else { (width, self.columns) };
        let mut text = self.head.to_owned();
        for group in 0..groups {
            text.push_str(if group == 0 { " (" } else { ",(" });
            for column in 0..columns {
                let comma = if column == 0 { "" } else { "," };
                // Writing to a string cannot fail.
                let _ = match placeholders {
                    Placeholders::Numbered => write!(text, "{comma}${}", group * columns + column + 1),
                    Placeholders::InOrder => write!(text, "{comma}?"),
                };
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text.into()
    }
}

/// Cuts rows into pieces of the fixed widths up to twenty.
pub(crate) fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    cut(rows, &WIDTHS[1..])
}

/// Cuts rows into pieces of all fixed widths: for [`Bulk::query_on`], and for lists of single values.
pub(crate) fn large_pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    cut(rows, &WIDTHS)
}

fn cut<'a, T>(mut rows: &'a [T], widths: &'static [usize]) -> impl Iterator<Item = &'a [T]> {
    std::iter::from_fn(move || {
        let width = *widths.iter().find(|width| **width <= rows.len())?;
        let (piece, rest) = rows.split_at(width);
        rows = rest;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_through() {
        let insert = Bulk::rows("INSERT INTO t (a, b) VALUES", 2, "ON CONFLICT DO NOTHING");
        let numbered = insert.text(Placeholders::Numbered, 2);
        assert!(numbered.starts_with("INSERT INTO t (a, b) VALUES ($1,$2),($3,$4) ON"));
        let in_order = insert.text(Placeholders::InOrder, 2);
        assert!(in_order.starts_with("INSERT INTO t (a, b) VALUES (?,?),(?,?) ON"));
        assert_eq!(
            &*Bulk::list("SELECT a FROM t WHERE a IN", "").text(Placeholders::Numbered, 3),
            "SELECT a FROM t WHERE a IN ($1,$2,$3) "
        );
    }

    #[test]
    fn pieces_cover_every_row_once() {
        let rows: Vec<u32> = (0..131).collect();
        let widths: Vec<usize> = pieces(&rows).map(<[u32]>::len).collect();
        assert_eq!(widths, [20, 20, 20, 20, 20, 20, 10, 1]);
        let large: Vec<usize> = large_pieces(&rows).map(<[u32]>::len).collect();
        assert_eq!(large, [100, 20, 10, 1]);
        assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<u32>>(), rows);
        assert_eq!(pieces::<u32>(&[]).count(), 0);
    }
}
