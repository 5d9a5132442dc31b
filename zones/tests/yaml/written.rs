//! Zone files as people write them, at random: block and flow, quotes, indentation, comments
//! wherever they may stand, anchors, line ends.

use std::fmt::Write as _;

/// Random choices from a seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        // splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

pub(crate) const OWNERS: [&str; 14] =
    ["", "*", "a2", "a10", "no", "www", "mail", "_dmarc", "bücher", "x.y", "0", "Z", "shop", "deep.er.name"];

/// Writes files.
pub(crate) struct Writer {
    dice: Dice,
    text: String,
    comments: usize,
}

/// A random file: its text, and the number of comments in it.
pub(crate) fn file(seed: u64, anchors: bool) -> String {
    let mut writer = Writer { dice: Dice::new(seed), text: String::new(), comments: 0 };
    writer.zone(anchors);
    let Writer { mut dice, mut text, .. } = writer;
    if dice.one_in(6) {
        text = text.trim_end().to_owned();
    }
    if dice.one_in(6) { text.replace('\n', "\r\n") } else { text }
}

/// The comments of such a file, in order.
pub(crate) fn comments(text: &str) -> Vec<String> {
    text.match_indices("# c")
        .map(|(at, _)| text[at..].lines().next().unwrap().split(" ;").next().unwrap().trim_end().to_owned())
        .collect()
}

impl Writer {
    /// A comment on lines of its own, sometimes, with empty lines sometimes.
    fn above(&mut self, indent: usize) {
        while self.dice.one_in(5) {
            if self.dice.one_in(3) {
                self.text.push('\n');
            }
            self.comments += 1;
            let _ = writeln!(self.text, "{}# c{} \ttext: [\"", " ".repeat(indent), self.comments);
        }
        if self.dice.one_in(12) {
            self.text.push_str("\n\n");
        }
    }

    /// The end of a line, with a comment sometimes.
    fn end(&mut self) {
        if self.dice.one_in(5) {
            self.comments += 1;
            let space = self.dice.pick(&[" ", "   ", "\t"]);
            let _ = write!(self.text, "{space}# c{}", self.comments);
        }
        self.text.push('\n');
    }

    fn quoted(&mut self, text: &str) -> String {
        match self.dice.below(4) {
            0 => format!("'{}'", text.replace('\'', "''")),
            1 => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            _ if matches!(text, "" | "*" | "no" | "0") => format!("'{text}'"),
            _ => text.to_owned(),
        }
    }

    fn zone(&mut self, anchors: bool) {
        if self.dice.one_in(2) {
            self.above(0);
            self.text.push_str("---");
            self.end();
        }
        let mut owners: Vec<&str> = OWNERS.to_vec();
        owners.retain(|_| !self.dice.one_in(3));
        if self.dice.one_in(2) {
            owners.reverse();
        }
        let mut defined: Option<usize> = None;
        for (index, owner) in owners.into_iter().enumerate() {
            self.above(0);
            let key = self.quoted(owner);
            let _ = write!(self.text, "{key}:");
            match (anchors, defined) {
                (true, Some(name)) if self.dice.one_in(4) => {
                    let _ = write!(self.text, " *r{name}");
                    self.end();
                    continue;
                }
                (true, None) if self.dice.one_in(3) => {
                    let _ = write!(self.text, " &r{index}");
                    self.end();
                    self.record(0, 2);
                    defined = Some(index);
                    continue;
                }
                _ => {}
            }
            match self.dice.below(4) {
                0 => {
                    self.text.push(' ');
                    self.flow_record(0);
                    self.end();
                }
                1 => {
                    self.end();
                    let indent = 2 * self.dice.below(3);
                    let kinds = [0, 1, 2];
                    for kind in kinds.into_iter().skip(self.dice.below(2)) {
                        self.above(indent);
                        let _ = write!(self.text, "{}- ", " ".repeat(indent));
                        if self.dice.one_in(4) {
                            self.flow_record(kind);
                            self.end();
                        } else {
                            self.fields(kind, indent + 2, true);
                        }
                    }
                }
                _ => {
                    let kind = self.dice.below(3);
                    let indent = 2 + 2 * self.dice.below(2);
                    self.end();
                    self.record(kind, indent);
                }
            }
        }
        self.above(0);
    }

    fn record(&mut self, kind: usize, indent: usize) {
        self.above(indent);
        self.text.push_str(&" ".repeat(indent));
        self.fields(kind, indent, true);
    }

    fn address(&mut self) -> String {
        format!("192.0.2.{}", 1 + self.dice.below(60))
    }

    fn words(&mut self) -> String {
        self.dice
            .pick(&["v=spf1 -all", "it's", "a \"b\" c", "plain", "k=v\\; p=AB", "00123", "x: y"])
            .to_owned()
    }

    /// `type`, `ttl` and values; the first key stands where the text is.
    fn fields(&mut self, kind: usize, indent: usize, first: bool) {
        let pad = " ".repeat(indent);
        let _ = write!(self.text, "{}type: {}", if first { "" } else { &pad }, ["A", "TXT", "MX"][kind]);
        self.end();
        if self.dice.one_in(3) {
            self.above(indent);
            let _ = write!(self.text, "{pad}ttl: {}", 60 + self.dice.below(3) * 60);
            self.end();
        }
        if self.dice.one_in(8) {
            let _ = write!(self.text, "{pad}octodns:");
            self.end();
            self.above(indent + 2);
            let _ = write!(self.text, "{pad}  cloudflare: {{proxied: false}}");
            self.end();
        }
        self.above(indent);
        let count = 1 + self.dice.below(3);
        if count == 1 && self.dice.one_in(2) {
            let _ = write!(self.text, "{pad}value:");
            self.one(kind, indent + 2, false);
            return;
        }
        let _ = write!(self.text, "{pad}values:");
        if kind != 2 && self.dice.one_in(3) {
            self.text.push_str(" [");
            for index in 0..count {
                if index > 0 {
                    self.text.push(',');
                    if self.dice.one_in(4) {
                        self.end();
                        self.text.push_str(&" ".repeat(indent + 3));
                    }
                }
                let value = if kind == 0 { self.address() } else { format!("'t{index} {}'", self.comments) };
                let _ = write!(self.text, " {value}");
            }
            self.text.push_str(" ]");
            self.end();
            return;
        }
        self.end();
        let deeper = indent + 2 * self.dice.below(2);
        for _ in 0..count {
            self.above(deeper);
            let _ = write!(self.text, "{}-", " ".repeat(deeper));
            self.one(kind, deeper + 2, true);
        }
        self.above(deeper);
    }

    /// One value, behind `value:` or `-`.
    fn one(&mut self, kind: usize, indent: usize, in_list: bool) {
        match kind {
            0 => {
                let value = self.address();
                let value = self.quoted(&value);
                let _ = write!(self.text, " {value}");
                self.end();
            }
            1 if self.dice.one_in(4) => {
                self.text.push_str(self.dice.pick(&[" |", " >-", " |-"]));
                self.end();
                let _ = write!(self.text, "{0}block {1}\n{0}text\n", " ".repeat(indent), self.comments);
            }
            1 => {
                let words = self.words();
                let plain = !words.contains([':', '"', '\'']) && !words.starts_with('0');
                let words = match self.dice.below(3) {
                    0 if plain => words,
                    1 => format!("\"{}\"", words.replace('\\', "\\\\").replace('"', "\\\"")),
                    _ => format!("'{}'", words.replace('\'', "''")),
                };
                let _ = write!(self.text, " {words}");
                self.end();
            }
            _ => {
                let (preference, host) = (self.dice.below(30), self.dice.below(9));
                if self.dice.one_in(3) {
                    let _ =
                        write!(self.text, " {{exchange: mx{host}.example.net., preference: {preference}}}");
                    return self.end();
                }
                let pad = " ".repeat(indent);
                if in_list {
                    let _ = write!(self.text, " exchange: mx{host}.example.net.");
                } else {
                    self.end();
                    let _ = write!(self.text, "{pad}exchange: mx{host}.example.net.");
                }
                self.end();
                let _ = write!(self.text, "{pad}preference: {preference}");
                self.end();
            }
        }
    }

    fn flow_record(&mut self, kind: usize) {
        let value = match kind {
            0 if self.dice.one_in(2) => format!("values: [{}, 198.51.100.1]", self.address()),
            0 => format!("value: {}", self.address()),
            1 => "value: \"in, braces\"".to_owned(),
            _ => "value: {preference: 1, exchange: mx.example.net.}".to_owned(),
        };
        let ttl = if self.dice.one_in(3) { "ttl: 120, " } else { "" };
        let _ = write!(self.text, "{{type: {}, {ttl}{value}}}", ["A", "TXT", "MX"][kind]);
    }
}
