//! Character data: closed choices, in the forms that manuals write them.

/// A closed choice written as character data.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($variant),+ }

        impl $crate::engine::choice::Choice for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($text, $name::$variant)),+];
        }
    };
}

pub(crate) use choice;

/// Character data: the long form with its short form in capitals.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    const ALL: &'static [(&'static str, Self)];

    /// The short form, which is what queries answer.
    fn short(self) -> String {
        let long = Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(text, _)| *text);
        long.chars().filter(|it| !it.is_ascii_lowercase()).collect()
    }
}
