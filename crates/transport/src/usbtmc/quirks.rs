//! Instruments that need something else than the rules.

/// What is special about an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quirk {
    pub(super) vendor: u16,
    /// Any when absent.
    pub(super) product: Option<u16>,
    /// It takes a clear at opening badly.
    pub(super) no_clear_at_opening: bool,
    /// A read that got nothing leaves its reply to the next one: abort it also when nothing is known
    /// to be on its way.
    pub(super) always_abort: bool,
    /// It waits for its maker's start-up and speaks no USBTMC before.
    pub(super) boots: bool,
}

const NONE: Quirk = Quirk {
    vendor: 0,
    product: None,
    no_clear_at_opening: false,
    always_abort: false,
    boots: false,
};

/// The first that fits counts. All UNVERIFIED: none of these was at hand.
const QUIRKS: &[Quirk] = &[
    // Rigol: replies come in several transfers without headers of their own (which is understood from
    // everybody), and a clear may hang older oscilloscopes.
    Quirk { vendor: 0x1AB1, no_clear_at_opening: true, ..NONE },
    // Keysight U2700 in their boot mode; the numbers are those of python-usbtmc.
    Quirk { vendor: 0x0957, product: Some(0x2818), boots: true, ..NONE },
    Quirk { vendor: 0x0957, product: Some(0x4218), boots: true, ..NONE },
    Quirk { vendor: 0x0957, product: Some(0x4418), boots: true, ..NONE },
    // GW Instek GSM-20H10: reads get nothing now and then, and the replies are one behind after that.
    Quirk { vendor: 0x2184, product: Some(0x007D), always_abort: true, ..NONE },
];

pub(super) fn of(vendor: u16, product: u16) -> Quirk {
    let fits = |quirk: &&Quirk| {
        quirk.vendor == vendor && quirk.product.is_none_or(|found| found == product)
    };
    QUIRKS.iter().find(fits).copied().unwrap_or(NONE)
}
