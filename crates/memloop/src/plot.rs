//! Figures: one chart, several series. As SVG, and as PNG with the letters of an embedded font.

mod png;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
pub use plotters::prelude::SeriesLabelPosition;
use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

const SIZE: (u32, u32) = (900, 560);
/// Colours that stay apart for colour-blind readers (Okabe and Ito).
const COLOURS: [RGBColor; 11] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(60, 60, 60),
    RGBColor(150, 150, 150),
    RGBColor(120, 60, 20),
    RGBColor(0, 70, 60),
    RGBColor(200, 190, 40),
];

/// A chart.
pub struct Chart<'a> {
    /// Above the chart.
    pub title: &'a str,
    /// Below the horizontal axis, with the unit.
    pub x_label: &'a str,
    /// Beside the vertical axis, with the unit.
    pub y_label: &'a str,
    /// Where the legend hides no curve.
    pub legend: SeriesLabelPosition,
    /// What is drawn, in this order.
    pub series: Vec<Series>,
}

/// Points of one colour.
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// (x, y); points that are not finite are left out.
    pub points: Vec<(f64, f64)>,
    /// How they are drawn.
    pub mark: Mark,
    /// Which colour of the palette; series that belong together share one.
    pub colour: usize,
}

/// How points are drawn.
#[derive(Clone, Copy, PartialEq)]
pub enum Mark {
    /// Joined.
    Line,
    /// Each by itself.
    Dots,
}

impl Chart<'_> {
    /// Currents (µA) against levels (V).
    pub fn iv(series: Vec<Series>) -> Chart<'static> {
        Chart {
            title: "Current against voltage",
            x_label: "level / V",
            y_label: "current / µA",
            legend: SeriesLabelPosition::UpperLeft,
            series,
        }
    }

    /// Writes the chart as `stem`.svg and `stem`.png.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn save_both(&self, stem: &Path) -> Result<[PathBuf; 2]> {
        save_both(stem, svg(|area| self.draw(area)), png::png(SIZE, |area| self.draw(area)))
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        area.fill(&WHITE)?;
        let finite = || {
            let points = self.series.iter().flat_map(|it| it.points.iter().copied());
            points.filter(|(x, y)| x.is_finite() && y.is_finite())
        };
        let (left, right) = extent(finite().map(|it| it.0), 0.0);
        let (bottom, top) = extent(finite().map(|it| it.1), 0.05);
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, ("sans-serif", 20))
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(70)
            .build_cartesian_2d(left..right, bottom..top)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(225, 225, 225))
            .x_desc(self.x_label)
            .y_desc(self.y_label)
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 16))
            .draw()?;
        for series in &self.series {
            let colour = COLOURS[series.colour % COLOURS.len()];
            let points = series.points.iter().copied();
            let points = points.filter(|(x, y)| x.is_finite() && y.is_finite());
            match series.mark {
                Mark::Line => chart
                    .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                    .label(&series.name)
                    .legend(move |(x, y)| {
                        PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                    }),
                Mark::Dots => chart
                    .draw_series(points.map(|it| Circle::new(it, 2, colour.mix(0.6).filled())))?
                    .label(&series.name)
                    .legend(move |(x, y)| Circle::new((x + 9, y), 3, colour.filled())),
            };
        }
        chart
            .configure_series_labels()
            .position(self.legend.clone())
            .background_style(WHITE.mix(0.85))
            .border_style(RGBColor(200, 200, 200))
            .label_font(("sans-serif", 14))
            .draw()?;
        Ok(())
    }
}

/// Horizontal bars, the first on top.
pub struct Bars {
    /// Above the chart.
    pub title: String,
    /// Below the horizontal axis, with the unit.
    pub x_label: String,
    /// What each is, and how long.
    pub bars: Vec<(String, f64)>,
}

impl Bars {
    /// Writes the bars as `stem`.svg and `stem`.png.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn save_both(&self, stem: &Path) -> Result<[PathBuf; 2]> {
        save_both(stem, svg(|area| self.draw(area)), png::png(SIZE, |area| self.draw(area)))
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        area.fill(&WHITE)?;
        let count = self.bars.len().max(1) as f64;
        let longest = self.bars.iter().map(|it| it.1).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let mut chart = ChartBuilder::on(area)
            .caption(&self.title, ("sans-serif", 20))
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(170)
            .build_cartesian_2d(0.0..1.12 * longest, 0.0..count)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .bold_line_style(RGBColor(225, 225, 225))
            .disable_y_mesh()
            .disable_y_axis()
            .x_desc(&self.x_label)
            .label_style(("sans-serif", 14))
            .axis_desc_style(("sans-serif", 16))
            .draw()?;
        let middle = |place: usize| count - 0.5 - place as f64;
        chart.draw_series(self.bars.iter().enumerate().map(|(place, bar)| {
            let (low, high) = (middle(place) - 0.35, middle(place) + 0.35);
            Rectangle::new([(0.0, low), (bar.1, high)], COLOURS[0].filled())
        }))?;
        for (place, bar) in self.bars.iter().enumerate() {
            let (x, y) = chart.backend_coord(&(bar.1, middle(place)));
            let (left, _) = chart.backend_coord(&(0.0, middle(place)));
            let style = ("sans-serif", 14).into_font().color(&BLACK);
            let centred = Pos::new(HPos::Left, VPos::Center);
            area.draw(&Text::new(format!("{:.2}", bar.1), (x + 6, y), style.pos(centred)))?;
            let style = ("sans-serif", 14).into_font().color(&BLACK);
            let before = Pos::new(HPos::Right, VPos::Center);
            area.draw(&Text::new(bar.0.clone(), (left - 6, y), style.pos(before)))?;
        }
        Ok(())
    }
}

type Area<DB> = DrawingArea<DB, plotters::coord::Shift>;
type Drawn<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// The text of an SVG that `draw` fills.
fn svg(draw: impl FnOnce(&Area<SVGBackend<'_>>) -> Drawn<SVGBackend<'static>>) -> Result<String> {
    png::letters()?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(&area).map_err(|error| anyhow!("a figure cannot be drawn: {error}"))?;
        area.present().map_err(|error| anyhow!("a figure cannot be drawn: {error}"))?;
    }
    // What XML has no way to write; names that are drawn may come from instruments.
    svg.retain(|it| !it.is_control() || matches!(it, '\n' | '\t' | '\r'));
    Ok(svg)
}

fn save_both(stem: &Path, svg: Result<String>, png: Result<Vec<u8>>) -> Result<[PathBuf; 2]> {
    let files = ["svg", "png"].map(|it| stem.with_extension(it));
    save(&files[0], svg?.as_bytes())?;
    save(&files[1], &png?)?;
    Ok(files)
}

fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}

/// The range of `values`, widened by `margin` of itself on both sides; never empty.
fn extent(values: impl Iterator<Item = f64>, margin: f64) -> (f64, f64) {
    let (low, high) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), it| (low.min(it), high.max(it)));
    if low > high {
        return (0.0, 1.0);
    }
    let width = if high > low { high - low } else { low.abs().max(1.0) };
    let margin = if high > low { margin } else { margin.max(0.05) };
    (low - margin * width, high + margin * width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_charts_are_written_as_svg_and_as_png() {
        let folder = tempfile::tempdir().unwrap();
        let bars = Bars {
            title: "t".to_owned(),
            x_label: "x / %".to_owned(),
            bars: vec![("one".to_owned(), 1.0), ("two".to_owned(), 2.5)],
        };
        let [svg, png] = bars.save_both(&folder.path().join("bars")).unwrap();
        let svg = std::fs::read_to_string(svg).unwrap();
        assert!(["one", "two", "2.50"].iter().all(|it| svg.contains(it)), "{svg}");
        let decoder =
            ::png::Decoder::new(std::io::BufReader::new(std::fs::File::open(png).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), SIZE);
        // Letters are dark, and outside the bars.
        let dark = pixels.chunks(3).filter(|it| it.iter().all(|it| *it < 64)).count();
        assert!(dark > 100, "{dark} dark pixels");
    }

    #[test]
    fn a_chart_with_gaps_or_without_points_is_still_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let series = |points| Series {
            name: "a & <b>\u{1b}".to_owned(),
            points,
            mark: Mark::Line,
            colour: 0,
        };
        for points in [vec![], vec![(1.0, 2.0)], vec![(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)]] {
            let chart = Chart {
                title: "t",
                x_label: "x / V",
                y_label: "y / A",
                legend: SeriesLabelPosition::UpperLeft,
                series: vec![series(points)],
            };
            let [svg, _] = chart.save_both(&folder.path().join("figure")).unwrap();
            let svg = std::fs::read_to_string(&svg).unwrap();
            assert!(svg.contains("</svg>") && svg.contains("a &amp; &lt;b&gt;\n"), "{svg}");
        }
    }
}
