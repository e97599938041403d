//! A web shop's installation with a database of its own, and what is imported into it.

use super::import::{Outcome, import};
use comity::{
    base::{Instant, Zone, civil::CivilTime},
    clock::VirtualClock,
    config,
    engine::{arrivals::import::Removals, office::Office},
    store::Dry,
};
use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, sync::Arc};
use tempfile::TempDir;

/// `policy.toml` of the shop.
pub const POLICY: &str = r#"
[business]
name = "Lampes Lumière"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@shop.example"
time_zone = "Europe/Paris"
language = "en"
currency = "EUR"
images = ["images.shop.example"]

[purposes.thanks]
title = "Thanks"
promise = "After an order, one note."
basis = "contract"

[purposes.recommendations]
title = "Recommendations"
promise = "Twice a month at most, what goes with what you bought."
basis = "consent"

[purposes.news]
title = "News"
promise = "A letter a month."
basis = "consent"

[customer.fields]
first_name = { type = "text", purposes = ["*"] }

[records.purchase.fields]
product   = { type = "text",     purposes = ["*"], keep = "2 years", order = "product" }
name      = { type = "text",     purposes = ["*"], keep = "2 years", order = "name" }
bought_at = { type = "datetime", purposes = ["*"], keep = "2 years", order = "time" }
status    = { type = "text",     purposes = ["*"], keep = "2 years", order = "status" }
quantity  = { type = "integer",  purposes = ["*"], keep = "2 years", order = "quantity" }
price     = { type = "money",    purposes = ["*"], keep = "2 years", order = "price" }
note      = { type = "text",     purposes = ["*"], keep = "2 years" }
"#;

/// `comity.toml` of the shop.
pub const SETTINGS: &str = "[mail]\nfrom = \"letters@shop.example\"\n[smtp]\nhost = \"127.0.0.1\"\nport = 25\n\
    tls = \"none-on-loopback\"\n[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://stop.shop.example\"\n";

const FILES: [(&str, &str); 5] = [
    (
        "workflows/thanks.toml",
        "purpose = \"thanks\"\ntemplate = \"plain\"\napproval = \"none\"\n\n[trigger]\nrecord = \"purchase\"\n\
         after = { field = \"bought_at\", by = [\"2d\"] }\nonly_if = \"purchase.status == 'paid'\"\n",
    ),
    ("templates/mail/plain/subject.hbs", "Your order\n"),
    (
        "templates/mail/plain/body.txt.hbs",
        "{{business.name}}, {{business.postal_address}}: {{purchase.product}}. You get this because you bought it. \
         Stop: {{stop_url}}\n",
    ),
    (
        "templates/mail/plain/body.html.hbs",
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Order</title></head><body>\
         <p>{{business.name}}, {{business.postal_address}}: {{purchase.product}}.</p>\
         <p>You get this because you bought it. <a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>\n",
    ),
    ("templates/mail/plain/sample.json", r#"{ "purchase": { "product": "L1", "status": "paid" } }"#),
];

/// What the shops' calls are signed with.
pub const SECRET: &str = "a-secret-of-the-shops-own";

/// Two web shops that call.
pub const CALLERS: &str = "[api]\nlisten = \"127.0.0.1:0\"\n[[shops]]\nname = \"shopify\"\nkind = \"shopify\"\n\
    secret_file = \"shop-secret\"\n[[shops]]\nname = \"woo\"\nkind = \"woocommerce\"\nsecret_file = \"shop-secret\"\n";

/// The shop, on a morning in November 2026.
pub struct Shop {
    pub office: Office,
    pub clock: Arc<VirtualClock>,
    _folder: TempDir,
}

pub fn paris(text: &str) -> Instant {
    CivilTime::parse(text).unwrap().at(Zone::parse("Europe/Paris").unwrap())
}

impl Shop {
    pub async fn open() -> Self {
        Self::with("", "").await
    }

    /// With more in its policy and in its settings.
    pub async fn with(policy: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("policy.toml"), POLICY.to_owned() + policy).unwrap();
        fs::write(folder.path().join("comity.toml"), SETTINGS.to_owned() + settings).unwrap();
        for (file, text) in FILES {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let secret = folder.path().join("shop-secret");
        fs::write(&secret, SECRET).unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let installation = Arc::new(config::load(folder.path()).unwrap());
        let clock = VirtualClock::starting_at(paris("2026-11-23T08:00"));
        let office = Office::open(installation, clock.clone()).await.unwrap();
        Self { office, clock, _folder: folder }
    }

    /// Imports these pieces of a file.
    pub async fn pieces(&self, kind: &str, pieces: Vec<Vec<u8>>, dry: Dry, removals: Removals) -> Outcome {
        let what = self.office.what(kind, format!("{kind}.csv"), BTreeSet::new()).unwrap().with_removals(removals);
        import(&self.office, what, pieces.into_iter().map(Ok).collect(), dry).await
    }

    pub async fn import(&self, kind: &str, text: &str) -> Outcome {
        self.pieces(kind, vec![text.as_bytes().to_vec()], Dry::Apply, Removals::Few).await
    }

    pub async fn preview(&self, kind: &str, text: &str) -> Outcome {
        self.pieces(kind, vec![text.as_bytes().to_vec()], Dry::Preview, Removals::Few).await
    }
}
