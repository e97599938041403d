//! A database of one's own on a server, for as long as a measurement takes.

use super::postgres::{self, Server};
use crate::{base::hex, store::StoreError};
use sqlx::{AssertSqlSafe, Connection};

/// See the module. Whoever doesn't drop it leaves it there.
#[derive(Debug)]
pub struct Scratch {
    server: Server,
    name: String,
}

impl Scratch {
    /// Makes one, beside whatever database the server's address names.
    ///
    /// # Errors
    /// When the server can't be reached, or its user may make none.
    pub async fn make(server: &Server) -> Result<Self, StoreError> {
        let mut chance = [0; 8];
        getrandom::fill(&mut chance).map_err(|_| StoreError::NoRandomness)?;
        let name = format!("comity_scratch_{}", hex(&chance));
        tell(server, format!("CREATE DATABASE {name}")).await?;
        Ok(Self { server: server.clone(), name })
    }

    /// It.
    #[must_use]
    pub fn database(&self) -> Server {
        self.server.naming(&self.name)
    }

    /// Ends it, whoever is connected.
    ///
    /// # Errors
    /// The server's.
    pub async fn end(self) -> Result<(), StoreError> {
        tell(&self.server, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }
}

async fn tell(server: &Server, order: String) -> Result<(), StoreError> {
    let mut link = postgres::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(order)).execute(&mut link).await?;
    Ok(link.close().await?)
}
