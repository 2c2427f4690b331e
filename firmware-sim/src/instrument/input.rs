//! Lines out of a stream of bytes.

/// The longest line. What goes beyond is lost, up to the line's end.
pub(super) const LONGEST: usize = 64 * 1024;

/// The bytes of the line that is not finished.
#[derive(Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to here no line feed was found.
    searched: usize,
    /// The line is too long already: the rest is thrown away.
    overrun: bool,
}

/// A line was too long.
pub(super) struct Overrun;

impl Input {
    /// Takes more bytes.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Moves the next whole line, white space around it removed, into `line`; whether there is one.
    ///
    /// # Errors
    /// The line that is not finished is too long; said once.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> Result<bool, Overrun> {
        while let Some(length) = self.bytes[self.searched..].iter().position(|it| *it == b'\n') {
            let end = self.searched + length;
            let text = self.bytes[self.start..end].trim_ascii();
            self.start = end + 1;
            self.searched = end + 1;
            if std::mem::take(&mut self.overrun) || text.is_empty() {
                continue;
            }
            line.clear();
            line.extend_from_slice(text);
            return Ok(true);
        }
        self.searched = self.bytes.len();
        if self.bytes.len() - self.start <= LONGEST {
            return Ok(false);
        }
        self.bytes.clear();
        (self.start, self.searched) = (0, 0);
        if std::mem::replace(&mut self.overrun, true) { Ok(false) } else { Err(Overrun) }
    }

    /// Ends the line without a line feed, as END does on a link that has it.
    pub(super) fn end(&mut self) {
        if self.start < self.bytes.len() {
            self.bytes.push(b'\n');
        }
    }

    /// Whether a whole line is there.
    pub(super) fn has_line(&self) -> bool {
        self.bytes[self.searched..].contains(&b'\n')
    }

    /// How many bytes are there.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Forgets the line that has no end.
    pub(super) fn forget_unfinished(&mut self) {
        let end = self.bytes.iter().rposition(|it| *it == b'\n').map_or(self.start, |it| it + 1);
        self.bytes.truncate(end.max(self.start));
        self.searched = self.searched.min(self.bytes.len());
        self.overrun = false;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.start, self.searched, self.overrun) = (0, 0, false);
    }
}
