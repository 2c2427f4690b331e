//! The figure.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::{
    prelude::*,
    style::{FontStyle, register_font},
};

use crate::{run::Found, variant::Variant};

const SIZE: (u32, u32) = (1000, 620);
/// Colours that stay apart for colour-blind readers (Okabe and Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(60, 60, 60),
    RGBColor(120, 60, 20),
];

/// Draws accuracy against RMSE, each family in one colour, controls as lines.
pub fn draw(
    path: &Path,
    experiment: &str,
    points: &[(Variant, Found)],
    controls: &[Found],
) -> Result<()> {
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular())
        .map_err(|_| anyhow!("the embedded font is damaged"))?;
    let drawn = || -> Result<(), Box<dyn std::error::Error>> {
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let errors = points.iter().filter_map(|it| it.1.rmse);
        let (least, most) = extent(errors.map(|it| 100.0 * it));
        let all = || points.iter().map(|it| &it.1).chain(controls);
        let ends = all().flat_map(|it| [it.accuracy - it.sd, it.accuracy + it.sd]);
        let (low, high) = extent(ends);
        let across = (0.8 * least..1.25 * most).log_scale();
        let mut chart = ChartBuilder::on(&area)
            .caption(
                format!(
                    "{experiment}: accuracy against the error of the slopes it was trained with"
                ),
                ("sans-serif", 20),
            )
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .margin_right(130)
            .build_cartesian_2d(across, low - 0.5..high + 0.5)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(225, 225, 225))
            .x_desc("RMSE of the slopes over their range / %")
            .y_desc("accuracy / %, mean ± standard deviation over the repeats")
            .x_label_formatter(&|it| format!("{it}"))
            .y_label_formatter(&|it| format!("{it:.0}"))
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 16))
            .draw()?;
        let mut below = None;
        let mut by_height: Vec<_> = controls.iter().collect();
        by_height.sort_by(|a, b| b.accuracy.total_cmp(&a.accuracy));
        for control in by_height {
            let (y, grey) = (control.accuracy, RGBColor(110, 110, 110));
            let line = [(0.8 * least, y), (1.25 * most, y)];
            chart.draw_series([PathElement::new(line, grey.stroke_width(1))])?;
            // Names stand below one another where their lines are too near.
            let (x, at) = chart.backend_coord(&(1.25 * most, y));
            let at = below.map_or(at - 7, |it: i32| it.max(at - 7));
            below = Some(at + 15);
            let style = ("sans-serif", 13).into_font().color(&grey);
            area.draw(&Text::new(control.name.clone(), (x + 6, at), style))?;
        }
        let mut families: Vec<&'static str> = points.iter().map(|it| it.0.family).collect();
        families.dedup();
        for (family, colour) in families.into_iter().zip(COLOURS.iter().cycle()) {
            let of = points.iter().filter(|it| it.0.family == family).map(|it| &it.1);
            let of: Vec<_> = of.filter_map(|it| Some((100.0 * it.rmse?, it))).collect();
            chart.draw_series(of.iter().map(|(x, it)| {
                let ends = [(*x, it.accuracy - it.sd), (*x, it.accuracy + it.sd)];
                PathElement::new(ends, colour.mix(0.45).stroke_width(1))
            }))?;
            let dots = of.iter().map(|(x, it)| Circle::new((*x, it.accuracy), 4, colour.filled()));
            chart
                .draw_series(dots)?
                .label(family)
                .legend(|(x, y)| Circle::new((x + 9, y), 4, colour.filled()));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE.mix(0.85))
            .border_style(RGBColor(200, 200, 200))
            .label_font(("sans-serif", 14))
            .draw()?;
        area.present()?;
        Ok(())
    };
    drawn().map_err(|error| anyhow!("{} cannot be drawn: {error}", path.display()))
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)))
}
