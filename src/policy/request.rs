//! Requests: what people ask of us on our own pages. Each is a record, so that the message that answers it is planned, capped and
//! asked by the gate like any other.

use super::{Basis, Field, Policy, RecordType, WrittenBy};
use serde::{Deserialize, Serialize};

/// What people ask of us on our own pages, and a message answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Somebody signed an address up: was it they?
    SignUp,
    /// Somebody wants to see what is known about them, take it away, have it put right or erased.
    Data,
    /// Somebody wants us to write to another address: do both mailboxes agree?
    Address,
}

impl Request {
    /// All.
    pub const ALL: [Self; 3] = [Self::SignUp, Self::Data, Self::Address];

    /// Who writes the field of its records.
    #[must_use]
    pub const fn written_by(self) -> WrittenBy {
        match self {
            Self::SignUp => WrittenBy::SignUps,
            Self::Data => WrittenBy::DataRequests,
            Self::Address => WrittenBy::AddressChanges,
        }
    }

    /// What `policy.toml` calls that.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SignUp => "sign-ups",
            Self::Data => "data-requests",
            Self::Address => "address-changes",
        }
    }

    /// Those who ask, for after "answers".
    #[must_use]
    pub const fn people(self) -> &'static str {
        match self {
            Self::SignUp => "those who sign up",
            Self::Data => "those who ask for their data",
            Self::Address => "those who have another address",
        }
    }
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
        Request::ALL.into_iter().find(|request| self.serves(*request, purpose)).or(Some(Request::SignUp))
    }

    /// Whether what somebody asks for may serve this purpose.
    #[must_use]
    pub fn serves(&self, request: Request, purpose: &str) -> bool {
        let field = self.record_of(request).and_then(|(record, field)| self.records.get(record)?.fields.get(field));
        field.is_some_and(|field| field.purposes.allow(purpose))
    }
}

impl Policy {
    /// The record type by which people are told what changed in the privacy notice, with the field that says it, where there is one.
    #[must_use]
    pub fn notice_record(&self) -> Option<(&str, &str)> {
        self.records.iter().find_map(|(kind, record)| {
            let field = record.fields.iter().find(|(_, field)| field.written_by == WrittenBy::Notices)?;
            Some((kind.as_str(), field.0.as_str()))
        })
    }
}

impl RecordType {
    /// Whether its records are made by the daemon.
    #[must_use]
    pub fn is_daemons(&self) -> bool {
        self.fields.values().any(|field| field.written_by.is_daemon())
    }

    /// The field that says what somebody asked for, where there is one: then its records are such requests.
    #[must_use]
    pub fn request_field(&self) -> Option<(&str, Request)> {
        let request = |field: &Field| Request::ALL.into_iter().find(|request| request.written_by() == field.written_by);
        self.fields.iter().find_map(|(name, field)| Some((name.as_str(), request(field)?)))
    }
}
