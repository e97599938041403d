//! Drafts: what a template becomes for one customer, and what is refused.

use crate::support::salon::{ENGLISH, FRENCH, PURPOSE, STOP_URL, Salon, Sources, civil, language, templates};
use comity::{
    base::Value,
    render::{Fault, Part, RenderError},
    workflow::Step,
};

/// The text, without the stop link after it.
fn said(salon: &Salon) -> String {
    salon.draft().unwrap().text.strip_suffix(&format!("\n{STOP_URL}")).unwrap().to_owned()
}

#[test]
fn a_draft_speaks_the_customers_language_and_the_visits_clock() {
    let mut salon = Salon::new("2027-03-30T10:00");
    let english = salon.draft().unwrap();
    assert_eq!(english.subject, "Anna, your visit on Tuesday, 30 March 2027 at 10:00");
    assert_eq!(english.language, language("en"));

    salon.customer.language = Some(language("fr"));
    let french = salon.draft().unwrap();
    assert_eq!(french.subject, "Anna, votre rendez-vous du mardi 30 mars 2027 à 10:00");
    assert!(french.html.contains("Nous écrivons avant chaque visite."), "{}", french.html);
    assert_eq!(french.language, language("fr"));

    // No Polish template: the folder's own language, with its own dates.
    salon.customer.language = Some(language("pl"));
    assert_eq!(salon.draft().unwrap(), english);
}

#[test]
fn a_visit_is_told_in_its_own_zone_wherever_the_customer_is() {
    let mut salon = Salon::new("2027-03-30T10:00[Europe/London]");
    salon.customer.zone = comity::base::Zone::parse("America/New_York");
    assert!(salon.draft().unwrap().subject.ends_with("30 March 2027 at 10:00"));
}

#[test]
fn a_time_that_the_clock_skips_is_told_as_the_end_of_the_gap() {
    let salon = Salon::new("2027-03-28T02:30");
    assert!(salon.draft().unwrap().subject.ends_with("28 March 2027 at 03:00"));
}

#[test]
fn what_customers_wrote_is_text_in_html_and_itself_elsewhere() {
    let draft = Salon::new("2027-03-30T10:00").called("<b>\"O'Hara\" & {{stop_url}}</b>").draft().unwrap();
    assert!(
        draft.html.contains("Dear &lt;b&gt;&quot;O&#x27;Hara&quot; &amp; {{stop_url}}&lt;/b&gt;,"),
        "{}",
        draft.html
    );
    assert!(draft.text.contains("Dear <b>\"O'Hara\" & {{stop_url}}</b>,"), "{}", draft.text);
    assert!(draft.subject.starts_with("<b>\"O'Hara\" & {{stop_url}}</b>,"), "{}", draft.subject);
}

#[test]
fn a_line_end_or_control_in_a_name_is_rejected_not_stripped() {
    for (name, code) in
        [("Anna\r\nBcc: eve@example.org", 13), ("Anna\n", 10), ("\u{0}", 0), ("A\u{85}", 0x85), ("A\u{2028}B", 0x2028)]
    {
        let error = Salon::new("2027-03-30T10:00").called(name).draft().unwrap_err();
        assert_eq!(error, RenderError::Control { part: Part::Subject, code }, "{name:?}");
    }
    // In a body, where no header can be forged, a line end is a line end; other controls are still nothing to send.
    let quiet = Salon::new("2027-03-30T10:00").saying("Your visit", "{{customer.first_name}}");
    assert_eq!(said(&quiet.called("Anna\nMaria")), "Anna\nMaria");
    let quiet = Salon::new("2027-03-30T10:00").saying("Your visit", "{{customer.first_name}}");
    let error = quiet.called("\u{7}").draft().unwrap_err();
    assert_eq!(error, RenderError::Control { part: Part::Html, code: 7 });
}

#[test]
fn a_missing_value_refuses_the_message_and_is_named() {
    let mut salon = Salon::new("2027-03-30T10:00");
    salon.customer.fields.remove("first_name");
    let error = salon.draft().unwrap_err();
    assert_eq!(
        error.to_string(),
        "templates/mail/reminder/en/subject.hbs, line 1: there is no `customer.first_name` for this message"
    );

    // In a helper's parameter as well, and in a block; but a template may ask whether it is there.
    let salon = |text| Salon::new("2027-03-30T10:00").saying("Your visit", text);
    for text in ["{{date appointment.ends_at}}", "x\n\n{{#if true}}{{money appointment.ends_at}}{{/if}}"] {
        let RenderError::Template { fault, .. } = salon(text).draft().unwrap_err() else { panic!("{text}") };
        assert_eq!(fault, Fault::Missing("appointment.ends_at".into()));
    }
    assert_eq!(said(&salon("{{#if appointment.ends_at}}a{{else}}b{{/if}}")), "b");
}

#[test]
fn a_field_that_may_not_serve_the_purpose_is_not_there() {
    let salon = Salon::new("2027-03-30T10:00").saying("Your visit", "{{date customer.birthday}}");
    let RenderError::Template { fault, .. } = salon.draft().unwrap_err() else { panic!() };
    assert_eq!(fault, Fault::Missing("customer.birthday".into()));

    let mut allowed = Salon::new("2027-03-30T10:00").saying("Your visit", "{{date customer.birthday}}");
    allowed.policy.customer.get_mut("birthday").unwrap().purposes = comity::policy::field::FieldPurposes::All;
    assert_eq!(said(&allowed), "29 February");

    let mut gone = Salon::new("2027-03-30T10:00");
    gone.policy.purposes.clear();
    assert_eq!(gone.draft().unwrap_err(), RenderError::NoPurpose(PURPOSE.into()));
}

#[test]
fn a_helper_that_gets_the_wrong_thing_names_it_without_its_value() {
    for (text, words) in [
        (
            "{{datetime appointment.service}}",
            "`datetime` needs a date and time; `appointment.service` is something else",
        ),
        (
            "{{money appointment.visits}}",
            "`money` needs an amount with its currency; `appointment.visits` is something else",
        ),
        (
            "{{plural appointment.service other=\"x\"}}",
            "`plural` needs a whole number; `appointment.service` is something else",
        ),
        ("{{plural appointment.visits many=\"x\"}}", "`plural` has no word for the form `one`, nor `other`"),
        ("{{shout appointment.service}}", "there is no helper `shout`"),
        ("{{log appointment.service}}", "there is no helper `log`"),
    ] {
        let error = Salon::new("2027-03-30T10:00").saying("Your visit", text).draft().unwrap_err().to_string();
        assert_eq!(error, format!("templates/mail/reminder/en/body.txt.hbs, line 1: {words}"));
        assert!(!error.contains("Colour"));
    }
}

#[test]
fn amounts_plurals_and_conditions_read_naturally() {
    let text = "{{money appointment.price}} {{appointment.price}} \
                {{plural appointment.visits one=\"visit\" other=\"visits\"}} \
                {{#if (eq appointment.service \"Colour\")}}yes{{/if}} {{time appointment.starts_at}} \
                {{date appointment.starts_at}}";
    let salon = Salon::new("2027-04-01T10:00").saying("Your visit", text);
    assert_eq!(said(&salon), "€45.50 45.50 EUR visit yes 10:00 Thursday, 1 April 2027");

    let mut many = Salon::new("2027-04-01T10:00").saying("Your visit", text);
    many.record.fields.insert("visits".into(), Value::Integer(0));
    assert!(many.draft().unwrap().text.contains(" visits "));
}

#[test]
fn a_visit_that_moved_says_from_when_to_when() {
    let mut salon = Salon::new("2027-03-30T10:00");
    salon.step = Step::moved(2);
    salon.previous = Some(civil("2027-03-29T09:00[Europe/Paris]"));
    let html = salon.draft().unwrap().html;
    let said = "Your visit moved from Monday, 29 March 2027 at 09:00 to Tuesday, 30 March 2027 at 10:00.";
    assert!(html.contains(said), "{html}");
}

#[test]
fn what_is_too_long_or_empty_is_refused() {
    let salon = || Salon::new("2027-03-30T10:00");
    let error = salon().called(&"a".repeat(300)).draft().unwrap_err();
    assert_eq!(error, RenderError::TooLong { part: Part::Subject, most: 200, unit: "characters" });

    let error =
        salon().saying("Your visit", "{{customer.first_name}}").called(&"a".repeat(100_001)).draft().unwrap_err();
    let RenderError::Template { fault, .. } = error else { panic!("{error}") };
    assert_eq!(fault, Fault::TooLong(100_000));

    let error = salon().saying("{{customer.first_name}}", "x").called(" ").draft().unwrap_err();
    assert_eq!(error, RenderError::Empty(Part::Subject));
}

#[test]
fn a_body_without_the_customers_own_stop_link_is_no_message() {
    for (html, text, part) in [
        ("<p>{{stop_url}}</p>", "Stop: https://salon.example/u/another", Part::Text),
        ("<p>https://salon.example/u/another</p>", "{{stop_url}}", Part::Html),
    ] {
        let mut salon = Salon::new("2027-03-30T10:00");
        salon.templates = templates(&Sources { subject: ENGLISH.subject, html, text }, &FRENCH);
        assert_eq!(salon.draft().unwrap_err(), RenderError::NoStop(part));
    }
}

/// The calendar's lines, unfolded.
fn calendar(salon: &Salon) -> Vec<String> {
    let text = salon.draft().unwrap().calendar.unwrap();
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "{text:?}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

#[test]
fn the_calendar_entry_is_stable_and_escaped() {
    let salon = Salon::new("2027-03-30T10:00");
    assert_eq!(
        calendar(&salon),
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Comity//EN",
            "METHOD:PUBLISH",
            "BEGIN:VEVENT",
            "DTSTAMP:20260327T082640Z",
            "DTSTART:20270330T080000Z",
            "LOCATION:12 rue des Lilas\\, 69001 Lyon\\; France",
            "SEQUENCE:2",
            "SUMMARY:Salon Lumière",
            "UID:appointment-7@salon.example",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    );
    let mut hostile = Salon::new("2027-03-30T10:00").saying("Your visit", "x");
    hostile.policy.business.name = "Salon\rATTACH:x".into();
    assert_eq!(hostile.draft().unwrap_err(), RenderError::Calendar("business.name"));
}

#[test]
fn a_visit_whose_length_is_known_has_an_end() {
    let mut salon = Salon::new("2027-03-28T01:30");
    salon.record.fields.insert("duration_minutes".into(), Value::Integer(45));
    assert!(!calendar(&salon).iter().any(|line| line.starts_with("DTEND")), "an undeclared field was read");

    let like_visits = salon.policy.records["appointment"].fields["visits"].clone();
    salon.policy.records.get_mut("appointment").unwrap().fields.insert("duration_minutes".into(), like_visits);
    assert!(calendar(&salon).contains(&"DTEND:20270328T011500Z".to_owned()));
}

#[test]
fn the_calendar_entry_is_right_on_the_days_when_clocks_change() {
    for (start, utc) in [
        ("2027-03-28T01:59", "20270328T005900Z"),
        ("2027-03-28T02:30", "20270328T010000Z"),
        ("2027-03-28T03:00", "20270328T010000Z"),
        ("2027-10-31T02:30", "20271031T003000Z"),
        ("2027-10-31T03:00", "20271031T020000Z"),
        ("2027-03-28T10:00[America/New_York]", "20270328T140000Z"),
    ] {
        let lines = calendar(&Salon::new(start));
        assert!(lines.contains(&format!("DTSTART:{utc}")), "{start}: {lines:?}");
    }
}
