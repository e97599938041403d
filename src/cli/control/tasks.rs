//! Tasks for people of the business, by the door.

use super::Door;
use crate::engine::office::tasks::{Task, TaskWord};

impl Door {
    /// What is to be done.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn tasks(&self) -> anyhow::Result<Vec<Task>> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/tasks", "").await,
            Self::Own(own) => Ok(own.office.tasks().await?),
        }
    }

    /// Takes a person's word about a task. `false` where none of this number is to be done.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn end_task(&self, task: i64, word: &TaskWord) -> anyhow::Result<bool> {
        match self {
            Self::Daemon(client) => {
                client.answer("POST", &format!("/tasks/{task}"), &serde_json::to_string(word)?).await
            }
            Self::Own(own) => Ok(own.office.end_task(task, word.clone()).await?),
        }
    }
}
