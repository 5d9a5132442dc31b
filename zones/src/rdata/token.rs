//! Words and quoted strings of presentation format (RFC 1035 5.1).

/// One word or quoted string, escapes still in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The bytes as written, without the quotes around a quoted string.
    pub bytes: &'a [u8],
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Whether nothing stood between the token before and this one, as in `alpn="h2"`.
    pub glued: bool,
}

impl<'a> Token<'a> {
    /// A word without quotes.
    #[must_use]
    pub const fn word(bytes: &'a [u8]) -> Self {
        Self { bytes, quoted: false, glued: false }
    }

    /// The text for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        let text = String::from_utf8_lossy(self.bytes);
        if text.chars().count() > 60 {
            let start: String = text.chars().take(57).collect();
            return format!("{start}...");
        }
        text.into_owned()
    }
}

/// One step through presentation format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lexeme<'a> {
    Token(Token<'a>),
    Open,
    Close,
    /// `;` up to the end of the line.
    Comment,
    /// The end of a line.
    Line,
    End,
    /// A quote that no other closes on its line.
    Unclosed,
}

/// Cuts bytes into [`Lexeme`]s.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    token_end: Option<usize>,
}

/// Bytes that end a word, white space, line ends and the special characters, and the backslash,
/// which may keep the next one from it.
const STOPS_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let stops = b" \t\r\n;()\"\\";
    let mut index = 0;
    while index < stops.len() {
        table[stops[index] as usize] = true;
        index += 1;
    }
    table
};

impl<'a> Scanner<'a> {
    pub(crate) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, token_end: None }
    }

    /// The offset of the next byte.
    pub(crate) const fn offset(&self) -> usize {
        self.at
    }

    /// The next byte, where there is one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Goes to the end of the line, before its line feed.
    pub(crate) fn skip_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    }

    /// The next lexeme and where it starts.
    pub(crate) fn next(&mut self) -> (usize, Lexeme<'a>) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
        let start = self.at;
        let Some(byte) = self.peek() else {
            return (start, Lexeme::End);
        };
        match byte {
            b'\n' => self.special(start, Lexeme::Line),
            b'(' => self.special(start, Lexeme::Open),
            b')' => self.special(start, Lexeme::Close),
            b';' => {
                self.skip_line();
                (start, Lexeme::Comment)
            }
            b'"' => self.quoted(start),
            _ => self.word(start),
        }
    }

    fn special(&mut self, start: usize, lexeme: Lexeme<'a>) -> (usize, Lexeme<'a>) {
        self.at += 1;
        (start, lexeme)
    }

    fn word(&mut self, start: usize) -> (usize, Lexeme<'a>) {
        let mut at = start;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            at += rest.iter().position(|&byte| STOPS_WORD[usize::from(byte)]).unwrap_or(rest.len());
            if self.bytes.get(at) != Some(&b'\\') {
                break;
            }
            at += 1;
            // An escaped byte does not end the word, unless it ends the line.
            if self.bytes.get(at).is_some_and(|&next| next != b'\n' && next != b'\r') {
                at += 1;
            }
        }
        self.token(start, start, at, at, false)
    }

    fn quoted(&mut self, start: usize) -> (usize, Lexeme<'a>) {
        let mut at = start + 1;
        loop {
            match self.bytes.get(at) {
                None | Some(b'\n') => {
                    self.at = at;
                    return (start, Lexeme::Unclosed);
                }
                Some(b'"') => return self.token(start, start + 1, at, at + 1, true),
                Some(b'\\') if self.bytes.get(at + 1).is_some_and(|&next| next != b'\n') => at += 2,
                Some(_) => at += 1,
            }
        }
    }

    fn token(
        &mut self,
        start: usize,
        from: usize,
        to: usize,
        end: usize,
        quoted: bool,
    ) -> (usize, Lexeme<'a>) {
        let glued = self.token_end == Some(start);
        self.at = end;
        self.token_end = Some(end);
        (start, Lexeme::Token(Token { bytes: &self.bytes[from..to], quoted, glued }))
    }
}
