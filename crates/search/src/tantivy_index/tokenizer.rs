//! Our analysis as tantivy calls it.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use text::tokens;

/// The name under which the schema refers to the tokenizer.
pub(super) const NAME: &str = "qiusuo";

/// Cuts text that is already in normal form.
#[derive(Clone, Default)]
pub(super) struct ContentTokenizer {
    token: Token,
}

/// The tokens of one text.
pub(super) struct ContentStream<'a> {
    tokens: Box<dyn Iterator<Item = tokens::Token<'a>> + 'a>,
    token: &'a mut Token,
}

impl Tokenizer for ContentTokenizer {
    type TokenStream<'a> = ContentStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> ContentStream<'a> {
        ContentStream { tokens: Box::new(tokens::tokens(text)), token: &mut self.token }
    }
}

impl TokenStream for ContentStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(next) = self.tokens.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(next.text());
        self.token.position = next.position as usize;
        self.token.position_length = 1;
        self.token.offset_from = next.range.start;
        self.token.offset_to = next.range.end;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
