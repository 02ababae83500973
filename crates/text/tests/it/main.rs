//! Properties that hold for any text, and the check that the generated tables are current.

mod properties;
mod sounds;
mod tables_are_current;
mod withheld;
