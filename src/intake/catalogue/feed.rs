//! A catalogue as a feed: RSS 2.0 or Atom with Google's names, element by element, as the bytes come.
//!
//! The crate `quick-xml` reads one event after the other out of the text that has come. An event that isn't all there is
//! read again when more has come. It never expands an entity: XML's own five and numbered letters are read here, any other one
//! costs its product. A document type is passed over.
//!
//! Only what stands directly in an item counts: the price of `g:shipping` is none of the product's.

use super::{
    super::{
        decode::Decoding,
        defect::{Defect, Unusable},
    },
    shelve::{Named, Texts},
};
use crate::{intake::CELL_CHARACTERS_MAX, store::products::ProductPart};
use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};
use std::collections::VecDeque;

/// One tag, or one piece of text between two, is no longer.
const EVENT_BYTES_MAX: usize = 1024 * 1024;
/// What is kept of one field: more than a cell's letters take.
const FIELD_BYTES_MAX: usize = 4 * CELL_CHARACTERS_MAX + 8;
/// Attributes of one element that are looked at.
const ATTRIBUTES_MAX: usize = 50;
/// Elements in each other. A feed has five or six.
const DEPTH_MAX: usize = 64;
/// Google's names, by the address that stands for them.
const GOOGLE: &str = "http://base.google.com/ns/1.0";

/// A feed being read.
#[derive(Default)]
pub(super) struct Feed {
    decoding: Decoding,
    text: String,
    lines: u64,
    /// The prefix of Google's names.
    prefix: Option<String>,
    depth: usize,
    had_root: bool,
    item: Option<Item>,
    done: VecDeque<(u64, Result<Texts, Defect>)>,
}

/// An item whose end hasn't come.
struct Item {
    line: u64,
    depth: usize,
    texts: Texts,
    category: Option<String>,
    defect: Option<Defect>,
    /// The element that is read, and its text so far.
    field: Option<(Element, String, String)>,
}

/// What an element of an item is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    One(Named),
    /// Google's own category, where the shop has none.
    GoogleCategory,
    /// One of five labels.
    Label,
}

/// What one event is, in words of our own.
enum Step {
    Open(String, Vec<(String, String)>),
    Close,
    Whole(String, Vec<(String, String)>),
    Text(String),
    Strange,
    Nothing,
}

impl Feed {
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        self.decoding.push(bytes, &mut self.text);
        self.read(false)
    }

    pub fn finish(&mut self) -> Result<(), Unusable> {
        self.decoding.finish(&mut self.text);
        self.read(true)?;
        match (self.had_root, self.depth) {
            (true, 0) => Ok(()),
            (true, _) => Err(Unusable::NoFeed("it ends in the middle; fetch it again")),
            (false, _) => Err(Unusable::NoFeed("it has no element")),
        }
    }

    pub fn next_texts(&mut self) -> Option<(u64, Result<Texts, Defect>)> {
        self.done.pop_front()
    }

    /// Reads all events that are there as a whole.
    fn read(&mut self, is_all: bool) -> Result<(), Unusable> {
        let text = std::mem::take(&mut self.text);
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            match next(rest, is_all) {
                Some((step, bytes)) => {
                    self.step(step)?;
                    let done = rest.get(..bytes).unwrap_or_default();
                    self.lines += done.bytes().map(|byte| u64::from(byte == b'\n')).sum::<u64>();
                    at += bytes;
                }
                None if is_all => return Err(Unusable::NoFeed("it isn't XML to its end; fetch it again")),
                None if rest.len() > EVENT_BYTES_MAX => {
                    return Err(Unusable::NoFeed("one of its elements is longer than a megabyte"));
                }
                None => break,
            }
        }
        text.get(at..).unwrap_or_default().clone_into(&mut self.text);
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<(), Unusable> {
        match step {
            Step::Open(name, attributes) => {
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Err(Unusable::NoFeed("its elements stand in each other without end"));
                }
                self.open(&name, &attributes)
            }
            Step::Whole(name, attributes) => {
                self.depth += 1;
                self.open(&name, &attributes)?;
                self.close()
            }
            Step::Close => self.close(),
            Step::Text(text) => {
                self.letters(&text);
                Ok(())
            }
            Step::Strange => {
                self.strange();
                Ok(())
            }
            Step::Nothing => Ok(()),
        }
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)]) -> Result<(), Unusable> {
        if self.depth == 1 {
            if self.had_root || !matches!(name, "rss" | "feed") {
                return Err(Unusable::NoFeed("its outermost element is neither `rss` nor `feed`"));
            }
            self.had_root = true;
        }
        let of_google = attributes.iter().find(|(_, value)| value == GOOGLE);
        if let Some(prefix) = of_google.and_then(|(name, _)| name.strip_prefix("xmlns:")) {
            self.prefix = Some(prefix.to_owned());
        }
        let (line, depth) = (self.lines + 1, self.depth);
        match &mut self.item {
            None if matches!(name, "item" | "entry") => {
                let texts = Texts::default();
                self.item = Some(Item { line, depth, texts, category: None, defect: None, field: None });
            }
            Some(item) if depth == item.depth + 1 => {
                let google = self.prefix.as_deref().unwrap_or("g");
                let Some(element) = element(name, google) else { return Ok(()) };
                // Atom's links are attributes; those to a picture or to other forms are none of the product's page.
                let get =
                    |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
                let is_page = matches!(get("rel"), None | Some("alternate"));
                match get("href").filter(|_| name == "link") {
                    Some(href) if is_page => item.texts.say(Named::Part(ProductPart::Url), name, href.to_owned()),
                    Some(_) => {}
                    None => item.field = Some((element, name.to_owned(), String::new())),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unusable> {
        let depth = self.depth;
        self.depth = depth.checked_sub(1).ok_or(Unusable::NoFeed("an element ends that hasn't begun"))?;
        let Some(item) = &mut self.item else { return Ok(()) };
        if depth == item.depth + 1
            && let Some((element, name, text)) = item.field.take()
        {
            item.say(element, &name, text);
        }
        if depth == item.depth
            && let Some(item) = self.item.take()
        {
            self.done.push_back((item.line, item.texts()));
        }
        Ok(())
    }

    /// Letters of the field that is read. More than a cell may have are kept, so that it is too long.
    fn letters(&mut self, more: &str) {
        let Some(item) = &mut self.item else { return };
        if self.depth == item.depth + 1
            && let Some((_, _, text)) = &mut item.field
        {
            let room = FIELD_BYTES_MAX.saturating_sub(text.len());
            text.push_str(more.get(..more.floor_char_boundary(room)).unwrap_or_default());
        }
    }

    fn strange(&mut self) {
        let Some(item) = &mut self.item else { return };
        if self.depth == item.depth + 1
            && let Some((_, name, _)) = &item.field
        {
            item.defect.get_or_insert(Defect::Entity { column: name.clone() });
        }
    }
}

impl Item {
    fn say(&mut self, element: Element, name: &str, text: String) {
        match element {
            Element::One(what) => self.texts.say(what, name, text),
            Element::GoogleCategory => self.category = Some(text),
            Element::Label => self.texts.add(Named::Part(ProductPart::Values), name, &text),
        }
    }

    /// What a feed leaves out of an item isn't there; only what it can't know is left as it is: what the owner says of a
    /// product, and that it is sensitive.
    fn texts(mut self) -> Result<Texts, Defect> {
        if let Some(defect) = self.defect {
            return Err(defect);
        }
        if let Some(category) = self.category {
            self.texts.say(Named::Part(ProductPart::Category), "google_product_category", category);
        }
        for part in ProductPart::ALL {
            if !matches!(part, ProductPart::Values | ProductPart::Sensitive) {
                self.texts.say(Named::Part(part), part.name(), String::new());
            }
        }
        Ok(self.texts)
    }
}

/// The next event of the text, and how many bytes it takes. `None` where it isn't all there, or isn't XML.
fn next(text: &str, is_all: bool) -> Option<(Step, usize)> {
    // A text lasts to the next tag or entity: one that reaches the end may go on.
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    let event = reader.read_event().ok()?;
    let bytes = usize::try_from(reader.buffer_position()).ok()?;
    let step = match event {
        Event::Start(start) => Step::Open(name_of(&start), attributes_of(&start)),
        Event::Empty(start) => Step::Whole(name_of(&start), attributes_of(&start)),
        Event::End(_) => Step::Close,
        Event::Text(_) if bytes == text.len() && !is_all => return None,
        Event::Text(words) => Step::Text(words.into_inner().into_owned()),
        Event::CData(words) => Step::Text(words.into_inner().into_owned()),
        Event::GeneralRef(entity) => letter(&entity).map_or(Step::Strange, Step::Text),
        Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => Step::Nothing,
        Event::Eof => return None,
    };
    (bytes > 0).then_some((step, bytes))
}

fn name_of(start: &BytesStart<'_>) -> String {
    start.name().as_ref().to_owned()
}

/// Attributes in which nothing is to be read; there are few that matter.
fn attributes_of(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut attributes = start.attributes();
    let read = attributes.with_checks(false).flatten().take(ATTRIBUTES_MAX);
    read.map(|attribute| (attribute.key.as_ref().to_owned(), plain(&attribute.value))).collect()
}

/// An attribute's value: of XML's entities, addresses have one.
fn plain(value: &str) -> String {
    value.replace("&amp;", "&").trim().to_owned()
}

fn letter(entity: &BytesRef<'_>) -> Option<String> {
    if entity.is_char_ref() {
        return entity.resolve_char_ref().ok().flatten().map(String::from);
    }
    let letter = match entity.clone().into_inner().as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    };
    Some(letter.to_owned())
}

/// What an element is, by its name: one of Google's, or one that RSS and Atom have anyway.
fn element(name: &str, google: &str) -> Option<Element> {
    let own = name.strip_prefix(google).and_then(|rest| rest.strip_prefix(':'));
    let one = |what| Some(Element::One(what));
    let part = |part| one(Named::Part(part));
    match (own, name) {
        (Some("id"), _) => one(Named::Sku),
        (Some("title"), _) | (None, "title") => one(Named::Name),
        (Some("product_type"), _) => part(ProductPart::Category),
        (Some("google_product_category"), _) => Some(Element::GoogleCategory),
        (Some("price"), _) => part(ProductPart::Price),
        (Some("sale_price"), _) => one(Named::SalePrice),
        (Some("sale_price_effective_date"), _) => one(Named::SaleTimes),
        (Some("link"), _) | (None, "link") => part(ProductPart::Url),
        (Some("image_link"), _) => part(ProductPart::Image),
        (Some("availability"), _) => part(ProductPart::Stock),
        (Some("brand"), _) => part(ProductPart::Maker),
        (Some("adult"), _) => part(ProductPart::Sensitive),
        (Some(label), _) if label.strip_prefix("custom_label_").is_some() => Some(Element::Label),
        _ => None,
    }
}
