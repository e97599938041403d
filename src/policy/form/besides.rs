//! Tables of `policy.toml` beside those of every message: how pages look, how long is kept what has no fields, and by which rules
//! products are recommended.

use crate::{
    document::form::{Form, integer, named, table, text, texts, words},
    policy::recommending::limits,
};

/// How the public pages look.
pub const LOOK: Form = Form::new(
    "[business.look]",
    "The business's own colour and logo on the pages that links lead to.",
    &[
        text(
            "accent",
            "\"#7a1f4b\"",
            "Buttons and links on light pages: six hexadecimal digits. What is written in it must be readable, with 4.5 to 1 (WCAG 2.2).",
        ),
        text(
            "accent_by_night",
            "\"#e7a9c7\"",
            "The same on dark pages. Without it the nearest to `accent` that can be read there is taken.",
        ),
        text(
            "logo",
            "\"logo.svg\"",
            "A picture in the installation's folder, as PNG, SVG or WebP, of 100 KiB at most. The pages' own host serves it; nothing is fetched from elsewhere.",
        ),
    ],
);

/// What a purpose rests on, where it rests on a sale.
pub const SALE: Form = Form::new(
    "[purposes.NAME.sale]",
    "A sale that is a ground to write about products of your own that are like it (ePrivacy Directive, 13(2)), until the customer says no.",
    &[
        text("at", "\"purchase.bought_at\"", "The field that says when it was: a date, or a date and time.").must(),
        text(
            "opt_out_offered",
            "\"purchase.opt_out_offered\"",
            "The field of the same record that says whether the customer could say no, free of charge, when the address was taken. Where it isn't true, nothing leaves.",
        )
        .must(),
        text("lasts", "\"12 months\"", "How long after it.").must(),
    ],
);

/// What stands beside a box of a checkout.
pub const CHECKOUT: Form = Form::new(
    "[[purposes.NAME.checkout]]",
    "Words beside a box of the web shop's checkout. An order of that day or later, with the box ticked, brings a yes with these words as its evidence; a box that wasn't ticked takes nothing back.",
    &[
        text("shown", "\"Yes, recommend me what goes with my order.\"", "The words, as people read them there.").must(),
        text(
            "since",
            "\"2026-05-01\"",
            "The first day on which they stood there. Where other words take their place, write both.",
        )
        .must(),
        text(
            "box",
            "\"_newsletter\"",
            "Which box: the name of WooCommerce's meta field, and of the export's column. Without it Shopify's own, `Accepts Marketing`.",
        ),
    ],
);

/// How long things are kept.
pub const RETENTION: Form = Form::new(
    "[retention]",
    "How long things are kept that have no fields with a `keep` of their own. A daily duty removes them.",
    &[
        text(
            "visits_of_nobody",
            "\"30 days\"",
            "What a calendar says of a visit that nobody is known for, after it took place. 30 days without it.",
        ),
        text("tasks", "\"90 days\"", "Tasks for people of the business, after they ended. 90 days without it."),
    ],
);

/// By which rules products are recommended.
pub const RECOMMENDATIONS: Form = Form::new(
    "[recommendations]",
    "By which rules products are recommended, to those who agreed to it and from what they bought: each list with the true reason for each product.",
    &[
        text("purpose", "\"recommendations\"", "The purpose that customers agree to, with basis = \"consent\". Only the purchases of those who did are looked at.").must(),
        text("publish_at", "\"04:30\"", "When the lists of everybody are made, each night by the business's clock. 04:30 without it."),
        integer("k", limits::K, "10", "So many different customers stand behind every pair of products and every product that is shown. 10 without it."),
        integer("at_least", limits::AT_LEAST, "3", "So many good candidates there must be, or a customer is recommended nothing. 3 without it."),
        integer("show", limits::SHOW, "5", "So many products a message has at most. 5 without it."),
        text("every", "\"14 days\"", "How long after the last time a customer is recommended something again, at the earliest. 14 days without it."),
        integer("rest_days", limits::REST_DAYS, "30", "What somebody bought in the last so many days isn't recommended to them again yet. 30 without it."),
        texts("sensitive_categories", "[\"Intimate care\"]", "Categories of the catalogue that say too much of a person: never counted, never recommended, never named."),
        named("values", &VALUE, "^.+$", "What you favour, each by its name in the catalogue."),
        table("gates", &GATES, "What the lists of a night must keep to before they are published."),
        texts("own_brands", "[\"Lumière\"]", "Makers that are you yourself: the audit says how much they are favoured."),
    ],
);

const GATES: Form = Form::new(
    "[recommendations.gates]",
    "What the lists of a night must keep to before they are published; else nobody is recommended anything, and `comity recommendations` says why. They are also held against plain popularity.",
    &[
        integer(
            "own_brands",
            limits::OWN_BRANDS,
            "170",
            "Of their share of the purchases, so many per cent your own brands may have of what is shown. 170 without it.",
        ),
        integer(
            "steer",
            limits::STEER,
            "3",
            "By so many hundredths of a category's prices people may be led to dearer things. 3 without it.",
        ),
        integer(
            "product",
            limits::PRODUCT,
            "80",
            "Of all lists, one product may stand in so many per cent; more where there are few. 80 without it.",
        ),
    ],
);

const VALUE: Form = Form::new(
    "[recommendations.values.NAME]",
    "Something that you favour among products: people read it where it is the reason.",
    &[
        integer("weight", limits::WEIGHT, "120", "What a product's score becomes, in per cent: 100 is as it would be.")
            .must(),
        super::TITLE,
        super::TITLES,
    ],
);

/// Whose visit it is.
pub const MATCHING: Form = Form::new(
    "[matching]",
    "By what a calendar's visit without an attendee is known to be somebody's: its title, notes and place are searched, and nobody is guessed.",
    &[
        words("by", &["address", "telephone", "name"], "[\"address\", \"name\"]", "What its texts are searched for.")
            .must(),
        text("telephone", "\"phone\"", "The field of customers that holds their number."),
        text("first_name", "\"first_name\"", "The field with their first name."),
        text("last_name", "\"last_name\"", "The field with their last name."),
        text("calling_code", "\"33\"", "The country's calling code: with it, 06 12… and +33 6 12… are one number."),
    ],
);
