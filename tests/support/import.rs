//! An import with all that it says.

use comity::{
    engine::{
        arrivals::import::{Failure, News, Rejection, Report, What},
        office::Office,
    },
    store::Dry,
};
use futures_util::stream;
use std::io;
use tokio::sync::mpsc;

/// What an import said.
#[derive(Debug)]
pub struct Outcome {
    pub end: Result<Report, Failure>,
    pub rejections: Vec<Rejection>,
}

impl Outcome {
    #[track_caller]
    pub fn report(&self) -> &Report {
        self.end.as_ref().unwrap_or_else(|why| panic!("{why:?}"))
    }

    /// Lines and reasons.
    pub fn reasons(&self) -> Vec<(u64, &str)> {
        self.rejections.iter().map(|one| (one.line, one.reason.as_str())).collect()
    }

    #[track_caller]
    pub fn failure(&self) -> &str {
        &self.end.as_ref().expect_err("it should have failed").why
    }
}

/// Imports these pieces of a file.
pub async fn import(office: &Office, what: What, pieces: Vec<io::Result<Vec<u8>>>, dry: Dry) -> Outcome {
    let (listener, mut news) = mpsc::channel(8);
    let hear = async {
        let (mut end, mut rejections) = (None, vec![]);
        while let Some(news) = news.recv().await {
            match news {
                News::Progress { .. } => {}
                News::Rejected(rejection) => rejections.push(rejection),
                News::Done(report) => end = Some(Ok(report)),
                News::Failed(failure) => end = Some(Err(failure)),
            }
        }
        Outcome { end: end.expect("an import ends with a word"), rejections }
    };
    tokio::join!(office.import(what, stream::iter(pieces), dry, listener), hear).1
}
