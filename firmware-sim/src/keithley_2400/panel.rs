//! The front panel: what the host can write on it and read back (User's Manual table 18-2). It
//! survives `*RST`.

/// The two lines of the display.
pub(super) const WINDOWS: usize = 2;
/// Characters of each line.
pub(super) const WIDTHS: [usize; WINDOWS] = [20, 32];

/// The display and the keys.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) display_on: bool,
    pub(super) digits: u32,
    pub(super) texts: [String; WINDOWS],
    pub(super) texts_on: [bool; WINDOWS],
    /// The key pressed last.
    pub(super) key: u32,
}

impl Default for Panel {
    fn default() -> Panel {
        Panel {
            display_on: true,
            digits: 6,
            texts: Default::default(),
            texts_on: [false; WINDOWS],
            key: 0,
        }
    }
}
