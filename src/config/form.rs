//! Every key of `comity.toml`.

use crate::{
    document::form::{Form, boolean, integer, table, tables, text, word},
    intake::orders::ShopKind,
};

/// The file.
pub const FILE: Form = Form::new(
    "comity.toml",
    "How this installation runs. A variable of the environment overrides each key: COMITY_SMTP__PASSWORD is `[smtp] password`.",
    &[
        word(
            "mode",
            &["rehearsal", "live"],
            "\"rehearsal\"",
            "Whose mailbox the messages go to: the owner's, or the customers'.",
        ),
        table("owner", &OWNER, "Who runs the business, and what they hear of it."),
        table("data", &DATA, "Where everything is kept."),
        table("mail", &MAIL, "Who the messages come from."),
        table("smtp", &SMTP, "The mail server that takes them."),
        table("web", &WEB, "The pages that customers see."),
        table("api", &API, "The API for your own programs. Without it there is none."),
        table("log", &LOG, "What is logged."),
        table("limits", &LIMITS, "How much one step takes on."),
        tables("sources", &SOURCE, "Calendars that are read again and again."),
        tables("shops", &SHOP, "Web shops that call when something becomes of an order."),
    ],
);

const OWNER: Form = Form::new(
    "[owner]",
    "Who runs the business. Whoever is named gets the morning mail, and hears at once of \"I can't come\".",
    &[
        text("mail", "\"lucie@salon.example\"", "Their own mailbox. Without it nobody is told anything."),
        text(
            "morning_mail",
            "\"07:00\"",
            "When the day's mail leaves, by the business's clock; or \"never\". At seven without it.",
        ),
        word(
            "answers",
            &["at once", "morning", "never"],
            "\"at once\"",
            "How they hear that somebody can't come, or wants another time. At once without it.",
        ),
        table("webhook", &WEBHOOK, "A server of their own that is called with each answer."),
    ],
);

const WEBHOOK: Form = Form::new(
    "[owner.webhook]",
    "A server of the owner's own: it is called with each answer, signed by the rules of Standard Webhooks.",
    &[
        text("url", "\"https://salon.example/comity\"", "Where it is called.").must_somewhere(),
        text(
            "secret_file",
            "\"webhook-secret\"",
            "The file with the secret that calls are signed with: whsec_…, closed to others.",
        )
        .must_somewhere(),
        boolean("internal", "false", "Whether its host may be inside a private network."),
    ],
);

const DATA: Form = Form::new(
    "[data]",
    "Where everything is kept.",
    &[
        text(
            "directory",
            "\"data\"",
            "The folder for database, journal and keys, private to the daemon. `data` without it.",
        ),
        text(
            "keystore",
            "\"/mnt/keys/comity\"",
            "The folder of the key store, with a key of their own for each customer: on another disk, with short-lived back-ups. \
             The data directory without it.",
        ),
        text(
            "database",
            "\"postgres://comity@db.example/comity?sslmode=verify-full\"",
            "A database on a PostgreSQL server, 15 or newer, without its password. Two files in the data directory without it.",
        ),
        text("password_file", "\"database-password\"", "The file with the password for it, closed to others."),
        text(
            "checkpoints",
            "\"/mnt/elsewhere/comity\"",
            "The folder for the signed checkpoints of the ledger, for stops and erasures that an older database wouldn't know, and \
             for how far it had come; best on another disk or machine. `checkpoints` in the data directory without it.",
        ),
    ],
);

const MAIL: Form = Form::new(
    "[mail]",
    "Who the messages come from.",
    &[
        text("from", "\"reminders@salon.example\"", "The sender's address. Answers go to `reply_to` of policy.toml.")
            .must_somewhere(),
        text("from_name", "\"Salon Lumière\"", "The sender's name. The business's without it."),
        table(
            "dkim",
            &DKIM,
            "The signature, without which the one-click headers don't leave. `comity dkim new` makes its key.",
        ),
    ],
);

const DKIM: Form = Form::new(
    "[mail.dkim]",
    "The signature by which receivers know that a message is yours (RFC 6376).",
    &[
        text("domain", "\"salon.example\"", "The domain that answers for the message: the sender's, or one above it.")
            .must_somewhere(),
        text("selector", "\"comity\"", "Where the public key lies in the DNS: SELECTOR._domainkey.DOMAIN.")
            .must_somewhere(),
        text(
            "key_file",
            "\"/etc/comity/dkim.pem\"",
            "The private key. keys/dkim.pem in the data directory without it.",
        ),
    ],
);

const SMTP: Form = Form::new(
    "[smtp]",
    "The mail server that takes the messages.",
    &[
        text("host", "\"smtp.example.net\"", "Its name, which its certificate must bear.").must_somewhere(),
        word(
            "tls",
            &["required-starttls", "implicit", "none-on-loopback"],
            "\"required-starttls\"",
            "How the connection is protected; without TLS only to this machine. `required-starttls` without it.",
        ),
        integer("port", (1, 65_535), "587", "587 without it, and 465 for `implicit`."),
        text("username", "\"salon\"", "The login, if it wants one."),
        text("password_file", "\"smtp-password\"", "The file with the password, closed to others."),
        text(
            "password",
            "\"secret\"",
            "The password itself: better by COMITY_SMTP__PASSWORD, or in a file of its own.",
        ),
        integer("lanes", (1, 100), "4", "Connections at once. Four without it."),
        integer("per_minute", (1, 1_000_000), "600", "Messages a minute to one receiving domain. 600 without it."),
        tables("pace", &PACE, "Another pace for one receiving domain."),
        text("hello", "\"mail.salon.example\"", "Our name in EHLO. The sender's domain without it."),
        table("timeouts", &TIMEOUTS, "How long each phase of a connection may take."),
    ],
);

const PACE: Form = Form::new(
    "[[smtp.pace]]",
    "The pace for one receiving domain.",
    &[
        text("domain", "\"gmail.com\"", "The domain.").must(),
        integer("per_minute", (1, 1_000_000), "120", "Messages a minute.").must(),
    ],
);

const TIMEOUTS: Form = Form::new(
    "[smtp.timeouts]",
    "How long each phase of a connection may take. The defaults are those of RFC 5321, 4.5.3.2.",
    &[
        text("connect", "\"30 seconds\"", "Connecting, and TLS."),
        text("greeting", "\"5 minutes\"", "The server's greeting."),
        text("command", "\"5 minutes\"", "The answer to a command."),
        text("data", "\"2 minutes\"", "The answer to DATA."),
        text("body", "\"3 minutes\"", "A piece of the body."),
        text("dot", "\"10 minutes\"", "The answer to the end of the message."),
    ],
);

const WEB: Form = Form::new(
    "[web]",
    "The pages that customers see. A web server with TLS stands in front.",
    &[
        text("listen", "\"127.0.0.1:8780\"", "Where the daemon listens. 127.0.0.1:8780 without it."),
        text("public_url", "\"https://mail.salon.example\"", "What links in messages begin with.").must_somewhere(),
    ],
);

const API: Form = Form::new(
    "[api]",
    "The API for your own programs, with a port of its own.",
    &[
        text("listen", "\"127.0.0.1:8781\"", "Where the daemon listens.").must_somewhere(),
        integer("per_minute", (1, 1_000_000), "600", "Requests a minute for each key. 600 without it."),
    ],
);

const LOG: Form = Form::new(
    "[log]",
    "What is logged: ids and what happened, never an address.",
    &[
        word("format", &["text", "json"], "\"text\"", "For people, or for machines. `text` without it."),
        text("level", "\"info\"", "How much: a filter such as \"info\" or \"comity=debug\". `info` without it."),
    ],
);

const LIMITS: Form = Form::new(
    "[limits]",
    "How much one step takes on.",
    &[
        integer("claim_rows", (1, 1_000), "64", "Messages claimed at a time. 64 without it."),
        text(
            "shutdown",
            "\"30 seconds\"",
            "How long a stop of the daemon waits for what is on the wire. 30 seconds without it.",
        ),
        integer(
            "import_bytes",
            (1, 10_000_000_000),
            "67108864",
            "The largest file that is imported. 64 MiB without it.",
        ),
        integer(
            "calendar_bytes",
            (1, 10_000_000_000),
            "33554432",
            "The largest calendar that is fetched. 32 MiB without it.",
        ),
    ],
);

const SHOP: Form = Form::new(
    "[[shops]]",
    "A web shop whose webhooks come to `/v1/webhooks/shopify` or `/v1/webhooks/woocommerce`, at `[api] listen`.",
    &[
        text(
            "name",
            "\"shopify\"",
            "What its orders' records are named by: small letters, digits and dashes. Files of orders are named by their kind, or by `--shop NAME`.",
        )
        .must(),
        word("kind", &[ShopKind::Shopify.name(), ShopKind::WooCommerce.name()], "\"shopify\"", "Which software it is.").must(),
        text(
            "secret_file",
            "\"shop-secret\"",
            "The file with the secret that its webhooks are signed with, closed to others.",
        )
        .must(),
    ],
);

const SOURCE: Form = Form::new(
    "[[sources]]",
    "A calendar that is read again and again. Whoever has its link reads it: keep this file closed to others.",
    &[
        text("name", "\"salon\"", "What `comity status` and the log call it: small letters, digits and dashes.").must(),
        text("calendar", "\"https://calendar.example/salon.ics\"", "Its secret link, or a file.").must(),
        text("every", "\"10 minutes\"", "How often it is read, once a minute at most. Every ten minutes without it."),
        text("stale_after", "\"24 hours\"", "Without a reading for so long it is out of date. A day without it."),
        boolean("internal", "false", "Whether its host may be inside a private network."),
    ],
);
