//! How an answer is carried out: on the record first, then the flights, then the thanks.
//!
//! "I can't come" is acknowledged when no reminder that it ends can leave any more, as a stop is (promise P2). It is not
//! journalled when the database is away: an answer that arrives after the visit helps nobody, so the page says that it
//! could not be written down.

use super::{AnswerDesk, AnswerFailed, Standing, VisitDesk, VisitView, stop::Desk};
use crate::{
    base::token::Link,
    deliver::transport::Boxed,
    engine::office::{Office, visits::Question},
    people::Answer,
    store::{AnswerOrder, Asked, Hear, Heard},
    trigger,
};

impl Desk {
    fn office(&self) -> Result<Office, AnswerFailed> {
        Ok(self.office_over(self.database()?.clone()))
    }

    async fn asked(&self, link: &Link) -> Result<Option<Asked>, AnswerFailed> {
        self.database()?.asked(link.customer, link.plan).await.map_err(|error| AnswerFailed(error.to_string()))
    }

    async fn show(&self, link: &Link) -> Result<Option<VisitView>, AnswerFailed> {
        let Some(asked) = self.asked(link).await? else { return Ok(None) };
        let Asked { plan, customer, record } = &asked;
        // Which answer doesn't matter: nothing is written.
        let heard = self.in_force.rulebook().hear(plan, customer, record, Answer::Coming);
        Ok(self.visit_view(&asked, &heard))
    }

    fn visit_view(&self, asked: &Asked, heard: &Heard) -> Option<VisitView> {
        let standing = match heard {
            Heard::Taken(_) => Standing::Ahead,
            Heard::Over => Standing::Over,
            Heard::Moved => Standing::Moved,
            Heard::Cancelled => Standing::Cancelled,
            Heard::NotAsked => return None,
        };
        Some(VisitView {
            starts_at: trigger::start_in(&asked.plan.occurrence)?,
            standing,
            answered: self.in_force.rulebook().answer(&asked.record),
            language: asked.customer.language.clone(),
        })
    }

    async fn take(&self, link: &Link, answer: Answer) -> Result<Option<VisitView>, AnswerFailed> {
        let order = AnswerOrder { customer: link.customer, plan: link.plan, answer };
        let answered = self.database()?.answer(order, self.in_force.clone()).await;
        let answered = answered.map_err(|error| AnswerFailed(error.to_string()))?;
        self.flights.revoke(&answered.open).await;
        // As the transaction found it: what happened since has its own page.
        Ok(answered.heard.and_then(|(asked, heard)| self.visit_view(&asked, &heard)))
    }
}

impl AnswerDesk for Desk {
    fn visit<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<VisitView>, AnswerFailed>> {
        Box::pin(self.show(link))
    }

    fn answer<'a>(&'a self, link: &'a Link, answer: Answer) -> Boxed<'a, Result<Option<VisitView>, AnswerFailed>> {
        Box::pin(self.take(link, answer))
    }
}

impl VisitDesk for Desk {
    fn whose(&self, visit: i64) -> Boxed<'_, Result<Question, AnswerFailed>> {
        Box::pin(async move {
            let question = self.office()?.question(visit).await;
            question.map_err(|error| AnswerFailed(error.to_string()))
        })
    }

    fn settle<'a>(&'a self, visit: i64, customer: &'a str) -> Boxed<'a, Result<Question, AnswerFailed>> {
        Box::pin(async move {
            let question = self.office()?.settle_likely(visit, customer).await;
            question.map_err(|error| AnswerFailed(error.to_string()))
        })
    }
}
