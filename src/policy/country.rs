//! Where a processor sits, and whether data may go there without more ado.
//!
//! Within the European Economic Area they may. So they may where the Commission has found that a country protects them as
//! well (GDPR 45; "Adequacy decisions", commission.europa.eu). Everywhere else they need a safeguard, which the policy
//! names and the notice tells (GDPR 46 and 13(1)(f)). The United States are elsewhere here: the decision holds for
//! companies on the list of the Data Privacy Framework alone, so that the policy has to say that this one stands on it;
//! Canada's holds for commercial organisations, which a processor is.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A country by its code of two letters (ISO 3166-1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(String);

/// What a country's law does for data that go there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Law {
    /// The GDPR holds.
    Gdpr,
    /// The Commission has found it adequate.
    Adequate,
    /// Neither, or not for everybody.
    Foreign,
}

use Law::{Adequate, Foreign, Gdpr};

/// Code, law, and the name in English, French and German. What isn't here is foreign, and goes by its code.
#[rustfmt::skip]
const COUNTRIES: [(&str, Law, [&str; 3]); 49] = [
    ("AD", Adequate, ["Andorra", "Andorre", "Andorra"]),
    ("AR", Adequate, ["Argentina", "Argentine", "Argentinien"]),
    ("AT", Gdpr, ["Austria", "Autriche", "Österreich"]),
    ("AU", Foreign, ["Australia", "Australie", "Australien"]),
    ("BE", Gdpr, ["Belgium", "Belgique", "Belgien"]),
    ("BG", Gdpr, ["Bulgaria", "Bulgarie", "Bulgarien"]),
    ("CA", Adequate, ["Canada", "Canada", "Kanada"]),
    ("CH", Adequate, ["Switzerland", "Suisse", "Schweiz"]),
    ("CY", Gdpr, ["Cyprus", "Chypre", "Zypern"]),
    ("CZ", Gdpr, ["Czechia", "Tchéquie", "Tschechien"]),
    ("DE", Gdpr, ["Germany", "Allemagne", "Deutschland"]),
    ("DK", Gdpr, ["Denmark", "Danemark", "Dänemark"]),
    ("EE", Gdpr, ["Estonia", "Estonie", "Estland"]),
    ("ES", Gdpr, ["Spain", "Espagne", "Spanien"]),
    ("FI", Gdpr, ["Finland", "Finlande", "Finnland"]),
    ("FO", Adequate, ["Faroe Islands", "Îles Féroé", "Färöer"]),
    ("FR", Gdpr, ["France", "France", "Frankreich"]),
    ("GB", Adequate, ["United Kingdom", "Royaume-Uni", "Vereinigtes Königreich"]),
    ("GG", Adequate, ["Guernsey", "Guernesey", "Guernsey"]),
    ("GR", Gdpr, ["Greece", "Grèce", "Griechenland"]),
    ("HR", Gdpr, ["Croatia", "Croatie", "Kroatien"]),
    ("HU", Gdpr, ["Hungary", "Hongrie", "Ungarn"]),
    ("IE", Gdpr, ["Ireland", "Irlande", "Irland"]),
    ("IL", Adequate, ["Israel", "Israël", "Israel"]),
    ("IM", Adequate, ["Isle of Man", "Île de Man", "Isle of Man"]),
    ("IN", Foreign, ["India", "Inde", "Indien"]),
    ("IS", Gdpr, ["Iceland", "Islande", "Island"]),
    ("IT", Gdpr, ["Italy", "Italie", "Italien"]),
    ("JE", Adequate, ["Jersey", "Jersey", "Jersey"]),
    ("JP", Adequate, ["Japan", "Japon", "Japan"]),
    ("KR", Adequate, ["South Korea", "Corée du Sud", "Südkorea"]),
    ("LI", Gdpr, ["Liechtenstein", "Liechtenstein", "Liechtenstein"]),
    ("LT", Gdpr, ["Lithuania", "Lituanie", "Litauen"]),
    ("LU", Gdpr, ["Luxembourg", "Luxembourg", "Luxemburg"]),
    ("LV", Gdpr, ["Latvia", "Lettonie", "Lettland"]),
    ("MT", Gdpr, ["Malta", "Malte", "Malta"]),
    ("NL", Gdpr, ["Netherlands", "Pays-Bas", "Niederlande"]),
    ("NO", Gdpr, ["Norway", "Norvège", "Norwegen"]),
    ("NZ", Adequate, ["New Zealand", "Nouvelle-Zélande", "Neuseeland"]),
    ("PL", Gdpr, ["Poland", "Pologne", "Polen"]),
    ("PT", Gdpr, ["Portugal", "Portugal", "Portugal"]),
    ("RO", Gdpr, ["Romania", "Roumanie", "Rumänien"]),
    ("SE", Gdpr, ["Sweden", "Suède", "Schweden"]),
    ("SG", Foreign, ["Singapore", "Singapour", "Singapur"]),
    ("SI", Gdpr, ["Slovenia", "Slovénie", "Slowenien"]),
    ("SK", Gdpr, ["Slovakia", "Slovaquie", "Slowakei"]),
    ("TR", Foreign, ["Türkiye", "Turquie", "Türkei"]),
    ("US", Foreign, ["United States", "États-Unis", "Vereinigte Staaten"]),
    ("UY", Adequate, ["Uruguay", "Uruguay", "Uruguay"]),
];

impl Country {
    /// From two capitals.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let is_code = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        is_code.then(|| Self(code.to_owned()))
    }

    fn row(&self) -> Option<&'static (&'static str, Law, [&'static str; 3])> {
        COUNTRIES.iter().find(|(code, _, _)| *code == self.0)
    }

    /// Whether data that go there need a safeguard of their own.
    #[must_use]
    pub fn needs_safeguard(&self) -> bool {
        self.row().is_none_or(|(_, law, _)| *law == Law::Foreign)
    }

    /// Its name in this language, as far as we know it; else its code.
    #[must_use]
    pub fn name_in(&self, tag: &str) -> &str {
        let Some((_, _, [english, french, german])) = self.row() else { return &self.0 };
        match tag {
            "fr" => french,
            "de" => german,
            _ => english,
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_need_a_safeguard_where_neither_the_gdpr_nor_an_adequate_law_holds() {
        for (code, needs) in
            [("FR", false), ("NO", false), ("CH", false), ("GB", false), ("US", true), ("SG", true), ("ZZ", true)]
        {
            assert_eq!(Country::parse(code).unwrap().needs_safeguard(), needs, "{code}");
        }
        assert_eq!(COUNTRIES.iter().filter(|(_, law, _)| *law == Gdpr).count(), 30, "27 members, and three beside");
        assert!(COUNTRIES.is_sorted_by_key(|(code, _, _)| *code));
    }

    #[test]
    fn a_country_goes_by_its_name_and_a_rare_one_by_its_code() {
        let name = |code, tag| Country::parse(code).unwrap().name_in(tag).to_owned();
        assert_eq!(name("DE", "fr"), "Allemagne");
        assert_eq!(name("US", "de"), "Vereinigte Staaten");
        assert_eq!(name("CH", "it"), "Switzerland");
        assert_eq!(name("KZ", "en"), "KZ");
        for text in ["", "fr", "FRA", "F", "É"] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }
}
