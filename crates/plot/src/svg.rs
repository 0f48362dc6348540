use std::fmt::{Display, Write};

use crate::font::FAMILY;
use crate::grid::Frame;
use crate::style::{Colour, INK, PAPER};

/// A picture being drawn: a list of SVG elements, later ones on top.
#[derive(Clone, Debug)]
pub struct Svg {
    width: f64,
    height: f64,
    body: String,
    clips: usize,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke<'a> {
    /// Colour.
    pub colour: Colour,
    /// Width.
    pub width: f64,
    /// Lengths of dashes and gaps; none: solid.
    pub dash: &'a [f64],
}

/// How an area is filled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Colour.
    pub colour: Colour,
    /// From 0, not seen, to 1, opaque.
    pub opacity: f64,
}

/// Where text lies about its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// Weight of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// For labels.
    Regular,
    /// For titles.
    Bold,
}

/// How text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Text {
    /// Size of the font.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// Anchor.
    pub anchor: Anchor,
    /// Colour.
    pub colour: Colour,
    /// Whether it reads upwards.
    pub upwards: bool,
    /// Whether it is set off from what lies under it.
    pub halo: bool,
}

impl Text {
    /// Plain text in ink.
    pub fn new(size: f64, anchor: Anchor) -> Self {
        Self { size, weight: Weight::Regular, anchor, colour: INK, upwards: false, halo: false }
    }

    /// In bold.
    pub fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    /// Reading upwards.
    pub fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }

    /// In a colour.
    pub fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// Set off from what lies under it.
    pub fn halo(self) -> Self {
        Self { halo: true, ..self }
    }
}

impl<'a> Stroke<'a> {
    /// A solid line.
    pub fn solid(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: &[] }
    }

    /// A dashed line.
    pub fn dashed(colour: Colour, width: f64, dash: &'a [f64]) -> Self {
        Self { colour, width, dash }
    }
}

impl Svg {
    /// A white page.
    pub fn new(width: f64, height: f64) -> Self {
        let mut svg = Self { width, height, body: String::new(), clips: 0 };
        let page = Frame { x: 0.0, y: 0.0, width, height };
        svg.rectangle(page, Fill { colour: PAPER, opacity: 1.0 });
        svg
    }

    /// Width and height.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, at: Frame, fill: Fill) {
        let [x, y, w, h] = [at.x, at.y, at.width, at.height].map(short);
        let fill = filled(fill);
        self.element(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{fill}/>"));
    }

    /// A line through points.
    pub fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke<'_>) {
        if points.len() > 1 {
            let (path, stroke) = (path(points), stroked(stroke));
            self.element(format_args!("<path d=\"{path}\" fill=\"none\"{stroke}/>"));
        }
    }

    /// A filled polygon, with or without an outline.
    pub fn polygon(&mut self, points: &[(f64, f64)], fill: Fill, outline: Option<Stroke<'_>>) {
        if points.len() > 2 {
            let (path, fill, outline) = (path(points), filled(fill), outline.map_or(String::new(), stroked));
            self.element(format_args!("<path d=\"{path}Z\"{fill}{outline}/>"));
        }
    }

    /// A filled disc, with or without an outline.
    pub fn disc(&mut self, (x, y): (f64, f64), radius: f64, fill: Fill, outline: Option<Stroke<'_>>) {
        let ([x, y, r], fill, outline) =
            ([x, y, radius].map(short), filled(fill), outline.map_or(String::new(), stroked));
        self.element(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{fill}{outline}/>"));
    }

    /// A line of text whose baseline goes through the point.
    pub fn text(&mut self, (x, y): (f64, f64), text: &str, style: Text) {
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        // The font has one weight, a light one; an outline in the letter's own colour makes the others.
        let thicken = style.size * if style.weight == Weight::Bold { 0.05 } else { 0.018 };
        let [x, y, size] = [x, y, style.size].map(short);
        let turn = if style.upwards { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
        let place = format!("x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{turn}");
        let text = escaped(text);
        if style.halo {
            self.element(format_args!(
                "<text {place} stroke=\"{PAPER}\" stroke-width=\"3\" stroke-linejoin=\"round\" fill=\"{PAPER}\" aria-hidden=\"true\">{text}</text>"
            ));
        }
        let (colour, thicken) = (style.colour, short(thicken));
        self.element(format_args!(
            "<text {place} fill=\"{colour}\" stroke=\"{colour}\" stroke-width=\"{thicken}\">{text}</text>"
        ));
    }

    /// Draws inside a frame only.
    pub fn clipped(&mut self, to: Frame, draw: impl FnOnce(&mut Self)) {
        let id = self.clips;
        self.clips += 1;
        let [x, y, w, h] = [to.x, to.y, to.width, to.height].map(short);
        self.element(format_args!(
            "<clipPath id=\"c{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/></clipPath><g clip-path=\"url(#c{id})\">"
        ));
        draw(self);
        self.element(format_args!("</g>"));
    }

    /// Draws a group whose text a browser shows where the pointer rests on it.
    pub fn hover(&mut self, text: &str, draw: impl FnOnce(&mut Self)) {
        self.element(format_args!("<g><title>{}</title>", escaped(text)));
        draw(self);
        self.element(format_args!("</g>"));
    }

    /// The whole document.
    pub fn document(&self, title: &str) -> String {
        let ([w, h], title, body) = ([self.width, self.height].map(short), escaped(title), &self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"{FAMILY}\" font-weight=\"300\">\n<title>{title}</title>\n{body}</svg>\n"
        )
    }

    /// The picture as a part of an HTML page: it grows and shrinks with the page up to its own size, takes the page's font, and
    /// shares no identifier with pictures of another `id`. Colours are attributes, so that a style sheet may replace them.
    pub fn inline(&self, id: &str, title: &str) -> String {
        let ([w, h], title) = ([self.width, self.height].map(short), escaped(title));
        let body = self.body.replace("id=\"c", &format!("id=\"{id}-c")).replace("url(#c", &format!("url(#{id}-c"));
        format!(
            "<svg class=\"chart\" role=\"img\" viewBox=\"0 0 {w} {h}\" style=\"max-width:{w}px\"><title>{title}</title>\n{body}</svg>\n"
        )
    }

    fn element(&mut self, element: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.body, "{element}");
    }
}

fn filled(fill: Fill) -> String {
    let opacity = if fill.opacity < 1.0 { format!(" fill-opacity=\"{}\"", short(fill.opacity)) } else { String::new() };
    format!(" fill=\"{}\"{opacity}", fill.colour)
}

fn stroked(stroke: Stroke<'_>) -> String {
    let dash = stroke.dash.iter().map(|d| short(*d)).collect::<Vec<_>>().join(" ");
    let dash = if dash.is_empty() { dash } else { format!(" stroke-dasharray=\"{dash}\"") };
    format!(" stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\"{dash}", stroke.colour, short(stroke.width))
}

/// Of paths with more points than this, steps shorter than [`UNSEEN`] pixels both ways are left out.
const MANY: usize = 40;
const UNSEEN: f64 = 0.3;

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let (mut from, mut at) = ((f64::NAN, f64::NAN), (String::new(), String::new()));
    for (i, &(x, y)) in points.iter().enumerate() {
        // a step too small to be seen belongs to the next one
        let is_last = i + 1 == points.len();
        if !is_last && points.len() > MANY && (x - from.0).abs() < UNSEEN && (y - from.1).abs() < UNSEEN {
            continue;
        }
        let to = (short(x), short(y));
        let _ = match (i, to.0 == at.0, to.1 == at.1) {
            (0, _, _) => write!(path, "M{} {}", to.0, to.1),
            (_, true, true) => Ok(()),
            (_, false, true) => write!(path, "H{}", to.0),
            (_, true, false) => write!(path, "V{}", to.1),
            (_, false, false) => write!(path, "L{} {}", to.0, to.1),
        };
        (from, at) = ((x, y), to);
    }
    path
}

/// Two decimals are a fiftieth of a pixel of the PNG. What is not a number is drawn far outside, where clipping hides it.
fn short(v: f64) -> String {
    let v = if v.is_nan() { -1e4 } else { v.clamp(-1e4, 1e5) };
    let text = format!("{v:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_finite() {
        let texts = [1.0, -0.001, 0.125, 1234.5, f64::NAN, f64::INFINITY].map(short);
        assert_eq!(texts, ["1", "0", "0.12", "1234.5", "-10000", "100000"]);
    }

    #[test]
    fn text_is_escaped() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((0.0, 0.0), "a<b & \"c\"", Text::new(10.0, Anchor::Start));
        let document = svg.document("x > y");
        assert!(document.contains("a&lt;b &amp; &quot;c&quot;") && document.contains("<title>x &gt; y</title>"));
    }

    #[test]
    fn pictures_of_one_page_do_not_share_clips() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.clipped(Frame { x: 0.0, y: 0.0, width: 5.0, height: 5.0 }, |_| ());
        let inline = svg.inline("a", "x < y");
        assert!(
            inline.contains("id=\"a-c0\"") && inline.contains("url(#a-c0)") && inline.contains("x &lt; y"),
            "{inline}"
        );
    }

    #[test]
    fn a_group_has_its_text() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.hover("run <1>", |svg| svg.polyline(&[(0.0, 0.0), (1.0, 1.0)], Stroke::solid(INK, 1.0)));
        assert!(svg.document("").contains("<g><title>run &lt;1&gt;</title>\n<path"));
    }

    #[test]
    fn groups_close_and_clips_differ() {
        let mut svg = Svg::new(10.0, 10.0);
        let frame = Frame { x: 0.0, y: 0.0, width: 5.0, height: 5.0 };
        svg.clipped(frame, |svg| svg.polyline(&[(0.0, 0.0), (1.0, 1.0)], Stroke::solid(INK, 1.0)));
        svg.clipped(frame, |_| ());
        let document = svg.document("");
        assert_eq!((document.matches("<g ").count(), document.matches("</g>").count()), (2, 2));
        assert!(document.contains("id=\"c0\"") && document.contains("id=\"c1\""));
    }
}
