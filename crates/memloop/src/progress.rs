//! Progress bars on standard error: what is done, what is left, and when it will end.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of `total` steps of `what`; silent when `quiet` or when nobody watches.
pub fn bar(total: u64, what: &str, quiet: bool) -> ProgressBar {
    let target =
        if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(5) };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let style = ProgressStyle::with_template(
        "{prefix:<22} {bar:32.cyan/black} {percent:>3} %  {human_pos}/{human_len}  {elapsed} elapsed, {eta} left  {msg}",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.with_prefix(what.to_owned())
}

/// Says that `what` is being computed, and since when; silent when `quiet` or when nobody watches.
pub fn computing(what: &str, quiet: bool) -> ProgressBar {
    let target =
        if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(5) };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} computing: {msg}  {elapsed} elapsed")
    {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.with_message(what.to_owned())
}
