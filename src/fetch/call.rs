//! A call: one POST to a server of the owner's, whose answer is a status and nothing else.
//!
//! Invariant: a redirect is an answer like any other. The body was signed for whoever was named, and goes nowhere else.

use super::{FetchError, Fetcher, Link, OUR_NAME, Reach, unreachable};
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HOST, USER_AGENT},
};

/// What is posted: JSON, and headers besides those that every call has.
#[derive(Clone, Debug)]
pub struct Call {
    /// Names in small letters, and values.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

impl Fetcher {
    /// Posts, and hears the status.
    ///
    /// # Errors
    /// When no answer could be had.
    pub async fn call(&self, link: &Link, reach: Reach, call: Call) -> Result<StatusCode, FetchError> {
        let mut request = Request::post(link.path())
            .header(HOST, link.authority())
            .header(USER_AGENT, OUR_NAME)
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(call.body));
        let request = request.body(body).map_err(|error| unreachable(link, &error.to_string()))?;
        let status = |response: Response<Incoming>| std::future::ready(Ok(response.status()));
        self.in_time(link, self.visit(link, reach == Reach::OwnHostAnywhere, request, status)).await
    }
}
