//! What the API says when it doesn't do what was asked: problem details (RFC 9457), each with what to do.
//!
//! Invariant: no problem repeats a value of a request. It names places, members and types.

use crate::{
    intake::json::{Flaw, Refused, Resource, Shape},
    store::{PutError, StoreError},
};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;

/// Flaws that one answer names; how many there are in all, it says too.
const FLAWS_MAX: usize = 100;
/// When a database that is away may be back.
const AWAY_FOR: Duration = Duration::from_secs(5);
/// When a request that is under way may be done.
const UNDER_WAY_FOR: Duration = Duration::from_secs(1);

/// One of the problems that there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// The last word of its type.
    pub name: &'static str,
    /// The status.
    pub status: StatusCode,
    /// In a few words.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $constant:ident: $name:literal $status:ident $title:literal;)+) => {
        impl Kind {
            $($(#[$doc])* pub const $constant: Self =
                Self { name: $name, status: StatusCode::$status, title: $title };)+
            /// All, for the document.
            pub const ALL: &[Self] = &[$(Self::$constant),+];
        }
    };
}

kinds! {
    /// Not JSON.
    NOT_JSON: "not-json" BAD_REQUEST "The body is not JSON";
    /// A header that can't be read.
    BAD_HEADER: "bad-header" BAD_REQUEST "A header can't be read";
    /// The caller broke off, or said something that is not HTTP.
    CUT_OFF: "cut-off" BAD_REQUEST "The body broke off";
    /// No key, or none of ours.
    NO_KEY: "no-key" UNAUTHORIZED "A key is needed";
    /// The key may not do this.
    NOT_ALLOWED: "not-allowed" FORBIDDEN "The key may not do this";
    /// Nothing here.
    NOT_FOUND: "not-found" NOT_FOUND "There is nothing here";
    /// Another method is meant.
    OTHER_METHOD: "other-method" METHOD_NOT_ALLOWED "This can't be done here";
    /// The body took too long.
    TOO_SLOW: "too-slow" REQUEST_TIMEOUT "The body took too long";
    /// The same request is under way.
    UNDER_WAY: "under-way" CONFLICT "The same request is under way";
    /// The body is too long.
    TOO_LONG: "too-long" PAYLOAD_TOO_LARGE "The body is too long";
    /// Not `application/json`.
    OTHER_TYPE: "other-type" UNSUPPORTED_MEDIA_TYPE "JSON is expected";
    /// Flaws.
    FLAWED: "flawed" UNPROCESSABLE_ENTITY "The rows can't be taken as they are";
    /// The `Idempotency-Key` was another request's.
    KEY_REUSED: "key-reused" UNPROCESSABLE_ENTITY "The Idempotency-Key was another request's";
    /// Too many requests.
    TOO_MANY: "too-many" TOO_MANY_REQUESTS "Too many requests";
    /// Something here is not as it should be.
    BROKEN: "broken" INTERNAL_SERVER_ERROR "Something here is not as it should be";
    /// The database is away.
    AWAY: "away" SERVICE_UNAVAILABLE "The database is away";
}

/// One problem, as it is said.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    flaws: Vec<Flaw>,
    header: Header,
}

/// A header that goes with a problem.
#[derive(Clone, Copy, Debug)]
enum Header {
    None,
    RetryAfter { seconds: u64 },
    Challenge,
}

/// RFC 6750 3.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"comity\"");

/// Its body.
#[derive(Serialize)]
struct Said<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Flaw]>::is_empty")]
    errors: &'a [Flaw],
}

impl Kind {
    /// The `type` of RFC 9457: a name, not an address.
    #[must_use]
    pub fn uri(self) -> String {
        format!("urn:comity:problem:{}", self.name)
    }
}

impl Problem {
    /// With what to do.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), flaws: vec![], header: Header::None }
    }

    fn after(self, span: Duration) -> Self {
        let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
        Self { header: Header::RetryAfter { seconds: seconds.max(1) }, ..self }
    }

    /// No key, or none of ours; which of them it is, nobody hears.
    #[must_use]
    pub fn no_key() -> Self {
        let how = "send a key that `comity keys new` made: Authorization: Bearer comity_…";
        Self { header: Header::Challenge, ..Self::new(Kind::NO_KEY, how) }
    }

    /// Come again.
    #[must_use]
    pub fn too_many(wait: Duration) -> Self {
        Self::new(Kind::TOO_MANY, "this key has used up its requests; come again after Retry-After seconds").after(wait)
    }

    /// Come again.
    #[must_use]
    pub fn under_way() -> Self {
        let how = "a request with this Idempotency-Key is under way; ask again for its answer";
        Self::new(Kind::UNDER_WAY, how).after(UNDER_WAY_FOR)
    }

    /// What the database said. Nothing was taken.
    #[must_use]
    pub fn of_store(error: &StoreError) -> Self {
        if error.is_away() {
            let detail = format!("{}; nothing was taken, send it again", error.in_brief());
            return Self::new(Kind::AWAY, detail).after(AWAY_FOR);
        }
        tracing::error!(%error, "a request of the API could not be carried out");
        Self::new(Kind::BROKEN, "nothing was taken; the log says what is wrong")
    }

    /// What is wrong with a body.
    #[must_use]
    pub fn of_refused(refused: Refused) -> Self {
        match refused {
            Refused::NotJson(why) => Self::new(Kind::NOT_JSON, why),
            Refused::Flaws(flaws) => Self::flawed(flaws),
        }
    }

    /// Rows that the database did not take.
    #[must_use]
    pub fn of_rejected(rejected: &[(usize, PutError)], shape: Shape, resource: &Resource) -> Self {
        let flaws = rejected.iter().map(|(row, why)| {
            let at = shape.place(*row);
            let at = match why {
                PutError::AmbiguousCustomer if *resource == Resource::Customers => at.to("email"),
                PutError::UnknownCustomer | PutError::AmbiguousCustomer | PutError::OtherCustomer => at.to("customer"),
                PutError::UnknownRecord => at.to("record"),
                PutError::OtherEvent => at.to("id"),
                PutError::TooManyGone => at.to("listed"),
                PutError::CalendarTells | PutError::OtherCalendar | PutError::Erased | PutError::Unreadable => at,
            };
            Flaw::new(&at, why.to_string(), None)
        });
        Self::flawed(flaws.collect())
    }

    fn flawed(mut flaws: Vec<Flaw>) -> Self {
        let many = match flaws.len() {
            1 => "one thing is wrong".to_owned(),
            many if many > FLAWS_MAX => format!("{many} things are wrong, of which {FLAWS_MAX} are named"),
            many => format!("{many} things are wrong"),
        };
        flaws.truncate(FLAWS_MAX);
        Self { flaws, ..Self::new(Kind::FLAWED, format!("{many}; nothing was taken")) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Kind { status, title, .. } = self.kind;
        let said =
            Said { r#type: self.kind.uri(), title, status: status.as_u16(), detail: &self.detail, errors: &self.flaws };
        let mut response = json(status, "application/problem+json", &said);
        let headers = response.headers_mut();
        match self.header {
            Header::None => None,
            Header::RetryAfter { seconds } => headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds)),
            Header::Challenge => headers.insert(header::WWW_AUTHENTICATE, CHALLENGE),
        };
        response
    }
}

/// An answer with a JSON body.
pub fn json(status: StatusCode, media: &'static str, value: &impl Serialize) -> Response {
    // Values of our own always have a JSON form.
    let body = serde_json::to_vec(value).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, media)], Body::from(body)).into_response()
}
