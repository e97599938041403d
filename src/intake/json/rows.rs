//! Objects into rows, resource by resource.

use super::{
    Flaw, Forms, Pointer, Resource, Shape,
    members::{Holds, LIMITS, Member, STATES, Says},
    object::Object,
    value::Json,
};
use crate::{
    base::Instant,
    intake::{
        catalogue::{Named, Shelf, Texts},
        cell::Cell,
        columns::{Column, Sheet, untold},
        defect::Defect,
        row::{Defects, Row, Seen, Untold},
    },
    ledger::EventKind,
    people::{BarWord, consent::ConsentMethod},
    policy::{OwnLimit, Policy, own_limit::Wish},
    store::{
        CustomerRow, RecordRow,
        entry::{BarRow, ConsentRow, Event, EventAbout, EventRow, Evidence, LimitRow, Rows},
        products::ProductRow,
    },
};
use std::sync::Arc;

/// Reads the objects of one body.
pub(super) struct Reader<'a> {
    pub policy: &'a Policy,
    pub resource: &'a Resource,
    pub forms: &'a Forms,
    pub now: Instant,
    pub shape: Shape,
    pub flaws: Vec<Flaw>,
}

impl Reader<'_> {
    /// All that can be read; for the others there are flaws.
    pub fn rows(&mut self, objects: &[Json]) -> Rows {
        match self.resource {
            Resource::Customers => Rows::Customers(self.each(objects, Self::customer)),
            Resource::Records(kind) => {
                let sheet = Sheet::Records(kind.clone());
                Rows::Records(
                    self.each(objects, |reader, object, at, seen| reader.record(&sheet, kind, object, at, seen)),
                )
            }
            Resource::Consents => Rows::Consents(self.each(objects, |reader, object, _, _| reader.consent(object))),
            Resource::Bars => Rows::Bars(self.each(objects, |reader, object, _, _| reader.bar(object))),
            Resource::Limits => Rows::Limits(self.each(objects, |reader, object, _, _| reader.limit(object))),
            Resource::Events => Rows::Events(self.each(objects, Self::event)),
            Resource::Products => Rows::Products(self.each(objects, Self::product)),
        }
    }

    fn each<R>(
        &mut self,
        objects: &[Json],
        mut read: impl FnMut(&mut Self, &Object<'_>, usize, &mut Seen) -> Option<R>,
    ) -> Vec<R> {
        let mut seen = Seen::default();
        let mut rows = vec![];
        for (place, json) in objects.iter().enumerate() {
            let flaws_before = self.flaws.len();
            let object = Object::read(json, self.forms, self.shape.place(place), &mut self.flaws);
            match object.and_then(|object| read(self, &object, place, &mut seen)) {
                Some(row) => rows.push(row),
                // An error is never permission: no row is lost without a word.
                None if self.flaws.len() == flaws_before => {
                    self.flaws.push(Flaw::new(&self.shape.place(place), "this can't be read".to_owned(), None));
                }
                None => {}
            }
        }
        rows
    }

    fn customer(&mut self, object: &Object<'_>, place: usize, seen: &mut Seen) -> Option<CustomerRow> {
        let untold = self.untold(&Sheet::Customers, object);
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let read = row(&cells).customer(self.policy, self.now, &untold, "");
        let customer = self.or_flaws(read, at)?;
        self.first(seen.customer(number(place), &customer), at)?;
        Some(customer)
    }

    fn record(
        &mut self,
        sheet: &Sheet,
        kind: &str,
        object: &Object<'_>,
        place: usize,
        seen: &mut Seen,
    ) -> Option<RecordRow> {
        let untold = self.untold(sheet, object);
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let read = row(&cells).record(self.policy, &untold, kind);
        let record = self.or_flaws(read, at)?;
        // An id is one record's among those of its type; events of several types may stand in one body.
        let first = seen.first(number(place), ("id", &format!("{kind}/{}", record.external_id)), None);
        self.first(first.map_err(|first| ("id", first)), at)?;
        Some(record)
    }

    fn consent(&mut self, object: &Object<'_>) -> Option<ConsentRow> {
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let mut sound = Sound { reader: self, at, cells: &cells };
        let purpose = sound.word("purpose");
        let method = sound.read("method", |cell| cell.word(&ConsentMethod::VOUCHED));
        let said_at = sound.past("at");
        let language = sound.read("language", Cell::language);
        let policy = sound.reader.policy;
        let expires_at = said_at.and_then(|at| sound.read("until", |cell| cell.after(at, policy)));
        Some(ConsentRow {
            customer: sound.read("customer", |cell| Ok(cell.customer()))?,
            kind: sound.read("state", |cell| cell.word(&STATES))?,
            purpose: purpose?,
            at: said_at?,
            method: method?,
            language,
            expires_at,
            evidence: sound.evidence(),
            question: None,
        })
    }

    fn bar(&mut self, object: &Object<'_>) -> Option<BarRow> {
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let mut sound = Sound { reader: self, at, cells: &cells };
        let said_at = sound.past("at");
        let purpose = sound.word("purpose");
        Some(BarRow {
            customer: sound.read("customer", |cell| Ok(cell.customer()))?,
            word: sound.read("state", |cell| cell.word(&BarWord::ALL))?,
            purpose,
            at: said_at?,
            evidence: sound.evidence(),
        })
    }

    fn limit(&mut self, object: &Object<'_>) -> Option<LimitRow> {
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let mut sound = Sound { reader: self, at, cells: &cells };
        let customer = sound.read("customer", |cell| Ok(cell.customer()));
        let purpose = sound.word("purpose").unwrap_or_default();
        let wish = match sound.read("state", |cell| cell.word(&LIMITS))? {
            Says::NoLimit => Wish::None(purpose),
            Says::AtMost => {
                let at_most = sound.read("at_most", Cell::count);
                let per = sound.read("per", Cell::window);
                Wish::Limit(OwnLimit { purpose, at_most: at_most?, per: per? })
            }
        };
        Some(LimitRow { customer: customer?, wish })
    }

    fn event(&mut self, object: &Object<'_>, place: usize, seen: &mut Seen) -> Option<Event> {
        let word = object.form.word.as_deref()?;
        if let Some(kind) = EventKind::named(word) {
            return self.known_event(kind, object, place, seen).map(Event::Known);
        }
        let record = self.record(&Sheet::Records(word.to_owned()), word, object, place, seen)?;
        // It is told once, as a whole: what it leaves out, it doesn't have.
        Some(Event::Declared(RecordRow { untold: Arc::default(), ..record }))
    }

    fn product(&mut self, object: &Object<'_>, place: usize, seen: &mut Seen) -> Option<ProductRow> {
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let mut texts = Texts::default();
        for what in Named::OF_MEMBERS {
            if object.told.contains(what.member()) {
                let cell = cells.iter().find(|(member, _)| member.name == what.member());
                texts.say(what, what.member(), cell.map(|(_, cell)| cell.text()).unwrap_or_default());
            }
        }
        let shelved = Shelf::new(self.policy, self.now).shelve(&texts).map_err(|defect| Defects(vec![defect]));
        let shelved = self.or_flaws(shelved, at)?;
        if shelved.image_left_out {
            let detail = "image: from where no image of the business's may come from".to_owned();
            let help = "write its site in policy.toml, [business]: images = [\"…\"], or leave it out".to_owned();
            self.flaws.push(Flaw::new(&at.to("image"), detail, Some(help)));
            return None;
        }
        let mut row = shelved.row;
        let listed = cells.iter().find(|(member, _)| member.name == "listed");
        row.product.listed = listed.is_none_or(|(_, cell)| cell.text() == "true");
        let first = seen.first(number(place), ("sku", &row.product.sku), None);
        self.first(first.map_err(|first| ("sku", first)), at)?;
        Some(row)
    }

    fn known_event(&mut self, kind: EventKind, object: &Object<'_>, place: usize, seen: &mut Seen) -> Option<EventRow> {
        let at = &object.at;
        let cells = object.cells(&mut self.flaws);
        let mut sound = Sound { reader: self, at, cells: &cells };
        let happened_at = sound.past("at");
        let about = match kind {
            EventKind::RecordCancelled | EventKind::RecordKept | EventKind::RecordMissed => {
                let (kind, record) = (sound.word("record_type"), sound.text("record"));
                EventAbout::Record { kind: kind?, external_id: record? }
            }
            EventKind::CustomerStopped => {
                let purpose = sound.word("purpose");
                EventAbout::Customer { customer: sound.read("customer", |cell| Ok(cell.customer()))?, purpose }
            }
        };
        let external_id = sound.text("id")?;
        let first = seen.first(number(place), ("id", &external_id), None);
        self.first(first.map_err(|first| ("id", first)), at)?;
        Some(EventRow { external_id, kind, at: happened_at?, about })
    }

    fn untold(&self, sheet: &Sheet, object: &Object<'_>) -> Untold {
        let told = |told: &Column| {
            let is_it = |member: &&Member| member.holds == Holds::Column(told.clone());
            let member = object.form.members.iter().find(is_it);
            member.is_some_and(|member| object.told.contains(member.name.as_str()))
        };
        untold(sheet, self.policy, told)
    }

    /// A row, or its flaws. What is missing has been said already.
    fn or_flaws<R>(&mut self, read: Result<R, Defects>, at: &Pointer) -> Option<R> {
        let Defects(defects) = match read {
            Ok(row) => return Some(row),
            Err(defects) => defects,
        };
        let news = defects.iter().filter(|defect| !matches!(defect, Defect::Missing { .. }));
        self.flaws.extend(news.map(|defect| Flaw::of(defect, at)));
        None
    }

    fn first(&mut self, first: Result<(), (&'static str, u64)>, at: &Pointer) -> Option<()> {
        let (key, row) = match first {
            Ok(()) => return Some(()),
            Err(before) => before,
        };
        let before = self.shape.place(usize::try_from(row).unwrap_or_default()).into_text();
        self.flaws.push(Flaw::new(&at.to(key), format!("the same {key} stands at {before} already"), None));
        None
    }
}

fn row<'a>(cells: &[(&'a Member, Cell<'a>)]) -> Row<'a> {
    Row::of_members(cells.iter().filter_map(|(member, cell)| match &member.holds {
        Holds::Column(column) => Some((column, *cell)),
        _ => None,
    }))
}

fn number(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

/// The cells of one object, and where their defects go.
struct Sound<'s, 'a, 'r> {
    reader: &'s mut Reader<'r>,
    at: &'s Pointer,
    cells: &'s [(&'a Member, Cell<'a>)],
}

impl<'a> Sound<'_, 'a, '_> {
    fn get(&self, name: &str) -> Option<(&'a Member, Cell<'a>)> {
        self.cells.iter().find(|(member, _)| member.name == name).copied()
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(Cell<'a>) -> Result<T, Defect>) -> Option<T> {
        let (_, cell) = self.get(name)?;
        read(cell).map_err(|defect| self.reader.flaws.push(Flaw::of(&defect, self.at))).ok()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|(_, cell)| cell.text())
    }

    fn evidence(&self) -> Evidence {
        let proof = self.text("proof").and_then(|text| serde_json::from_str(&text).ok());
        Evidence {
            wording: self.text("wording"),
            place: self.text("place"),
            actor: self.text("actor"),
            proof: proof.unwrap_or_default(),
        }
    }

    fn past(&mut self, name: &str) -> Option<Instant> {
        let (policy, now) = (self.reader.policy, self.reader.now);
        self.read(name, |cell| cell.past(policy, now))
    }

    /// One of the words that the member may hold.
    fn word(&mut self, name: &str) -> Option<String> {
        let (member, _) = self.get(name)?;
        let Holds::Word(words) = &member.holds else { return None };
        let words: Vec<(&str, &str)> = words.iter().map(|word| (word.as_str(), word.as_str())).collect();
        self.read(name, |cell| cell.word(&words).map(ToOwned::to_owned))
    }
}
