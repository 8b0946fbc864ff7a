//! The growth of figures as a picture: both axes logarithmic, so that what grows with the store is steep and what grows with its
//! logarithm is nearly flat. A few lines of SVG; a library for charts would be the largest thing in this tool.

use std::fmt::Write as _;

use super::growth::{FIGURES, Measured};

/// Size of the picture and of the room around the drawing.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 50.0;
/// A colour for each figure; they can be told apart by everybody.
const COLOURS: [&str; 5] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7a6a00"];

/// Powers of ten around the values on one axis.
#[derive(Clone, Copy, Debug)]
struct Scale {
    from: f64,
    to: f64,
    /// Where they lie in the picture.
    start: f64,
    end: f64,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        let from = values.clone().fold(f64::INFINITY, f64::min).max(0.01).log10().floor();
        let to = values.fold(0.01, f64::max).log10().ceil();
        Self { from, to: if to > from { to } else { from + 1.0 }, start, end }
    }

    fn place(self, value: f64) -> f64 {
        let part = (value.max(0.01).log10() - self.from) / (self.to - self.from);
        self.start + part * (self.end - self.start)
    }

    /// The powers of ten with their places.
    fn ticks(self) -> impl Iterator<Item = (f64, f64)> {
        let steps = std::iter::successors(Some(self.from), |step| Some(step + 1.0));
        steps.take_while(move |step| *step <= self.to).map(move |step| {
            let value = 10_f64.powf(step);
            (value, self.place(value))
        })
    }
}

/// The picture.
pub(super) fn draw(measured: &[Measured]) -> String {
    let sizes = Scale::over(measured.iter().map(size), LEFT, WIDTH - RIGHT);
    let values = measured.iter().flat_map(|one| FIGURES.iter().filter_map(|(name, _)| one.figure(name)));
    let values = Scale::over(values.collect::<Vec<_>>().into_iter(), HEIGHT - BOTTOM, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    svg += &axes(sizes, values);
    for (index, (name, what)) in FIGURES.into_iter().enumerate() {
        for (engine, dashes) in [("SQLite", ""), ("PostgreSQL", " stroke-dasharray=\"6 4\"")] {
            let of_engine = measured.iter().filter(|one| one.engine == engine);
            let points =
                of_engine.filter_map(|one| Some((sizes.place(size(one)), values.place(one.figure(name)?))));
            svg += &line(&points.collect::<Vec<_>>(), COLOURS[index % COLOURS.len()], dashes);
        }
        svg += &legend(index, what);
    }
    svg + &note() + "</svg>\n"
}

#[expect(clippy::cast_precision_loss, reason = "no store has 2⁵² tickets")]
fn size(measured: &Measured) -> f64 {
    measured.tickets as f64
}

fn axes(sizes: Scale, values: Scale) -> String {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    let mut svg = String::new();
    // Writing to a string does not fail.
    for (value, x) in sizes.ticks() {
        let _ = writeln!(svg, "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#dddddd\"/>");
        let y = bottom + 18.0;
        let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{value}</text>");
    }
    for (value, y) in values.ticks() {
        let _ = writeln!(svg, "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#dddddd\"/>");
        let x = LEFT - 6.0;
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y:.1}\" text-anchor=\"end\" dy=\"4\">{value}</text>");
    }
    let (x, y) = (f64::midpoint(LEFT, right), HEIGHT - 10.0);
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\">tickets in the store</text>");
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"12\">milliseconds</text>");
    svg
}

fn line(points: &[(f64, f64)], colour: &str, dashes: &str) -> String {
    let mut svg = String::new();
    let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let path = path.join(" ");
    let _ = writeln!(
        svg,
        "<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>"
    );
    for (x, y) in points {
        let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
    svg
}

fn legend(index: usize, what: &str) -> String {
    let row = f64::from(u32::try_from(index).unwrap_or_default());
    let (x, y) = (WIDTH - RIGHT + 16.0, TOP + 16.0 + row * 22.0);
    let colour = COLOURS[index % COLOURS.len()];
    let (text, middle) = (x + 20.0, y - 4.0);
    format!(
        "<path d=\"M{x} {middle}h14\" stroke=\"{colour}\" stroke-width=\"2\"/><text x=\"{text}\" y=\"{y}\">{what}</text>\n"
    )
}

fn note() -> String {
    let (x, y) = (WIDTH - RIGHT + 16.0, HEIGHT - BOTTOM);
    format!("<text x=\"{x}\" y=\"{y}\">solid: SQLite, dashed: PostgreSQL</text>\n")
}

#[cfg(test)]
mod tests {
    use super::super::growth::Measured;
    use super::{Scale, draw};

    #[test]
    fn ten_times_as_much_is_as_far_everywhere() {
        let scale = Scale::over([10.0, 1_000.0].into_iter(), 0.0, 200.0);
        assert!((scale.place(100.0) - 100.0).abs() < 1e-9);
        assert_eq!(scale.ticks().count(), 3);
    }

    #[test]
    fn every_figure_of_every_engine_is_a_line() {
        let one = |engine, tickets| Measured {
            engine,
            tickets,
            figures: super::FIGURES.map(|(name, _)| (name.to_owned(), 2.0)).to_vec(),
        };
        let svg = draw(&[one("SQLite", 10_000), one("PostgreSQL", 10_000), one("SQLite", 1_000_000)]);
        assert_eq!(svg.matches("<polyline").count(), 10);
        assert_eq!(svg.matches("<circle").count(), 15);
    }
}
