//! Requests: what people ask of us on our own pages. Each is a record, so that the message that answers it is planned, capped and
//! asked by the gate like any other.

use super::{Basis, Field, Policy, RecordType, WrittenBy};

/// What people ask of us on our own pages, and a message answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// Somebody signed an address up: was it they?
    SignUp,
    /// Somebody wants to see what is known about them, take it away, have it put right or erased.
    Data,
}

impl Policy {
    /// The record type of such requests, with the field that says for what, where there is one.
    #[must_use]
    pub fn record_of(&self, request: Request) -> Option<(&str, &str)> {
        let records = self.records.iter().filter_map(|(name, record)| Some((name, record.request_field()?)));
        let mut those = records.filter(|(_, (_, of))| *of == request);
        those.next().map(|(name, (field, _))| (name.as_str(), field))
    }

    /// What messages of this purpose answer, where its basis is `request`. That of a purpose of another basis is `None`.
    #[must_use]
    pub fn answers(&self, purpose: &str) -> Option<Request> {
        self.purposes.get(purpose).filter(|declared| declared.basis == Basis::Request)?;
        Some(if self.serves(Request::Data, purpose) { Request::Data } else { Request::SignUp })
    }

    /// Whether what somebody asks for may serve this purpose.
    #[must_use]
    pub fn serves(&self, request: Request, purpose: &str) -> bool {
        let field = self.record_of(request).and_then(|(record, field)| self.records.get(record)?.fields.get(field));
        field.is_some_and(|field| field.purposes.allow(purpose))
    }
}

impl RecordType {
    /// The field that says what somebody asked for, where there is one: then its records are such requests.
    #[must_use]
    pub fn request_field(&self) -> Option<(&str, Request)> {
        let request = |field: &Field| match field.written_by {
            WrittenBy::SignUps => Some(Request::SignUp),
            WrittenBy::DataRequests => Some(Request::Data),
            WrittenBy::Imports | WrittenBy::Answers => None,
        };
        self.fields.iter().find_map(|(name, field)| Some((name.as_str(), request(field)?)))
    }
}
