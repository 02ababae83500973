//! The words of a title.

/// The runs of neighbouring words of a title in normal form, without what belongs to one person.
///
/// White space does not part words; punctuation and what was left out do. No run is empty.
pub(super) fn runs(normal: &str) -> Vec<Vec<&str>> {
    let mut runs = Vec::new();
    for piece in text::private::public_pieces(normal) {
        let mut run = Vec::new();
        for word in text::segment::words_with_guesses(piece) {
            if is_word(word) {
                run.push(word);
            } else if !word.chars().all(char::is_whitespace) {
                runs.push(std::mem::take(&mut run));
            }
        }
        runs.push(run);
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn is_word(word: &str) -> bool {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '.' | '+' | '#' | '%');
    word.starts_with(char::is_alphanumeric) && word.chars().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[track_caller]
    fn check(normal: &str, expected: &[&str]) {
        let found: Vec<String> = runs(normal).iter().map(|run| run.join("/")).collect();
        assert_eq!(found, expected, "{normal}");
    }

    #[test]
    fn punctuation_parts_runs_and_spaces_do_not() {
        check("上海天气，北京 烤鸭!", &["上海/天气", "北京/烤鸭"]);
        check("rust book", &["rust/book"]);
        check("", &[]);
        check("！？", &[]);
    }

    #[test]
    fn what_belongs_to_one_person_parts_runs() {
        check("火锅13800138000烤鸭", &["火锅", "烤鸭"]);
    }
}
