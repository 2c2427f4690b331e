//! A pretend source-measure unit with pretend memristors on its terminals.
