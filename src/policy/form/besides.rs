//! Tables of `policy.toml` that messages don't hang on: how pages look, and how long is kept what has no fields.

use crate::document::form::{Form, text};

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
